"""What can be done with a message: by its buttons, by keys, from its menu and from the palette."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from costeer.gui.commands import Commands
from costeer.gui.figures_words import figure_rows
from costeer.gui.joins.chat import ChatJoin
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.threads import can_continue
from costeer.gui.view_models.traces import TraceViewModel
from costeer.gui.widgets.composer import Composer
from costeer.gui.widgets.message_frame import Action
from costeer.gui.widgets.transcript import Transcript
from costeer.services.costs import CostService
from costeer.storage.records import Message

_QUESTION_MENU = ("message.edit", "message.copy", "", "branch.previous", "branch.next")
_ANSWER_MENU = (
    *("message.copy", "message.copy_plain", "", "chat.regenerate", "chat.continue", ""),
    *("message.edit_answer", "message.thumb_up", "message.thumb_down", ""),
    *("message.figures", "message.why", "steering.compare", "", "branch.previous", "branch.next"),
)


class MessagesJoin(QObject):
    """Commands act on the message that has the focus, or on the last one that they can act on."""

    def __init__(
        self,
        chat: ChatViewModel,
        traces: TraceViewModel,
        costs: CostService,
        join: ChatJoin,
        transcript: Transcript,
        composer: Composer,
        commands: Commands,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._costs = costs
        self._join = join
        self._transcript = transcript
        self._composer = composer
        self._commands = commands
        self.menu: QMenu | None = None
        # Those of a whole conversation would be gigabytes.
        transcript.built_changed.connect(lambda: traces.follow(one.message.id for one in transcript.answers()))
        transcript.wanted.connect(self._on_wanted)
        transcript.menu_wanted.connect(self._open_menu)
        transcript.edited.connect(self._on_edited)
        composer.edit_last_wanted.connect(lambda: self._edit(self._last("user")))
        chat.branches_changed.connect(transcript.refresh_branches)
        self._add_commands(commands)
        self._add_moving_commands(commands)
        for changed in (
            *(chat.busy_changed, chat.thread_shown, chat.message_put, chat.branches_changed),
            transcript.current_changed,
        ):
            changed.connect(commands.refresh)

    def _add_commands(self, commands: Commands) -> None:
        offered: tuple[tuple[str, str, Callable[[Message], None], str, Callable[[], Message | None]], ...] = (
            ("chat.regenerate", self.tr("Regenerate the answer"), self._regenerate, "Ctrl+R", self.answer),
            ("chat.continue", self.tr("Continue the answer"), self._continue, "Ctrl+G", self._continuable),
            (
                "message.figures",
                self.tr("Show what the answer took"),
                self._toggle_figures,
                "Ctrl+I",
                self._figured,
            ),
        )
        for id, title, act, keys, target in offered:
            commands.add(id, title, "chat", _on(target, act), keys, when=_is_there(target))
        own: tuple[tuple[str, str, Callable[[Message], None], str, Callable[[], Message | None]], ...] = (
            ("message.edit", self.tr("Edit the question and send it again"), self._edit, "E", self._question),
            ("message.copy", self.tr("Copy the message as Markdown"), self._copy, "C", self._copyable),
            (
                "message.copy_plain",
                self.tr("Copy the answer as plain text"),
                self._copy_plain,
                "Shift+C",
                self.answer,
            ),
        )
        for id, title, act, keys, target in own:
            action = commands.add(
                id, title, "chat", _on(target, act), keys, when=_is_there(target), owner=self._transcript
            )
            # The focus is in a message, not in the transcript itself. What is typed into an editor stays there.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _add_moving_commands(self, commands: Commands) -> None:
        for id, title, step, keys in (
            ("message.previous", self.tr("Go to the message before"), -1, "Ctrl+Up"),
            ("message.next", self.tr("Go to the message after"), 1, "Ctrl+Down"),
        ):
            commands.add(id, title, "chat", partial(self._go, step), keys, when=self._is_any)
        for id, title, step, keys in (
            ("branch.previous", self.tr("Previous version of the message"), -1, "Alt+Left"),
            ("branch.next", self.tr("Next version of the message"), 1, "Alt+Right"),
        ):
            there = partial(self._branched, step)
            commands.add(
                id, title, "chat", _on(there, partial(self._switch, step=step)), keys, when=_is_there(there)
            )

    def _is_any(self) -> bool:
        return bool(self._chat.messages)

    def _on_wanted(self, action: Action, message_id: str) -> None:
        message = self._chat.message(message_id)
        if message is None:
            return
        steps: dict[Action, Callable[[Message], None]] = {
            "edit": self._edit,
            "regenerate": self._regenerate,
            "continue": self._continue,
            "copy": self._copy,
            "figures": self._toggle_figures,
            "previous": partial(self._switch, step=-1),
            "next": partial(self._switch, step=1),
        }
        steps[action](message)

    def _go(self, step: int) -> None:
        """Behind the last message is the field for the next one."""
        if not self._transcript.go(step):
            self._composer.setFocus()

    def _edit(self, question: Message | None) -> None:
        if question is not None:
            self._transcript.edit(question.id)

    def _on_edited(self, question_id: str, text: str) -> None:
        if self._join.may_ask():
            widget = self._transcript.question(question_id)
            if widget is not None:
                widget.end_edit()
            self._chat.edit(question_id, text)

    def _regenerate(self, answer: Message) -> None:
        if self._join.may_ask():
            self._chat.regenerate(answer.id)

    def _continue(self, answer: Message) -> None:
        if self._join.may_ask():
            self._chat.continue_answer(answer.id)

    def _copy(self, message: Message) -> None:
        QGuiApplication.clipboard().setText(message.text)

    def _copy_plain(self, answer: Message) -> None:
        widget = self._transcript.answer(answer.id)
        if widget is not None:
            QGuiApplication.clipboard().setText(widget.plain_text())

    def _toggle_figures(self, answer: Message) -> None:
        """Fold out what the answer took; the panel on the right follows the same answer."""
        widget, figures = self._transcript.answer(answer.id), self._chat.figures_of(answer.id)
        if widget is not None and figures is not None:
            widget.toggle_figures(figure_rows(figures, self._costs.of_answer(figures)))
            self._transcript.figures_wanted.emit(answer.id)

    def _switch(self, message: Message, step: int) -> None:
        index, count = self._chat.branch_of(message.id)
        if 0 <= index + step < count:
            self._chat.switch(message.id, index + step)

    def _open_menu(self, message_id: str, where: QPoint) -> None:
        """The commands, which act on this message because it has the focus now."""
        message = self._chat.message(message_id)
        if message is None:
            return
        self._commands.refresh()
        self.menu = QMenu(self._transcript)
        self.menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        view = self._transcript.view_of(message_id)
        if view is not None and view.textCursor().hasSelection():
            self.menu.addAction(self.tr("Copy the selection"), view.copy)
        self._commands.fill(self.menu, *(_QUESTION_MENU if message.role == "user" else _ANSWER_MENU))
        self.menu.popup(where)

    @property
    def _current(self) -> Message | None:
        return self._chat.message(self._transcript.current)

    def _last(self, role: str) -> Message | None:
        return next((one for one in reversed(self._chat.messages) if one.role == role), None)

    def _question(self) -> Message | None:
        """The current one, the one that the current answer answers, or the last."""
        current = self._current
        if current is not None and current.role == "assistant":
            return self._chat.message(current.parent)
        return current or self._last("user")

    def answer(self) -> Message | None:
        """The current one, the one that answers the current question, or the last."""
        current = self._current
        if current is not None and current.role == "user":
            return next((one for one in self._chat.messages if one.parent == current.id), None)
        return current or self._last("assistant")

    def _continuable(self) -> Message | None:
        answer = self.answer()
        return answer if answer is not None and can_continue(answer) else None

    def _figured(self) -> Message | None:
        answer = self.answer()
        return answer if answer is not None and self._chat.figures_of(answer.id) else None

    def _copyable(self) -> Message | None:
        return self._current or self._last("assistant")

    def _branched(self, step: int) -> Message | None:
        """What has another version that way: the current message, or where none is, the last that has one."""
        current = self._current
        for one in (current,) if current else reversed(self._chat.messages):
            index, count = self._chat.branch_of(one.id)
            if 0 <= index + step < count:
                return one
            if count > 1 and current is None:
                return None  # the last that has versions is at its first or last one
        return None


def _on(target: Callable[[], Message | None], act: Callable[[Message], None]) -> Callable[[], None]:
    def run() -> None:
        message = target()
        if message is not None:
            act(message)

    return run


def _is_there(target: Callable[[], Message | None]) -> Callable[[], bool]:
    return lambda: target() is not None
