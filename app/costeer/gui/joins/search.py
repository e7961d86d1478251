"""The search field at the conversations: what was found is opened where it stands."""

from __future__ import annotations

from PySide6.QtCore import QObject

from costeer.gui.commands import Commands
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.search import SearchModel
from costeer.gui.widgets.sidebar import Sidebar
from costeer.gui.widgets.transcript import Transcript
from costeer.storage.repositories import Found


class SearchJoin(QObject):
    """A message that was found is scrolled to once its thread is shown."""

    def __init__(
        self,
        search: SearchModel,
        chat: ChatViewModel,
        sidebar: Sidebar,
        transcript: Transcript,
        commands: Commands,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._chat = chat
        self._sidebar = sidebar
        self._transcript = transcript
        self._wanted: str | None = None
        sidebar.found_wanted.connect(self._on_found_wanted)
        chat.thread_shown.connect(self._on_thread_shown)
        commands.add(
            "conversation.search",
            self.tr("Search in all conversations"),
            "conversation",
            self.focus,
            "Ctrl+Shift+F",
        )

    def focus(self) -> None:
        self._sidebar.field.setFocus()
        self._sidebar.field.selectAll()

    def open_message(self, conversation_id: str, message_id: str | None) -> None:
        """Show a conversation on the branch that holds the message, and scroll to it."""
        self._wanted = message_id
        self._chat.open_at(conversation_id, message_id)

    def _on_found_wanted(self, found: Found) -> None:
        self.open_message(found.conversation, found.message)

    def _on_thread_shown(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self._transcript.show_message(wanted)
