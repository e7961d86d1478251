"""The list of conversations, and the way to the profile."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.view_models.conversations import ConversationListModel
from costeer.gui.widgets.parts import icon_button, label
from costeer.storage.records import Conversation

_ROW_HEIGHT = 46
_MARGIN = 12

_Index = QModelIndex | QPersistentModelIndex


class Sidebar(QFrame):
    """Shows a ConversationListModel. Enter or a click opens; the menu of a row offers the list's own commands."""

    new_wanted = Signal()
    open_wanted = Signal(object)
    profile_wanted = Signal()

    def __init__(
        self,
        model: ConversationListModel,
        look: Look,
        icon: QIcon,
        commands: Commands,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: str | None = None
        self.setObjectName("sidebar")
        self.setMinimumWidth(190)
        self.new_button = icon_button(look, "plus", self.tr("New conversation"))
        commands.explain(self.new_button, "chat.new", self.tr("New conversation"))
        self.new_button.clicked.connect(self.new_wanted)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setModel(model)
        self.list.setItemDelegate(_ConversationDelegate(look, self.list))
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.clicked.connect(self._on_chosen)
        self.list.activated.connect(self._on_chosen)
        self.empty = label(
            self.tr("Your conversations will be listed here, the newest first."), "muted", wrap=True
        )
        self.empty.setContentsMargins(10, 4, 10, 0)
        self.profile_button = QPushButton(self.tr("Profile and memories"))
        self.profile_button.setProperty("kind", "row")
        commands.explain(self.profile_button, "you.profile", self.tr("What steering knows about you"))
        self.profile_button.clicked.connect(self.profile_wanted)
        look.dress(self.profile_button, "profile")
        self._lay_out(icon)
        model.modelReset.connect(self._on_reset)
        self._on_reset()

    def select(self, conversation_id: str | None) -> None:
        """Show which conversation is open; the row may come later."""
        self._wanted = conversation_id
        row = self._model.row_of(conversation_id)
        if row < 0:
            self.list.clearSelection()
            self.list.setCurrentIndex(QModelIndex())
        elif self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self._model.index(row))

    def _lay_out(self, icon: QIcon) -> None:
        picture = QLabel()
        picture.setPixmap(icon.pixmap(22, 22))
        head = QHBoxLayout()
        head.addWidget(picture)
        head.addWidget(label("CoSteer", "title"), 1)
        head.addWidget(self.new_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 14, _MARGIN, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.profile_button)

    def _show_menu(self, where: QPoint) -> None:
        index = self.list.indexAt(where)
        if index.isValid():
            self.list.setCurrentIndex(index)
            menu = QMenu(self)
            menu.addActions(self.list.actions())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(where))

    @property
    def chosen(self) -> Conversation | None:
        """The row that the keyboard is at."""
        return self._model.conversation(self.list.currentIndex().row())

    def _on_chosen(self, index: QModelIndex) -> None:
        conversation = self._model.conversation(index.row())
        if conversation is not None and conversation.id != self._wanted:
            self.open_wanted.emit(conversation)

    def _on_reset(self) -> None:
        self.empty.setVisible(self._model.rowCount() == 0)
        self.select(self._wanted)


class _ConversationDelegate(QStyledItemDelegate):
    """Two lines: the title, and when it was changed."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002 - Qt's signature
        return QSize(80, max(_ROW_HEIGHT, 2 * option.fontMetrics.lineSpacing() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        view: QWidget = option.widget
        view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, view)
        area: QRect = option.rect.adjusted(10, 6, -8, -6)
        metrics = option.fontMetrics
        painter.save()
        title = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, title)
        small = painter.font()
        small.setPointSizeF(small.pointSizeF() * 0.88)
        painter.setFont(small)
        writing = bool(index.data(ConversationListModel.WritingRole))
        painter.setPen(self._look.theme.color("accent" if writing else "muted"))
        when = str(index.data(ConversationListModel.WhenRole))
        painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, when)
        painter.restore()
