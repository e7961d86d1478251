"""An answer of the conversation, with what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from costeer.gui.commands import Commands
from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.threads import can_be_rated, can_continue
from costeer.gui.widgets.figures_panel import FiguresPanel
from costeer.gui.widgets.message_editor import EditorWords
from costeer.gui.widgets.message_frame import MARGIN, MessageFrame
from costeer.gui.widgets.parts import label, text_button
from costeer.gui.widgets.plain_field import as_field
from costeer.gui.widgets.text_view import TextView
from costeer.gui.widgets.thumbs import Thumbs
from costeer.gui.wording import figures_line, going_on_words, translated
from costeer.steering.trace import Written
from costeer.storage.records import AnswerFigures, Message

RENDER_PERIOD = 1 / 20
"""Seconds between two renderings of an answer that is being written, at least."""

_REST_AFTER_RENDER = 4
"""A long answer takes long to lay out: the next rendering waits this many times what the last one took."""


class AnswerWidget(MessageFrame):
    """An answer over the full width, and below it what became of it and what can be done.

    While it is written, renderings are spread out so that the window's thread stays free. Its figures fold out on
    demand; they are given by whoever hears that they are wanted.
    """

    link_chosen = Signal(QUrl)

    def __init__(
        self,
        message: Message,
        look: Look,
        commands: Commands,
        traces: Sequence[Written] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(message, look, parent)
        self._traces = traces
        self._rendered = 0.0
        self._render_cost = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._render)
        self.view = TextView(look)
        self.view.setAccessibleName(self.tr("Answer"))
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.view.link_chosen.connect(self.link_chosen)
        self.detail = label(tone="muted", wrap=True)
        self.wait = label(tone="muted", wrap=True)
        self.wait.hide()
        self.state = label(tone="muted")
        self.continue_button = text_button(look, "continue", self.tr("Continue"))
        commands.explain(self.continue_button, "chat.continue")
        self.continue_button.clicked.connect(lambda: self._want("continue"))
        self.regenerate_button = text_button(look, "regenerate", self.tr("Regenerate"))
        commands.explain(self.regenerate_button, "chat.regenerate")
        self.regenerate_button.clicked.connect(lambda: self._want("regenerate"))
        self.copy_button = text_button(look, "copy", self.tr("Copy"))
        commands.explain(self.copy_button, "message.copy")
        self.copy_button.clicked.connect(lambda: self._want("copy"))
        self.thumbs = Thumbs(look, commands)
        self.menu_button = self._menu_button()
        self.figures_button = text_button(look, "shield", "")
        commands.explain(self.figures_button, "message.figures")
        self.figures_button.setCheckable(True)
        self.figures_button.clicked.connect(lambda: self._want("figures"))
        self.figures: FiguresPanel | None = None
        self._lay_out()
        look.changed.connect(self._place_figures)
        self._last = True
        self._figures: AnswerFigures | None = None
        self._failed_here = False
        self._render()

    @property
    def body(self) -> QWidget:
        return self.view

    def editor_words(self) -> EditorWords:
        return EditorWords(
            self.tr("The answer, to be changed"),
            self.tr("Save"),
            self.tr("Keep this as a version of yours (Ctrl+Enter); the original stays reachable"),
            self.tr("Leave the answer as it is (Esc)"),
            going_on_words(self._figures),
        )

    def show_editing(self) -> None:
        self._show_view()
        self._show_actions()

    def says(self, text: str) -> bool:
        """Whether the answer has this text, as far as an editor shows it."""
        return as_field(self._message.text) == text

    def put_place(self, number: int, of: int) -> None:
        self.setAccessibleName(self.tr("Answer {number} of {count}").format(number=number, count=of))

    def plain_text(self) -> str:
        """The answer as it is read: without marks of Markdown, formulas as LaTeX, cells with tabs between."""
        self.view.finish()
        before = self.view.textCursor()
        self.view.selectAll()
        text = self.view.createMimeDataFromSelection().text()
        self.view.setTextCursor(before)
        return text

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

    def show_traces(self, traces: Sequence[Written]) -> None:
        """Mark what steering changed; none: mark nothing."""
        self._traces = traces
        if not self._timer.isActive():
            self._render()

    def show_traces_later(self, traces: Sequence[Written]) -> None:
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
        """The buttons of the last answer say what they do where there is room; those of earlier ones are icons."""
        if last != self._last:
            self._last = last
            self._show_actions()

    def show_figures(self, figures: AnswerFigures | None) -> None:
        self._figures = figures
        self.figures_button.setVisible(figures is not None)
        if figures is not None:
            text = figures_line(figures)
            self.figures_button.setText(text)
            self.figures_button.setAccessibleName(text)
        self._place_figures()

    def toggle_figures(self, rows: Sequence[tuple[str, str]]) -> None:
        """Fold out the figures, which take the focus, or fold them in."""
        if self.figures is None:
            self.figures = FiguresPanel(rows)
            self.figures.closed.connect(self.close_figures)
            self._column.addWidget(self.figures)
            self.figures_button.setChecked(True)
            self.figures.show()
            self.figures.setFocus()
        else:
            self.close_figures()

    def close_figures(self) -> None:
        if self.figures is not None:
            panel, self.figures = self.figures, None
            self._column.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
            self.setFocus()
        self.figures_button.setChecked(False)

    @property
    def _row(self) -> tuple[QWidget, ...]:
        return (self.state, self.branches, *self._named, self.thumbs, self.menu_button)

    @property
    def _named(self) -> tuple[QToolButton, ...]:
        return (self.continue_button, self.regenerate_button, self.copy_button)

    def _lay_out(self) -> None:
        self._actions = QHBoxLayout()
        self._actions.setContentsMargins(0, 0, 0, 0)
        self._actions.setSpacing(4)
        for one in self._row:
            self._actions.addWidget(one)
        self._actions.addWidget(self.figures_button)
        self._actions.addStretch(1)
        self._below = QHBoxLayout()
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.addStretch(1)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN // 2)
        column.setSpacing(6)
        column.addWidget(self.view)
        column.addWidget(self.detail)
        column.addWidget(self.wait)
        column.addLayout(self._actions)
        column.addLayout(self._below)
        for button in (*self._named, self.figures_button):
            button.setMinimumWidth(40)  # so that the column can get narrower than their words
        self.figures_button.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_figures()

    def _place_figures(self) -> None:
        """Beside the buttons where there is room, else in a row of their own."""
        room = self.width() - 2 * MARGIN
        self._name_buttons(self._last)
        if self._last and self._needed(self._row) > room:
            self._name_buttons(False)
        beside = self._needed((*self._row, self.figures_button)) <= room
        wanted, other = (self._actions, self._below) if beside else (self._below, self._actions)
        if wanted.indexOf(self.figures_button) < 0:
            other.removeWidget(self.figures_button)
            wanted.insertWidget(wanted.count() - 1, self.figures_button)

    def _needed(self, row: Sequence[QWidget]) -> int:
        """How wide what is shown of it is."""
        return sum(one.sizeHint().width() + self._actions.spacing() for one in row if not one.isHidden())

    def _name_buttons(self, named: bool) -> None:
        kind = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if named else Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self._named:
            button.setToolButtonStyle(kind)

    def _render(self) -> None:
        begun = time.monotonic()
        self.view.show_markdown(self._message.text, self._traces)
        self._show_view()
        self._rendered = time.monotonic()
        self._render_cost = self._rendered - begun
        self._show_actions()

    def _show_view(self) -> None:
        self.view.setVisible(bool(self._message.text) and self.editor is None)

    def _show_actions(self) -> None:
        state = self._message.state
        over = state != "writing"
        offered = over and self.editor is None
        words = {
            "stopped": self.tr("Stopped"),
            "failed": self.tr("Not finished"),
            "interrupted": self.tr("Interrupted when the application ended"),
        }
        if over:
            self.state.setText(words.get(state, ""))
            self.wait.clear()
        self.wait.setVisible(bool(self.wait.text()))
        detail = translated(self._message.detail)
        self.state.setToolTip(plain_tip(detail))
        self.state.setVisible(bool(self.state.text()) and not self.wait.text())
        # An error that has just happened is said above the composer; one of an earlier day only here.
        self.detail.setText(detail)
        self.detail.setVisible(over and bool(detail) and not self._failed_here)
        self.continue_button.setVisible(offered and can_continue(self._message))
        self.regenerate_button.setVisible(offered)
        self.menu_button.setVisible(offered)
        self.thumbs.setVisible(offered and can_be_rated(self._message))
        self.copy_button.setVisible(offered and bool(self._message.text))
        self._place_figures()
