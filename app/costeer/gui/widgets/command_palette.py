"""The palette: type a few letters of a command or a conversation, press Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.palette import PaletteModel
from costeer.gui.widgets.parts import label
from costeer.gui.wording import counted

_WIDTH, _HEIGHT = 560, 420
_FROM_TOP = 70

_Index = QModelIndex | QPersistentModelIndex


class CommandPalette(QDialog):
    """`chosen` with a PaletteEntry, once closed. The keyboard stays in the field: Up, Down and the page keys move
    in the list, Enter chooses, Esc or a click elsewhere closes. A screen reader is told what is chosen."""

    chosen = Signal(object)

    def __init__(self, model: PaletteModel, look: Look, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._model = model
        self._over = parent
        self.setWindowTitle(self.tr("Commands"))
        self.setObjectName("palette")
        self.field = QLineEdit()
        self.field.setObjectName("paletteField")
        self.field.setAccessibleName(self.tr("Command or conversation"))
        self.field.setPlaceholderText(self.tr("A command or a conversation…"))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(model.filter)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Commands and conversations"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setModel(model)
        self.list.setItemDelegate(_EntryDelegate(look, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        self.nothing = label(self.tr("Nothing fits; try fewer letters."), "muted")
        self.nothing.setContentsMargins(12, 6, 12, 10)
        inside = QFrame()
        inside.setObjectName("card")
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(10, 10, 10, 10)
        rows.setSpacing(8)
        rows.addWidget(self.field)
        rows.addWidget(self.nothing)
        rows.addWidget(self.list, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(inside)
        model.filtered.connect(self._on_filtered)
        selection = self.list.selectionModel()
        selection.currentChanged.connect(self._announce)

    def bring_up(self) -> None:
        """Over the upper part of the window, with an empty field."""
        self.field.clear()
        self._on_filtered()
        over = self._over.window()
        width, height = min(_WIDTH, over.width() - 20), min(_HEIGHT, over.height() - _FROM_TOP - 20)
        top_left = over.mapToGlobal(over.rect().topLeft())
        self.setGeometry(
            top_left.x() + (over.width() - width) // 2,
            top_left.y() + min(_FROM_TOP, over.height() // 8),
            width,
            height,
        )
        self.show()
        self.raise_()
        self.activateWindow()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._takes(event)
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.close()
        super().changeEvent(event)

    def _takes(self, event: QKeyEvent) -> bool:
        last = self._model.rowCount() - 1
        row = self.list.currentIndex().row()
        page = max(1, self.list.height() // max(1, self.list.sizeHintForRow(0)) - 1)
        match event.key():
            case Qt.Key.Key_Down:
                self._go(0 if row >= last else row + 1)
            case Qt.Key.Key_Up:
                self._go(last if row <= 0 else row - 1)
            case Qt.Key.Key_PageDown:
                self._go(min(last, row + page))
            case Qt.Key.Key_PageUp:
                self._go(max(0, row - page))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(row)
            case _:
                return False
        return True

    def _go(self, row: int) -> None:
        index = self._model.index(row)
        if index.isValid():
            self.list.setCurrentIndex(index)

    def _choose(self, row: int) -> None:
        entry = self._model.entry(row)
        if entry is not None:
            self.close()
            self.chosen.emit(entry)

    def _on_filtered(self) -> None:
        empty = self._model.rowCount() == 0
        self.list.setVisible(not empty)
        self.nothing.setVisible(empty)
        self._go(0)
        if empty and self.isVisible():
            self._say(self.nothing.text())

    def _announce(self, current: QModelIndex) -> None:
        if current.isValid() and self.isVisible():
            found = counted(self._model.rowCount(), self.tr("{count} fits"), self.tr("{count} fit"))
            said = str(current.data(Qt.ItemDataRole.AccessibleTextRole))
            self._say(f"{said}. {found}")

    def _say(self, text: str) -> None:
        """The keyboard does not go to the list, so a screen reader would say nothing of it by itself."""
        self.field.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, text))


class _EntryDelegate(QStyledItemDelegate):
    """The title, what it is, and its keys at the right."""

    def __init__(self, look: Look, parent: QListView) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002 - Qt's signature
        return QSize(80, option.fontMetrics.lineSpacing() + 16)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        view: QWidget = option.widget
        view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, view)
        area: QRect = option.rect.adjusted(10, 0, -12, 0)
        metrics, middle = option.fontMetrics, Qt.AlignmentFlag.AlignVCenter
        painter.save()
        painter.setPen(self._look.theme.color("muted"))
        for text in (str(index.data(PaletteModel.KeysRole) or ""), str(index.data(PaletteModel.DetailRole))):
            if text:
                painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, text)
                area.setRight(area.right() - metrics.horizontalAdvance(text) - 16)
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        title = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()
