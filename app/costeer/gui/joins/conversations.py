"""The list of conversations and the title of the one shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QInputDialog, QWidget

from costeer.gui.commands import Commands
from costeer.gui.joins.ledger import LedgerJoin
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.conversations import ConversationsViewModel
from costeer.gui.view_models.ledger import LedgerViewModel
from costeer.gui.widgets.header import Header
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import name_fields
from costeer.gui.widgets.sidebar import Sidebar
from costeer.storage.records import Conversation


class ConversationsJoin(QObject):
    """Opens, renames, files, copies and deletes. Nothing is asked before a deletion: it can be undone."""

    def __init__(
        self,
        conversations: ConversationsViewModel,
        chat: ChatViewModel,
        forgetting: LedgerViewModel,
        sidebar: Sidebar,
        header: Header,
        notices: NoticeBar,
        commands: Commands,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._conversations = conversations
        self._chat = chat
        self._sidebar = sidebar
        self._header = header
        self._notices = notices
        self._window = window
        self._deleted: Conversation | None = None
        self.ledger_join = LedgerJoin(forgetting, lambda: window, self)
        forgetting.said.connect(self._say_forgotten)
        sidebar.open_wanted.connect(chat.open)
        header.delete_wanted.connect(self._on_delete_shown)
        conversations.deleted.connect(self._on_deleted)
        conversations.made.connect(chat.open)
        conversations.loaded.connect(self._show_title)
        chat.thread_shown.connect(self._show_title)
        chat.conversation_touched.connect(self._on_touched)
        self._add_list_commands(commands)
        self._add_commands(commands)

    def _add_list_commands(self, commands: Commands) -> None:
        """The list's own keys are heard only in the list: Delete must stay a key of the composer."""
        offered: tuple[tuple[str, str, Callable[[Conversation], object], str], ...] = (
            ("conversation.rename", self.tr("Rename the conversation"), self._rename, "F2"),
            ("conversation.pin", self.tr("Pin or unpin the conversation"), self._toggle_pin, "Ctrl+D"),
            ("conversation.move", self.tr("Move the conversation to a folder…"), self._ask_for_folder, "Ctrl+M"),
            ("conversation.duplicate", self.tr("Duplicate the conversation"), self._conversations.duplicate, ""),
            ("conversation.delete", self.tr("Delete the conversation"), self._delete, "Del"),
        )
        for id, title, act, keys in offered:
            commands.add(
                id,
                title,
                "conversation",
                partial(self._with_chosen, act),
                keys,
                when=self._is_stored,
                owner=self._sidebar.list,
            )

    def _add_commands(self, commands: Commands) -> None:
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
        self._sidebar.list.selectionModel().currentChanged.connect(commands.refresh)

    def open(self, conversation_id: str) -> None:
        """Show the conversation, if it is still there."""
        found = self._conversations.conversation(conversation_id)
        if found is not None and found.id != self._chat.conversation_id:
            self._chat.open(found)

    @property
    def shown(self) -> Conversation | None:
        return self._conversations.conversation(self._chat.conversation_id)

    def _with_chosen(self, act: Callable[[Conversation], object]) -> None:
        conversation = self._sidebar.chosen or self.shown
        if conversation is not None:
            act(conversation)

    def _on_delete_shown(self) -> None:
        if self.shown is not None:
            self._delete(self.shown)

    def _are_there(self) -> bool:
        return bool(self._conversations.listed)

    def _is_stored(self) -> bool:
        return self._sidebar.chosen is not None or self.shown is not None

    def _go(self, step: int) -> None:
        """To the neighbour in the list; from a new conversation, to the first."""
        wanted = self._conversations.neighbour(self._chat.conversation_id, step)
        if wanted is not None and wanted.id != self._chat.conversation_id:
            self._chat.open(wanted)

    def _rename(self, conversation: Conversation) -> None:
        self._sidebar.rename(conversation.id)

    def _toggle_pin(self, conversation: Conversation) -> None:
        self._conversations.pin(conversation, not conversation.pinned)

    def _ask_for_folder(self, conversation: Conversation) -> None:
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Move to a folder"))
        dialog.setLabelText(self.tr("A folder there is, or the name of a new one. Empty: out of its folder."))
        dialog.setComboBoxEditable(True)
        others = [one for one in self._conversations.folders if one != conversation.folder]
        dialog.setComboBoxItems([conversation.folder, *others] if conversation.folder else ["", *others])
        dialog.setTextValue(conversation.folder)
        name_fields(dialog, self.tr("Folder"))
        dialog.textValueSelected.connect(lambda folder: self._conversations.move(conversation, folder.strip()))
        dialog.open()

    def _delete(self, conversation: Conversation) -> None:
        self._chat.when_free(conversation.id, lambda: self._conversations.delete(conversation))

    def _on_deleted(self, conversation: Conversation) -> None:
        self._chat.forget(conversation.id)
        self._deleted = conversation
        self._say_deleted(conversation)

    def _say_deleted(self, conversation: Conversation) -> None:
        """What of it stays, and what can be done about it."""
        title = conversation.title or self.tr("New conversation")
        if conversation.temporary:
            said = self.tr("“{title}” was deleted. On record stays that something was sent, without the words.")
            forget = None
        else:
            said = self.tr(
                "“{title}” was deleted. It stays in the bin for 30 days; what was sent for it stays on record."
            )
            forget = (self.tr("Forget the words…"), lambda: self._ask_to_forget(conversation))
        undo = partial(self._conversations.restore, conversation)
        self._notices.say(said.format(title=title), "notice", self.tr("Undo"), undo, forget)

    def _ask_to_forget(self, conversation: Conversation) -> None:
        title = conversation.title or self.tr("New conversation")
        self.ledger_join.ask_to_forget(conversation.id, title, lambda: self._say_deleted(conversation))

    def _say_forgotten(self, text: str) -> None:
        """The conversation itself may still come back."""
        deleted = self._deleted
        if deleted is None:
            self._notices.say(text, "notice")
        else:
            self._notices.say(text, "notice", self.tr("Undo"), partial(self._conversations.restore, deleted))

    def _on_touched(self) -> None:
        self._show_title()
        self._conversations.load()

    def _show_title(self) -> None:
        self._sidebar.select(self._chat.conversation_id)
        shown = self.shown
        self._header.put(shown.title if shown else "", temporary=self._chat.temporary)
