"""The conversation: messages below each other, or, while there are none, what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.widgets.message import AnswerWidget, QuestionWidget
from costeer.gui.widgets.parts import label, point_out
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, Message

COLUMN_WIDTH = 760
"""Lines longer than this are hard to read."""

SHOWN_AT_ONCE = 40
"""Messages of a long conversation that are built at once; a button brings as many more."""

_NEAR_THE_END = 48
_ABOVE_AIM = 16

TraceSource = Callable[[str], Sequence[TokenTrace]]
FiguresSource = Callable[[str], AnswerFigures | None]


class Transcript(QScrollArea):
    """Stays at the end while an answer grows, unless the user has scrolled up.

    `traces` and `figures` are asked for what belongs to an answer.
    """

    continue_wanted = Signal()
    regenerate_wanted = Signal()
    figures_wanted = Signal(str)
    link_chosen = Signal(QUrl)

    def __init__(
        self,
        look: Look,
        commands: Commands,
        traces: TraceSource,
        figures: FiguresSource,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._commands = commands
        self._traces = traces
        self._figures = figures
        self._hidden: list[Message] = []
        self._widgets: dict[str, QuestionWidget | AnswerWidget] = {}
        self._at_end = True
        self._aim: str | None = None
        self._phase = ""
        self._wait = ""
        self.setObjectName("transcript")
        self.setAccessibleName(self.tr("Conversation"))
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = _EmptyState()
        self.earlier = QPushButton(self.tr("Show earlier messages"))
        self.earlier.clicked.connect(self._show_earlier)
        self._body = QWidget()
        self._body.setObjectName("transcriptBody")
        self._column = QVBoxLayout(self._body)
        self._column.setSpacing(22)
        self._column.addWidget(self.earlier, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(self.empty, 1)
        self._column.addStretch(1)
        self.setWidget(self._body)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range_changed)
        bar.valueChanged.connect(self._on_scrolled)
        self.show_thread([])

    def show_thread(self, messages: Sequence[Message]) -> None:
        """Replace everything."""
        self.setUpdatesEnabled(False)
        self.drop(tuple(self._widgets))
        self._hidden = list(messages[:-SHOWN_AT_ONCE])
        self._aim = None
        for message in messages[-SHOWN_AT_ONCE:]:
            self._add(message, self._column.count() - 1)
        self._at_end = True
        self._arrange()
        self.setUpdatesEnabled(True)

    def show_message(self, message_id: str) -> None:
        """Scroll to a message of the thread, building the earlier ones as far as it takes, and point it out."""
        while message_id not in self._widgets and self._hidden:  # bounded by the thread
            self._show_earlier()
        widget = self._widgets.get(message_id)
        if widget is None:
            return
        self._at_end = False
        self._aim = message_id
        self._body.adjustSize()  # so that there is a place to scroll to
        self._scroll_to_aim()
        point_out(widget, self._look.theme.color("accent"))

    def put(self, message: Message) -> None:
        """Add a message at the end, or show its new version."""
        widget = self._widgets.get(message.id)
        if widget is None:
            self._at_end = True
            self._add(message, self._column.count() - 1)
            self._arrange()
        elif isinstance(widget, AnswerWidget):
            widget.show_figures(self._figures(message.id))
            if message.state != "writing":
                widget.show_traces(self._traces(message.id))
            else:
                widget.show_traces_later(self._traces(message.id))
            widget.put(message)
            widget.show_phase(self._phase)

    def drop(self, ids: Sequence[str]) -> None:
        for message_id in ids:
            widget = self._widgets.pop(message_id, None)
            if widget is not None:
                self._column.removeWidget(widget)
                widget.hide()
                widget.deleteLater()

    def refresh_traces(self, message_id: str | None = None) -> None:
        """Mark anew what steering changed, in one answer or in all."""
        for one, widget in self._widgets.items():
            if isinstance(widget, AnswerWidget) and message_id in (None, one):
                widget.show_traces(self._traces(one))

    def refresh_figures(self, message_id: str) -> None:
        widget = self._widgets.get(message_id)
        if isinstance(widget, AnswerWidget):
            widget.show_figures(self._figures(message_id))

    def show_phase(self, phase: str) -> None:
        """What the machine is doing, below the answer being written, also when that comes later."""
        self._phase = phase
        for widget in self._widgets.values():
            if isinstance(widget, AnswerWidget):
                widget.show_phase(phase)

    def show_wait(self, wait: str) -> None:
        """What is waited for, in the place of the phase; empty when nothing is."""
        self._wait = wait
        for widget in self._widgets.values():
            if isinstance(widget, AnswerWidget):
                widget.show_wait(wait)

    def answer(self, message_id: str) -> AnswerWidget | None:
        widget = self._widgets.get(message_id)
        return widget if isinstance(widget, AnswerWidget) else None

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._aim = None  # from now on the user scrolls
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = max(28, (self.viewport().width() - COLUMN_WIDTH) // 2)
        self._column.setContentsMargins(side, 26, side, 26)

    def _add(self, message: Message, at: int) -> None:
        widget: QuestionWidget | AnswerWidget
        if message.role == "user":
            widget = QuestionWidget(message, self._look)
        else:
            widget = AnswerWidget(message, self._look, self._commands)
            widget.continue_wanted.connect(self.continue_wanted)
            widget.regenerate_wanted.connect(self.regenerate_wanted)
            widget.figures_wanted.connect(self.figures_wanted)
            widget.link_chosen.connect(self.link_chosen)
            widget.show_figures(self._figures(message.id))
            widget.show_traces(self._traces(message.id))
            widget.show_phase(self._phase)
            widget.show_wait(self._wait)
        self._widgets[message.id] = widget
        self._column.insertWidget(at, widget)

    def _show_earlier(self) -> None:
        more, self._hidden = self._hidden[-SHOWN_AT_ONCE:], self._hidden[:-SHOWN_AT_ONCE]
        later = self._widgets
        self._widgets = {}
        for offset, message in enumerate(more):
            self._add(message, 2 + offset)
        self._widgets.update(later)
        self._at_end = False
        self._arrange()

    def _arrange(self) -> None:
        self.earlier.setVisible(bool(self._hidden))
        self.empty.setVisible(not self._widgets)
        answers = [one for one in self._widgets.values() if isinstance(one, AnswerWidget)]
        for widget in answers:
            widget.set_last(widget is answers[-1])

    def _on_range_changed(self, _low: int, high: int) -> None:
        if self._at_end:
            self.verticalScrollBar().setValue(high)
        else:
            self._scroll_to_aim()

    def _scroll_to_aim(self) -> None:
        """To the message that was asked for, also while those above it are still getting their heights."""
        widget = self._widgets.get(self._aim or "")
        if widget is not None:
            self.verticalScrollBar().setValue(widget.y() - _ABOVE_AIM)

    def _on_scrolled(self, value: int) -> None:
        self._at_end = value >= self.verticalScrollBar().maximum() - _NEAR_THE_END


class _EmptyState(QWidget):
    """What to do first, and what it means."""

    def __init__(self) -> None:
        super().__init__()
        title = label(self.tr("Ask something."), "title")
        title.setObjectName("emptyTitle")
        hint = label(
            self.tr(
                "The cloud sees your messages and the words of the answers. Your profile stays on this computer; "
                "what an answer gives away is listed on the right.\n\n"
                "A small model on this computer knows your profile and steers the answer towards you. "
                "Write a few facts about yourself with the profile button, then ask."
            ),
            "muted",
            wrap=True,
        )
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.setSpacing(10)
        for one in (title, hint):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(one)
        column.addStretch(3)
