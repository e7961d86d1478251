"""The figures of one answer, folded out below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from costeer.gui.widgets.parts import label

_COLUMNS = 2


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
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 14, 8)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        deep = -(-len(self.rows) // _COLUMNS)
        for at, (name, value) in enumerate(self.rows):
            row, column = at % deep, 3 * (at // deep)
            if column:
                grid.setColumnMinimumWidth(column - 1, 22)
            shown = label(value, "figure")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label(name, "muted"), row, column)
            grid.addWidget(shown, row, column + 1)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # Esc closes this; the next one stops an answer
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.closed.emit()
                return True
        return super().event(event)
