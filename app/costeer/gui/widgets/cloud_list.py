"""The clouds that there are: which one is in use, and what can be done with each."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.clouds import CloudListModel, CloudsViewModel
from costeer.gui.widgets.parts import label
from costeer.gui.wording import name_words, tier_words
from costeer.services.endpoint_book import EndpointRow

_ROW_HEIGHT = 48

_Index = QModelIndex | QPersistentModelIndex


class CloudListPage(QWidget):
    """Enter or a double click uses a cloud, Delete removes it (whoever listens asks first)."""

    add_wanted = Signal()
    change_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, model: CloudsViewModel, look: Look) -> None:
        super().__init__()
        self._model = model
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Clouds"))
        self.list.setModel(model.list)
        self.list.setItemDelegate(_CloudDelegate(look, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.activated.connect(self._on_use)
        self.words = label(tone="muted", wrap=True)
        self.words.setAccessibleName(self.tr("About the chosen cloud"))
        self.use = QPushButton(self.tr("Use"))
        self.use.setProperty("kind", "primary")
        self.use.clicked.connect(self._on_use)
        self.add = QPushButton(self.tr("Add…"))
        self.add.clicked.connect(self.add_wanted)
        look.dress(self.add, "plus")
        self.change = QPushButton(self.tr("Change…"))
        self.change.clicked.connect(lambda: self._tell(self.change_wanted.emit))
        look.dress(self.change, "edit")
        self.remove = QPushButton(self.tr("Remove…"))
        self.remove.clicked.connect(lambda: self._tell(self.remove_wanted.emit))
        look.dress(self.remove, "trash")
        for one in (self.use, self.add, self.change, self.remove):
            one.setAutoDefault(False)
        self._lay_out()
        delete = QAction(self.tr("Remove…"), self.list)
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(lambda: self._tell(self.remove_wanted.emit))
        self.list.addAction(delete)
        self.list.selectionModel().currentChanged.connect(self.refresh)
        model.loaded.connect(self._on_loaded)
        model.busy_changed.connect(self.refresh)
        self.refresh()

    @property
    def chosen(self) -> EndpointRow | None:
        return self._model.list.row(self.list.currentIndex().row())

    def choose(self, name: str) -> None:
        """Select it, if it is there."""
        at = self._model.list.at(name)
        if at >= 0:
            self.list.setCurrentIndex(self._model.list.index(at))

    def refresh(self) -> None:
        one = self.chosen
        own = one is not None and not one.built_in and not self._model.busy
        self.use.setEnabled(one is not None and not one.in_use and not self._model.busy)
        self.change.setEnabled(own)
        self.remove.setEnabled(own)
        self.words.setText("" if one is None else self.tr("{words}.").format(words=tier_words(one.tier)))

    def _on_loaded(self) -> None:
        if self.chosen is None and self._model.list.in_use is not None:
            self.choose(self._model.list.in_use.name)
        self.refresh()

    def _on_use(self) -> None:
        if self.chosen is not None and not self.chosen.in_use:
            self._model.use(self.chosen.name)

    def _tell(self, emit: object) -> None:
        one = self.chosen
        if one is not None and not one.built_in and callable(emit):
            emit(one)

    def _lay_out(self) -> None:
        words = self.tr(
            "One of these answers. It reads the conversation and the words of its answers, never your profile."
        )
        buttons = QHBoxLayout()
        for one in (self.add, self.change, self.remove):
            buttons.addWidget(one)
        buttons.addStretch(1)
        buttons.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.list, 1)
        column.addWidget(self.words)
        column.addLayout(buttons)


class _CloudDelegate(QStyledItemDelegate):
    """Two lines, the name and the address; at the right the tier and whether it is in use."""

    def __init__(self, look: Look, parent: QListView) -> None:
        super().__init__(parent)
        self._look = look
        self._view = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002 - Qt's signature
        return QSize(80, max(_ROW_HEIGHT, 2 * option.fontMetrics.lineSpacing() + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        view: QWidget = option.widget
        view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, view)
        model = index.model()
        one = model.row(index.row()) if isinstance(model, CloudListModel) else None
        if one is None:
            return
        area: QRect = option.rect.adjusted(10, 7, -10, -7)
        painter.save()
        left = self._paint_marks(painter, option, area, one)
        area.setRight(left - 10)
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        title = option.fontMetrics.elidedText(name_words(one.title), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, top, title)
        small = painter.font()
        small.setPointSizeF(small.pointSizeF() * 0.88)
        painter.setFont(small)
        painter.setPen(self._look.theme.color("muted"))
        where = str(index.data(CloudListModel.WhereRole))
        where = painter.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, where)
        painter.restore()

    def _paint_marks(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, one: EndpointRow) -> int:
        """Where the marks begin, in pixels."""
        colors, metrics = self._look.theme, option.fontMetrics
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        right = area.right()
        if one.tier is not None:
            width = max(26, metrics.horizontalAdvance(one.tier) + 14)
            box = QRectF(right - width, area.center().y() - 10, width, 21)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(colors.color("border"))
            painter.setBrush(colors.color("card"))
            painter.drawRoundedRect(box, 6, 6)
            painter.setPen(colors.color("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, one.tier)
            right -= width + 10
        if one.in_use:
            words = self.tr("in use")
            painter.setPen(colors.color("accent"))
            painter.drawText(area.adjusted(0, 0, right - area.right(), 0), middle, words)
            right -= metrics.horizontalAdvance(words) + 10
        return right
