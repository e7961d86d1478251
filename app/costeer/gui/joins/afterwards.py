"""What the local model finds after an answer, where it is shown: titles in the list, memories to look at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.afterwards import AfterwardsViewModel
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.conversations import ConversationsViewModel
from costeer.gui.view_models.profile import ProfileViewModel
from costeer.gui.widgets.profile_editor import ProfileEditor
from costeer.gui.widgets.sidebar import Sidebar


class AfterwardsJoin(QObject):
    """`open_profile` brings the editor up."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        chat: ChatViewModel,
        conversations: ConversationsViewModel,
        profile: ProfileViewModel,
        editor: ProfileEditor,
        sidebar: Sidebar,
        commands: Commands,
        open_profile: Callable[[], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._profile = profile
        self._editor = editor
        self._open_profile = open_profile
        self.model = AfterwardsViewModel(app, jobs, lambda: chat.busy, window)
        chat.answer_finished.connect(self.model.take)
        chat.writing_changed.connect(self.model.go_on)
        self.model.titled.connect(conversations.load)
        self.model.proposed.connect(profile.load)
        profile.lists.changed.connect(lambda: sidebar.put_proposed(profile.proposed_count))
        sidebar.memories_wanted.connect(self.open_memories)
        commands.add("you.memories", self.tr("Memories…"), "you", self.open_memories)

    def open_memories(self) -> None:
        """Those that were proposed are the first."""
        self._open_profile()
        self._editor.show_section("memory")
        self._editor.pages["memory"].list.setFocus()
