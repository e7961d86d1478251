"""The list of conversations and the title of the one shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from costeer.gui.commands import Commands
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.conversations import ConversationListModel
from costeer.gui.widgets.header import Header
from costeer.gui.widgets.sidebar import Sidebar
from costeer.storage.records import Conversation


class ConversationsJoin(QObject):
    """Opens, renames and deletes; asks before it deletes."""

    def __init__(
        self,
        conversations: ConversationListModel,
        chat: ChatViewModel,
        sidebar: Sidebar,
        header: Header,
        commands: Commands,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._conversations = conversations
        self._chat = chat
        self._sidebar = sidebar
        self._header = header
        self._window = window
        sidebar.open_wanted.connect(chat.open)
        header.delete_wanted.connect(self._on_delete_shown)
        conversations.deleted.connect(chat.forget)
        conversations.loaded.connect(self._show_title)
        chat.thread_shown.connect(self._show_title)
        chat.conversation_touched.connect(self._on_touched)
        self._add_commands(commands)

    def _add_commands(self, commands: Commands) -> None:
        """The list's own keys are heard only in the list: Delete must stay a key of the composer."""
        listed = self._sidebar.list
        commands.add(
            "conversation.rename",
            self.tr("Rename the conversation"),
            "conversation",
            self._rename,
            "F2",
            when=self._is_stored,
            owner=listed,
        )
        commands.add(
            "conversation.delete",
            self.tr("Delete the conversation…"),
            "conversation",
            self._on_delete_chosen,
            "Del",
            when=self._is_stored,
            owner=listed,
        )
        commands.add(
            "conversation.next",
            self.tr("Next conversation"),
            "conversation",
            lambda: self._go(1),
            "Ctrl+PgDown",
            when=self._are_there,
        )
        commands.add(
            "conversation.previous",
            self.tr("Previous conversation"),
            "conversation",
            lambda: self._go(-1),
            "Ctrl+PgUp",
            when=self._are_there,
        )
        for changed in (self._conversations.loaded, self._chat.thread_shown):
            changed.connect(commands.refresh)
        listed.selectionModel().currentChanged.connect(commands.refresh)

    def open(self, conversation_id: str) -> None:
        """Show the conversation, if it is still there."""
        found = self._conversations.conversation(self._conversations.row_of(conversation_id))
        if found is not None and found.id != self._chat.conversation_id:
            self._chat.open(found)

    @property
    def shown(self) -> Conversation | None:
        return self._conversations.conversation(self._conversations.row_of(self._chat.conversation_id))

    def _are_there(self) -> bool:
        return self._conversations.rowCount() > 0

    def _is_stored(self) -> bool:
        return self._sidebar.chosen is not None or self.shown is not None

    def _go(self, step: int) -> None:
        """To the neighbour in the list; from a new conversation, to the first."""
        row = self._conversations.row_of(self._chat.conversation_id)
        wanted = self._conversations.conversation(max(0, row + step) if row >= 0 else 0)
        if wanted is not None and wanted.id != self._chat.conversation_id:
            self._chat.open(wanted)

    def _rename(self) -> None:
        chosen = self._sidebar.chosen or self.shown
        row = self._conversations.row_of(chosen.id) if chosen else -1
        if row >= 0:
            index = self._conversations.index(row)
            self._sidebar.list.setFocus()
            self._sidebar.list.setCurrentIndex(index)
            self._sidebar.list.edit(index)

    def _on_touched(self) -> None:
        self._show_title()
        self._conversations.load()

    def _show_title(self) -> None:
        self._sidebar.select(self._chat.conversation_id)
        shown = self.shown
        self._header.put(shown.title if shown else "")

    def _on_delete_chosen(self) -> None:
        chosen = self._sidebar.chosen or self.shown
        if chosen is not None:
            self._ask_to_delete(chosen)

    def _on_delete_shown(self) -> None:
        shown = self.shown
        if shown is not None:
            self._ask_to_delete(shown)

    def _ask_to_delete(self, conversation: Conversation) -> None:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Delete “{title}”?").format(title=conversation.title or self.tr("New conversation")))
        box.setInformativeText(
            self.tr(
                "Its messages are removed from this computer for good. "
                "The record of what was sent to the cloud stays."
            )
        )
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wanted = conversation.id
        delete.clicked.connect(lambda: self._chat.when_free(wanted, lambda: self._conversations.delete(wanted)))
        box.open()
