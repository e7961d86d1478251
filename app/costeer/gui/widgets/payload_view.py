"""Long texts, and one exchange in them: its words, what was sent, what came back."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.payloads import SIDES, Side
from costeer.gui.widgets.plain_field import PlainField
from costeer.storage.repositories import ExchangeLine

_SLICE = 16_000
"""Characters that are laid out in one turn of the event loop: a few milliseconds."""


class PayloadView(PlainField):
    """Read-only. A long text, of short lines, is filled in slice by slice, between which the window goes on; its
    beginning is there at once. A text that goes on where the shown one ends is added to it, so that the place that
    is read stays."""

    filled = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self._look = look
        look.changed.connect(self._take_font)
        self._take_font()
        self._whole = ""
        self._done = 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._fill)

    @property
    def whole(self) -> str:
        """What is shown, or will be in a moment."""
        return self._whole

    @property
    def filling(self) -> bool:
        return self._done < len(self._whole)

    def show_text(self, text: str) -> None:
        if text == self._whole:
            return
        if not self._whole or not text.startswith(self._whole):
            self._done = 0
            self.clear()
        self._whole = text
        self._fill()

    def _take_font(self) -> None:
        self.setFont(self._look.code_font(0.9))

    def _fill(self) -> None:
        piece = self._whole[self._done : self._done + _SLICE]
        if piece:
            cursor = QTextCursor(self.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(piece)
            self._done += len(piece)
        if self.filling:
            self._timer.start()
        else:
            self._timer.stop()
            self.filled.emit()


class ExchangeView(QWidget):
    """Asks for what it shows (`wanted`: the id of an exchange, and a side) and is given it (`show_text`)."""

    wanted = Signal(str, str)

    def __init__(self, nothing: str, look: Look, parent: QWidget | None = None) -> None:
        """`nothing` is said where there is no exchange."""
        super().__init__(parent)
        self._nothing = nothing
        self._shown: ExchangeLine | None = None
        self.side = QTabBar()
        self.side.setAccessibleName(self.tr("Part of the request"))
        self.side.setDrawBase(False)
        for title in (self.tr("In words"), self.tr("Sent"), self.tr("Received")):
            self.side.addTab(title)
        self.side.currentChanged.connect(lambda _: self._ask())
        self.body = PayloadView(look)
        self.body.setAccessibleName(self.tr("The request in full"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.side)
        column.addWidget(self.body, 1)
        self._ask()

    @property
    def chosen_side(self) -> Side:
        return SIDES[self.side.currentIndex()]

    def put(self, exchange: ExchangeLine | None) -> None:
        """Show this one; a new version of the one that is shown is read again."""
        if exchange != self._shown:
            self._shown = exchange
            self._ask()

    def show_text(self, exchange: str, side: str, text: str) -> None:
        """What was wanted, if it still is."""
        if self._shown is not None and self._shown.exchange == exchange and self.chosen_side == side:
            self.body.setPlaceholderText("" if text else self.tr("The response is still arriving."))
            self.body.show_text(text)

    def _ask(self) -> None:
        one = self._shown
        if one is None or (self.chosen_side == "received" and one.down is None):
            self.body.setPlaceholderText(
                self._nothing if one is None else self.tr("The response is still arriving.")
            )
            self.body.show_text("")
        else:
            self.wanted.emit(one.exchange, self.chosen_side)
