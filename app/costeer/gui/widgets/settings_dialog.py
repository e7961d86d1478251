"""The settings: a list of pages, the rows of one of them, and a field that finds a row in any."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label, with_clear_button
from costeer.gui.widgets.settings.rows import SettingsPage

_SIZE = (780, 600)
_TITLE_BAR = 40
"""About what the window manager puts above a dialog, in logical pixels."""


class SettingsDialog(QDialog):
    """Knows pages, not what is on them. Whatever is changed is in force at once, so there is nothing to confirm;
    Esc closes. `shown` at each opening."""

    shown = Signal()

    def __init__(self, pages: Sequence[SettingsPage], look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width()), min(_SIZE[1], room.height() - _TITLE_BAR))
        self.pages = list(pages)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search settings"))
        self.search.setAccessibleName(self.tr("Search settings"))
        with_clear_button(self.search, self.tr("Clear the search"))
        self.search.textChanged.connect(self._on_search)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Pages of the settings"))
        self.list.setItemDelegate(_PageDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget()
        for page in self.pages:
            self.list.addItem(page.title)
            self.stack.addWidget(page)
        self.heading = label(tone="title")
        self.heading.setObjectName("emptyTitle")
        self.nothing = label(self.tr("No setting holds these words; try fewer."), "muted", wrap=True)
        self.notices = NoticeBar(look)
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_page)
        self.list.setCurrentRow(0)
        self.nothing.hide()

    def open_page(self, page: SettingsPage) -> None:
        self.search.clear()
        self.list.setCurrentRow(self.pages.index(page))

    def say(self, text: str) -> None:
        self.notices.say(text, "notice")

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.notices.clear()
        self.search.setFocus()
        self.shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._left.setFixedWidth(min(210, self.width() * 3 // 10))

    def _on_search(self, typed: str) -> None:
        """Only pages with fitting rows are listed, and of these only the rows that fit."""
        fitting = []
        for row, page in enumerate(self.pages):
            count = page.filter(typed)
            self.list.item(row).setHidden(count == 0)
            if count:
                fitting.append(row)
        self.nothing.setVisible(not fitting)
        self.stack.setVisible(bool(fitting))
        if fitting and self.list.currentRow() not in fitting:
            self.list.setCurrentRow(fitting[0])

    def _on_page(self, row: int) -> None:
        if row >= 0:
            self.stack.setCurrentIndex(row)
            self.heading.setText(self.pages[row].title)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(10)
        side.addWidget(self.search)
        side.addWidget(self.list, 1)
        left = QWidget()
        left.setLayout(side)
        self._left = left
        side.setContentsMargins(0, 0, 0, 0)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.heading)
        right.addWidget(self.nothing)
        right.addWidget(self.stack, 1)
        right.addWidget(self.notices)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 18, 12, 14)
        row.setSpacing(20)
        row.addWidget(left)
        row.addLayout(right, 1)


class _PageDelegate(QStyledItemDelegate):
    """A style sheet's padding is painted but not counted."""

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,  # noqa: ARG002 - Qt's signature
    ) -> QSize:
        return QSize(80, option.fontMetrics.lineSpacing() + 16)
