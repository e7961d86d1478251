"""One message of the conversation, with what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import can_continue
from costeer.gui.widgets.parts import label, text_button
from costeer.gui.widgets.text_view import TextView
from costeer.gui.wording import figures_line
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, Message

RENDER_PERIOD = 1 / 20
"""Seconds between two renderings of an answer that is being written, at least."""

_REST_AFTER_RENDER = 4
"""A long answer takes long to lay out: the next rendering waits this many times what the last one took."""

_BUBBLE_SHARE = 0.8


class QuestionWidget(QWidget):
    """The user's own words, in a bubble on the right."""

    def __init__(self, message: Message, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = TextView(look)
        self.view.setAccessibleName(self.tr("You said"))
        self.view.show_plain(message.text)
        self._bubble = QFrame()
        self._bubble.setObjectName("bubble")
        inside = QHBoxLayout(self._bubble)
        inside.setContentsMargins(14, 9, 14, 7)
        inside.addWidget(self.view)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._bubble)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        most = int(self.width() * _BUBBLE_SHARE) - 28
        self.view.setFixedWidth(max(40, min(most, self.view.ideal_width() + 4)))


class AnswerWidget(QWidget):
    """An answer over the full width, and below it what became of it and what can be done.

    While it is written, renderings are spread out so that the window's thread stays free.
    """

    continue_wanted = Signal()
    regenerate_wanted = Signal()
    figures_wanted = Signal(str)
    link_chosen = Signal(QUrl)

    def __init__(self, message: Message, look: Look, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message = message
        self._traces: Sequence[TokenTrace] = ()
        self._rendered = 0.0
        self._render_cost = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._render)
        self.view = TextView(look)
        self.view.setAccessibleName(self.tr("Answer"))
        self.view.link_chosen.connect(self.link_chosen)
        self.detail = label(tone="muted", wrap=True)
        self.wait = label(tone="muted", wrap=True)
        self.wait.hide()
        self.state = label(tone="muted")
        self.continue_button = text_button(look, "continue", self.tr("Continue"))
        commands.explain(self.continue_button, "chat.continue")
        self.continue_button.clicked.connect(self.continue_wanted)
        self.regenerate_button = text_button(look, "regenerate", self.tr("Regenerate"))
        commands.explain(self.regenerate_button, "chat.regenerate")
        self.regenerate_button.clicked.connect(self.regenerate_wanted)
        self.copy_button = text_button(look, "copy", self.tr("Copy"), self.tr("Copy the answer as Markdown"))
        self.copy_button.clicked.connect(self._copy)
        self.figures_button = text_button(look, "shield", "", self.tr("Show what left for this answer"))
        self.figures_button.clicked.connect(lambda: self.figures_wanted.emit(self._message.id))
        self._lay_out()
        self._last = False
        self._failed_here = False
        self._render()

    @property
    def message(self) -> Message:
        return self._message

    def put(self, message: Message) -> None:
        """Show a new version of the message, soon while it is being written, at once when it is over."""
        self._failed_here = message.state == "failed"
        begins = message.state == "writing" != self._message.state
        self._message = message
        if begins:
            self._show_actions()
        if message.state != "writing":
            self._timer.stop()
            self._render()
        elif not self._timer.isActive():
            pause = max(RENDER_PERIOD, self._render_cost * _REST_AFTER_RENDER)
            self._timer.start(max(0, round((self._rendered + pause - time.monotonic()) * 1000)))

    def show_traces(self, traces: Sequence[TokenTrace]) -> None:
        """Mark what steering changed; none: mark nothing."""
        self._traces = traces
        if not self._timer.isActive():
            self._render()

    def show_traces_later(self, traces: Sequence[TokenTrace]) -> None:
        """Mark them with the next rendering."""
        self._traces = traces

    def show_phase(self, phase: str) -> None:
        """Before the first word this is all there is to see."""
        if self._message.state == "writing":
            self.state.setText(phase)
            self.state.setVisible(bool(phase) and not self.wait.text())

    def show_wait(self, wait: str) -> None:
        """In the place of the phase. A screen reader says it when it begins, and not each second."""
        begins = bool(wait) and not self.wait.text() and self._message.state == "writing"
        self.wait.setText(wait if self._message.state == "writing" else "")
        self._show_actions()
        if begins:
            QAccessible.updateAccessibility(QAccessibleEvent(self.wait, QAccessible.Event.Alert))

    def set_last(self, last: bool) -> None:
        """Only the last answer can be regenerated or continued."""
        self._last = last
        self._show_actions()

    def show_figures(self, figures: AnswerFigures | None) -> None:
        self.figures_button.setVisible(figures is not None)
        if figures is not None:
            text = figures_line(figures)
            self.figures_button.setText(text)
            self.figures_button.setAccessibleName(text)
        self._place_figures()

    def _lay_out(self) -> None:
        self._actions = QHBoxLayout()
        self._actions.setContentsMargins(0, 0, 0, 0)
        self._actions.setSpacing(4)
        self._actions.addWidget(self.state)
        for button in (self.continue_button, self.regenerate_button, self.copy_button, self.figures_button):
            self._actions.addWidget(button)
        self._actions.addStretch(1)
        self._below = QHBoxLayout()
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view)
        column.addWidget(self.detail)
        column.addWidget(self.wait)
        column.addLayout(self._actions)
        column.addLayout(self._below)
        self.figures_button.setMinimumWidth(40)
        self.figures_button.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_figures()

    def _place_figures(self) -> None:
        """Beside the buttons where there is room, else in a row of their own."""
        row: tuple[QWidget, ...] = (self.state, self.continue_button, self.regenerate_button, self.copy_button)
        shown = [one for one in (*row, self.figures_button) if not one.isHidden()]
        needed = sum(one.sizeHint().width() + self._actions.spacing() for one in shown)
        wanted, other = (self._actions, self._below) if needed <= self.width() else (self._below, self._actions)
        if wanted.indexOf(self.figures_button) < 0:
            other.removeWidget(self.figures_button)
            wanted.insertWidget(wanted.count() - 1, self.figures_button)

    def _render(self) -> None:
        begun = time.monotonic()
        self.view.show_markdown(self._message.text, self._traces)
        self.view.setVisible(bool(self._message.text))
        self._rendered = time.monotonic()
        self._render_cost = self._rendered - begun
        self._show_actions()

    def _show_actions(self) -> None:
        state = self._message.state
        over = state != "writing"
        words = {
            "stopped": self.tr("Stopped"),
            "failed": self.tr("Not finished"),
            "interrupted": self.tr("Interrupted when the application ended"),
        }
        if over:
            self.state.setText(words.get(state, ""))
            self.wait.clear()
        self.wait.setVisible(bool(self.wait.text()))
        self.state.setToolTip(self._message.detail)
        self.state.setVisible(bool(self.state.text()) and not self.wait.text())
        # An error that has just happened is said above the composer; one of an earlier day only here.
        self.detail.setText(self._message.detail)
        self.detail.setVisible(over and bool(self._message.detail) and not self._failed_here)
        self.continue_button.setVisible(self._last and can_continue(self._message))
        self.regenerate_button.setVisible(self._last and over)
        self.copy_button.setVisible(over and bool(self._message.text))
        self._place_figures()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._message.text)
