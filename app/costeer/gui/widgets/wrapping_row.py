"""A row of widgets that goes on in the next line where there is no more room, as words do."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QWidget


class WrappingRow(QLayout):
    """Each item has the width it asks for, so no name is cut off. What is hidden takes no room. Window thread."""

    def __init__(self, spacing: int, line_spacing: int) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._line_spacing = line_spacing
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def add_together(self, *widgets: QWidget) -> None:
        """One item of several widgets that stay beside each other, as a name and its field do."""
        pair = QHBoxLayout()
        pair.setSpacing(self.spacing() // 2)
        for one in widgets:
            pair.addWidget(one)
        self.addChildLayout(pair)
        self.addItem(pair)

    def addItem(self, item: QLayoutItem, /) -> None:
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int, /) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int, /) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int, /) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, area: QRect, /) -> None:
        super().setGeometry(area)
        self._place(area, move=True)

    def sizeHint(self) -> QSize:
        """In one line."""
        sizes = [one.sizeHint() for one in self._shown()]
        width = sum(one.width() for one in sizes) + self.spacing() * max(0, len(sizes) - 1)
        return QSize(width, max((one.height() for one in sizes), default=0))

    def minimumSize(self) -> QSize:
        """As wide as the widest item."""
        sizes = [one.sizeHint() for one in self._shown()]
        return QSize(
            max((one.width() for one in sizes), default=0), max((one.height() for one in sizes), default=0)
        )

    def _shown(self) -> list[QLayoutItem]:
        return [one for one in self._items if not one.isEmpty()]

    def _place(self, area: QRect, *, move: bool) -> int:
        """Returns the height that this takes, in pixels; the items of a line are centred in it."""
        y, line, x = area.y(), list[tuple[QLayoutItem, int]](), area.x()
        for one in self._shown():
            width = one.sizeHint().width()
            if line and x + width > area.x() + area.width():
                y += self._place_line(line, y, move=move) + self._line_spacing
                line, x = [], area.x()
            line.append((one, x))
            x += width + self.spacing()
        return y + self._place_line(line, y, move=move) - area.y()

    def _place_line(self, line: list[tuple[QLayoutItem, int]], y: int, *, move: bool) -> int:
        height = max((one.sizeHint().height() for one, _ in line), default=0)
        for one, x in line if move else ():
            size = one.sizeHint()
            one.setGeometry(QRect(x, y + (height - size.height()) // 2, size.width(), size.height()))
        return height
