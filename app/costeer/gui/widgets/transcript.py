"""The conversation: messages below each other, or, while there are none, what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtWidgets import QApplication, QWidget

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.view_models.threads import Place
from costeer.gui.widgets.message import AnswerWidget
from costeer.gui.widgets.message_column import COLUMN_WIDTH, MessageColumn
from costeer.gui.widgets.message_frame import MessageFrame
from costeer.gui.widgets.parts import point_out
from costeer.gui.widgets.question import QuestionWidget
from costeer.gui.widgets.text_view import TextView
from costeer.steering.trace import Written
from costeer.storage.records import AnswerFigures, Document, Message

__all__ = ["COLUMN_WIDTH", "MessageSources", "Transcript"]


@dataclass(frozen=True, slots=True)
class MessageSources:
    """What the transcript asks for what belongs to a message, by its id."""

    traces: Callable[[str], Sequence[Written]]
    figures: Callable[[str], AnswerFigures | None]
    branches: Callable[[str], Place]
    documents: Callable[[str], Sequence[Document]]
    edits: Callable[[str], str | None]
    """What the editor of a message held when it was last on the screen; None where it was not open."""

    thumbs: Callable[[str], int] = lambda _: 0
    """What the user has said of an answer: +1, -1 or 0."""

    stand_ins: Callable[[], Mapping[str, str]] = dict
    """Of the conversation's private texts, what the cloud is shown in their place; for all its messages."""


class Transcript(MessageColumn):
    """Makes the messages' widgets and tells what is wanted of them.

    `wanted` carries an Action and a message's id; `edited` the id of a question and its new text, `rewritten` that
    of an answer, `editing` what is in the editor of either so far, or None when that was closed;
    `rated` carries the id of an answer and the thumb (+1 or -1) that was pressed;
    `current_changed` says that keys act on another message, or on none; `built_changed` that others are built.
    """

    wanted = Signal(str, str)
    menu_wanted = Signal(str, QPoint)
    edited = Signal(str, str)
    rewritten = Signal(str, str)
    editing = Signal(str, object)
    document_wanted = Signal(object)
    figures_wanted = Signal(str)
    current_changed = Signal()
    built_changed = Signal()
    rated = Signal(str, int)
    link_chosen = Signal(QUrl)

    def __init__(
        self, look: Look, commands: Commands, sources: MessageSources, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, parent)
        self._commands = commands
        self._sources = sources
        self._phase = ""
        self._wait = ""
        self.current: str | None = None
        """The message that has the focus, or had it before that went to another window."""
        self.setObjectName("transcript")
        self.setAccessibleName(self.tr("Conversation"))
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        qt.focusChanged.connect(self._on_focus_changed)
        self.show_thread([])

    def show_thread(self, messages: Sequence[Message], turned_at: int | None = None) -> None:
        """Replace everything; or, where another version of message number `turned_at` is to be shown, that and
        what follows it. That one stays where it is on the screen, and the focus in it."""
        before = self.at(turned_at) if turned_at is not None else None
        if turned_at is None or before is None:
            self.replace(messages)
        else:
            focused, top = self._focus_in(before), self.top_of(before)
            self.replace_from(turned_at, messages, top)
            after = self.at(turned_at)
            if focused is not None and after is not None:
                (after if focused == 0 else after.branches.button(focused)).setFocus()
        self._number()

    def show_message(self, message_id: str) -> None:
        """Scroll to a message of the thread and point it out."""
        if self.reveal(message_id):
            self._number()
            point_out(self.widget_of(message_id) or self, self._look.theme.color("accent"))

    def put(self, message: Message) -> None:
        """Add a message at the end, or show its new version."""
        if self.knows(message.id):
            self.update_message(message)
            widget = self.answer(message.id)
            if widget is not None:
                widget.show_figures(self._sources.figures(message.id))
                if message.state != "writing":
                    widget.show_traces(self._sources.traces(message.id))
                else:
                    widget.show_traces_later(self._sources.traces(message.id))
                widget.put(message)
                widget.show_phase(self._phase)
        else:
            self.append(message)
            self._number()

    def drop(self, ids: Sequence[str]) -> None:
        self.remove(ids)
        self._number()

    def refresh_traces(self, message_id: str | None = None) -> None:
        """Mark anew what steering changed, in one answer or in all."""
        for widget in self.answers():
            if message_id in (None, widget.message.id):
                widget.show_traces(self._sources.traces(widget.message.id))

    def refresh_stand_ins(self) -> None:
        """Mark anew where something stands for a text on its way to the cloud."""
        for widget in self.built():
            if isinstance(widget, (AnswerWidget, QuestionWidget)):
                widget.view.mark_stand_ins(self._sources.stand_ins())

    def refresh_figures(self, message_id: str) -> None:
        widget = self.answer(message_id)
        if widget is not None:
            widget.show_figures(self._sources.figures(message_id))

    def refresh_thumbs(self) -> None:
        for widget in self.answers():
            widget.thumbs.put(self._sources.thumbs(widget.message.id))

    def refresh_branches(self) -> None:
        for widget in self.built():
            widget.branches.put(*self._sources.branches(widget.message.id))

    def refresh_documents(self) -> None:
        for widget in self.built():
            if isinstance(widget, QuestionWidget):
                widget.put_documents(self._sources.documents(widget.message.id))

    def show_phase(self, phase: str) -> None:
        """What the machine is doing, below the answer being written, also when that comes later."""
        self._phase = phase
        for widget in self.answers():
            widget.show_phase(phase)

    def show_wait(self, wait: str) -> None:
        """What is waited for, in the place of the phase; empty when nothing is."""
        self._wait = wait
        for widget in self.answers():
            widget.show_wait(wait)

    def answer(self, message_id: str) -> AnswerWidget | None:
        widget = self.widget_of(message_id)
        return widget if isinstance(widget, AnswerWidget) else None

    def question(self, message_id: str) -> QuestionWidget | None:
        widget = self.widget_of(message_id)
        return widget if isinstance(widget, QuestionWidget) else None

    def view_of(self, message_id: str) -> TextView | None:
        """Where its text stands."""
        found = self.answer(message_id) or self.question(message_id)
        return found.view if found is not None else None

    def answers(self) -> list[AnswerWidget]:
        """Those that are built."""
        return [one for one in self.built() if isinstance(one, AnswerWidget)]

    def go(self, step: int) -> bool:
        """The focus to the message before (-1) or after (1) the current one, from outside to the last. Returns
        whether there is one."""
        ids = self.ids()
        at = ids.index(self.current) + step if self.current in ids else len(ids) - 1
        if not ids or at >= len(ids):
            return False
        self.focus_message(ids[max(0, at)])
        return True

    def focus_message(self, message_id: str) -> None:
        """Give it the focus, where it can be seen."""
        if self.bring_in_view(message_id):
            self._number()
            widget = self.widget_of(message_id)
            if widget is not None:
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def edit(self, message_id: str, text: str | None = None) -> None:
        """Open the editor of a message, over its own text or over `text`."""
        if self.bring_in_view(message_id):
            self._number()
            widget = self.widget_of(message_id)
            if widget is not None:
                widget.begin_edit(text)

    def make(self, message: Message) -> MessageFrame:
        widget: QuestionWidget | AnswerWidget
        widget = self._question(message) if message.role == "user" else self._answer(message)
        widget.wanted.connect(self.wanted)
        widget.menu_wanted.connect(self._on_menu_wanted)
        widget.branches.put(*self._sources.branches(message.id))
        widget.view.mark_stand_ins(self._sources.stand_ins())
        text = self._sources.edits(message.id)
        if text is not None:
            widget.open_editor(text)
        widget.editing.connect(self.editing)
        return widget

    def _question(self, message: Message) -> QuestionWidget:
        widget = QuestionWidget(message, self._look)
        widget.put_documents(self._sources.documents(message.id))
        widget.edited.connect(self.edited)
        widget.document_wanted.connect(self.document_wanted)
        return widget

    def _answer(self, message: Message) -> AnswerWidget:
        widget = AnswerWidget(message, self._look, self._commands, self._sources.traces(message.id))
        widget.link_chosen.connect(self.link_chosen)
        widget.edited.connect(self.rewritten)
        widget.thumbs.put(self._sources.thumbs(message.id))
        widget.thumbs.pressed.connect(partial(self.rated.emit, message.id))
        widget.show_figures(self._sources.figures(message.id))
        widget.show_phase(self._phase)
        widget.show_wait(self._wait)
        return widget

    def on_built(self) -> None:
        self._number()

    def _number(self) -> None:
        """Say which message each is; the last answer's buttons have words."""
        last = self.last_of("assistant")
        for widget, number, of in self.numbered():
            widget.put_place(number, of)
            if isinstance(widget, AnswerWidget):
                widget.set_last(widget.message.id == last)
        self.built_changed.emit()

    def _focus_in(self, widget: MessageFrame) -> int | None:
        """Where the focus is: -1 or 1 for the arrows, 0 for elsewhere in the message, None for elsewhere."""
        focused = QApplication.focusWidget()
        if focused is widget.branches.previous:
            return -1
        if focused is widget.branches.next:
            return 1
        return 0 if focused is not None and (focused is widget or widget.isAncestorOf(focused)) else None

    def _on_menu_wanted(self, message_id: str, where: QPoint) -> None:
        widget = self.widget_of(message_id)
        if widget is not None and self.current != message_id:
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.menu_wanted.emit(message_id, where)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or new.window() is not self.window():
            return
        holder: QWidget | None = new
        while holder is not None and not isinstance(holder, MessageFrame):  # bounded by the depth of the window
            holder = holder.parentWidget()
        found = holder.message.id if isinstance(holder, MessageFrame) else None
        if found != self.current:
            for message_id, current in ((self.current, False), (found, True)):
                widget = self.widget_of(message_id or "")
                if widget is not None:
                    widget.set_current(current)
            self.current = found
            self.current_changed.emit()
