"""The figures of one answer, folded out below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from costeer.gui.widgets.parts import label

_COLUMNS = 2
_GROUP = 3
"""A name, its value, and the space to the next column."""

_SHORT = 16
"""Longer values have a row of their own, over the whole width."""


class FiguresPanel(QFrame):
    """Names and values in columns. Esc closes it; a screen reader hears all of it when it gets the focus."""

    closed = Signal()

    def __init__(self, rows: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = tuple(rows)
        self.setObjectName("figuresPanel")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Figures of this answer"))
        self.setAccessibleDescription("; ".join(f"{name}: {value}" for name, value in rows))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 14, 8)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(_GROUP * _COLUMNS - 1, 1)
        short = [one for one in self.rows if len(one[1]) <= _SHORT]
        deep = -(-len(short) // _COLUMNS)
        for at, (name, value) in enumerate(short):
            row, column = at % deep, _GROUP * (at // deep)
            if column:
                self._grid.setColumnMinimumWidth(column - 1, 22)
            self._put(name, value, row, column, 1)
        for at, (name, value) in enumerate(one for one in self.rows if len(one[1]) > _SHORT):
            self._put(name, value, deep + at, 0, _GROUP * _COLUMNS - 1)

    def _put(self, name: str, value: str, row: int, column: int, across: int) -> None:
        shown = label(value, "figure", wrap=across > 1)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(label(name, "muted"), row, column, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(shown, row, column + 1, 1, across)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # Esc closes this; the next one stops an answer
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.closed.emit()
                return True
        return super().event(event)
