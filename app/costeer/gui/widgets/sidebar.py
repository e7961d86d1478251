"""The list of conversations, the search over all of them, and the way to the profile."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.view_models.search import SearchModel
from costeer.gui.view_models.sections import SectionsModel
from costeer.gui.widgets.conversation_rows import ConversationDelegate, FoundDelegate
from costeer.gui.widgets.parts import icon_button, label, with_clear_button
from costeer.gui.wording import counted
from costeer.storage.records import Conversation

_MARGIN = 12


class Sidebar(QFrame):
    """Shows the conversations, or what was found while something stands in the search field. Enter or a click
    opens; the menu of a row offers the list's own commands."""

    new_wanted = Signal()
    open_wanted = Signal(object)
    found_wanted = Signal(object)
    profile_wanted = Signal()
    memories_wanted = Signal()

    def __init__(
        self,
        model: SectionsModel,
        search: SearchModel,
        look: Look,
        icon: QIcon,
        commands: Commands,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._search = search
        self._wanted: str | None = None
        self._selected = False
        self.setObjectName("sidebar")
        self.setMinimumWidth(190)
        self.new_button = icon_button(look, "plus", self.tr("New conversation"))
        commands.explain(self.new_button, "chat.new", self.tr("New conversation"))
        self.new_button.clicked.connect(self.new_wanted)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search"))
        self.field.setAccessibleName(self.tr("Search in all conversations"))
        with_clear_button(self.field, self.tr("Clear the search"))
        self.field.textChanged.connect(self._on_typed)
        self.field.installEventFilter(self)
        self.list = self._new_list(self.tr("Conversations"), model)
        self.list.setItemDelegate(ConversationDelegate(look, self.list))
        self.list.setUniformItemSizes(True)  # thousands of rows are laid out at each change
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.clicked.connect(self._on_chosen)
        self.list.activated.connect(self._on_chosen)
        self.results = self._new_list(self.tr("Found"), search)
        self.results.setItemDelegate(FoundDelegate(look, self.results))
        self.results.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.results.clicked.connect(self._on_found_chosen)
        self.results.activated.connect(self._on_found_chosen)
        self.empty = label(
            self.tr("Your conversations will be listed here, the newest first."), "muted", wrap=True
        )
        self.nothing = label(self.tr("Nothing was found."), "muted", wrap=True)
        for one in (self.empty, self.nothing):
            one.setContentsMargins(10, 4, 10, 0)
        self.nothing.hide()
        self.profile_button = QPushButton(self.tr("Profile and memories"))
        self.profile_button.setProperty("kind", "row")
        commands.explain(self.profile_button, "you.profile", self.tr("What steering knows about you"))
        self.profile_button.clicked.connect(self.profile_wanted)
        look.dress(self.profile_button, "profile")
        self.proposed_button = QPushButton()
        self.proposed_button.setProperty("kind", "row")
        self.proposed_button.clicked.connect(self.memories_wanted)
        self.proposed_button.hide()
        self._lay_out(icon)
        model.modelReset.connect(self._on_reset)
        model.rowsInserted.connect(self._on_listed)
        model.rowsRemoved.connect(self._on_listed)
        search.searched.connect(self._on_searched)
        self._on_listed()

    def select(self, conversation_id: str | None) -> None:
        """Show which conversation is open; the row may come later. Once it is shown, the keyboard may go on."""
        if conversation_id != self._wanted:
            self._wanted, self._selected = conversation_id, False
        if self._selected:
            return
        row = self._model.row_of(conversation_id)
        if row < 0:
            self.list.clearSelection()
            self.list.setCurrentIndex(QModelIndex())
        else:
            self.list.setCurrentIndex(self._model.index(row))
        self._selected = row >= 0 or conversation_id is None

    def rename(self, conversation_id: str) -> None:
        """Edit the title in its row."""
        self.field.clear()
        row = self._model.unfold(conversation_id)
        if row >= 0:
            index = self._model.index(row)
            self.list.setFocus()
            self.list.setCurrentIndex(index)
            self.list.edit(index)

    def put_proposed(self, count: int) -> None:
        """How many memories wait to be approved or refused."""
        one, many = self.tr("{count} memory proposed"), self.tr("{count} memories proposed")
        self.proposed_button.setText(counted(count, one, many))
        self.proposed_button.setToolTip(self.tr("Not used until you approve it"))
        self.proposed_button.setVisible(count > 0)

    @property
    def chosen(self) -> Conversation | None:
        """The row that the keyboard is at."""
        return self._model.conversation(self.list.currentIndex().row())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the field, Down goes to the results, Enter opens the first, Escape ends the search."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            shown = self.results if self.field.text() else self.list
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                return True
            if event.key() == Qt.Key.Key_Down and shown.model().rowCount():
                shown.setFocus()
                if not shown.currentIndex().isValid():
                    shown.setCurrentIndex(shown.model().index(0, 0))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._search.rowCount():
                self._on_found_chosen(self._search.index(0))
                return True
        return super().eventFilter(watched, event)

    def _new_list(self, name: str, model: SectionsModel | SearchModel) -> QListView:
        made = QListView()
        made.setAccessibleName(name)
        made.setModel(model)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return made

    def _lay_out(self, icon: QIcon) -> None:
        picture = QLabel()
        picture.setPixmap(icon.pixmap(22, 22))
        head = QHBoxLayout()
        head.addWidget(picture)
        head.addWidget(label("CoSteer", "title"), 1)
        head.addWidget(self.new_button)
        self.lists = QStackedWidget()
        self.lists.addWidget(self.list)
        self.lists.addWidget(self.results)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 14, _MARGIN, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.field)
        column.addWidget(self.empty)
        column.addWidget(self.nothing)
        column.addWidget(self.lists, 1)
        column.addWidget(self.proposed_button)
        column.addWidget(self.profile_button)

    def _show_menu(self, where: QPoint) -> None:
        index = self.list.indexAt(where)
        if index.isValid() and self._model.conversation(index.row()) is not None:
            self.list.setCurrentIndex(index)
            menu = QMenu(self)
            menu.addActions(self.list.actions())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(where))

    def _on_chosen(self, index: QModelIndex) -> None:
        conversation = self._model.conversation(index.row())
        if conversation is None:
            row = index.row()
            self._model.toggle(row)
            self.list.setCurrentIndex(self._model.index(row))
        elif conversation.id != self._wanted:
            self.open_wanted.emit(conversation)

    def _on_found_chosen(self, index: QModelIndex) -> None:
        found = self._search.found(index.row())
        if found is not None:
            self.found_wanted.emit(found)

    def _on_typed(self, text: str) -> None:
        self._search.type(text)
        if not text.strip():
            self.lists.setCurrentWidget(self.list)
            self.nothing.hide()

    def _on_searched(self, typed: str) -> None:
        self.lists.setCurrentWidget(self.results if typed else self.list)
        self.nothing.setVisible(bool(typed) and self._search.rowCount() == 0)
        self.empty.setVisible(not typed and self._model.rowCount() == 0)
        if self._search.rowCount():
            self.results.scrollToTop()

    def _on_reset(self) -> None:
        self._selected = False
        self._on_listed()

    def _on_listed(self) -> None:
        self._selected &= self._wanted is None or self._model.row_of(self._wanted) >= 0
        self.empty.setVisible(self._model.rowCount() == 0 and not self.field.text())
        self.select(self._wanted)
