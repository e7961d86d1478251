"""The conversations that are listed: the pinned ones first, then the newest changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from costeer.gui.jobs import Jobs
from costeer.services.chat import ChatService
from costeer.storage.records import Conversation


class ConversationsViewModel(QObject):
    """The list as it was last read. `loaded` after every reading; `marked` tells of the conversations in which an
    answer begins or ends to be written.

    What is deleted goes to the bin: `deleted` tells the conversation, so that `restore` can be offered.
    """

    loaded = Signal()
    marked = Signal(tuple)
    deleted = Signal(object)
    made = Signal(object)
    failed = Signal(Exception)

    def __init__(self, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._jobs = jobs
        self._places: dict[str, int] = {}
        self.listed: list[Conversation] = []
        self.writing: str | None = None
        """Where an answer is being written."""

    def mark_writing(self, conversation_id: str | None) -> None:
        """An answer is being written in this conversation, or in none."""
        if conversation_id != self.writing:
            before, self.writing = self.writing, conversation_id
            self.marked.emit((before, conversation_id))

    def load(self) -> None:
        """Read the list anew."""
        job = self._jobs.run(self._chat.conversations)
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def delete(self, conversation: Conversation) -> None:
        """Into the bin."""
        wanted = conversation.id
        self._change(lambda: self._chat.delete(wanted), lambda: self.deleted.emit(conversation))

    def restore(self, conversation: Conversation) -> None:
        """Back from the bin."""
        wanted = conversation.id
        self._change(lambda: self._chat.restore(wanted), lambda: self.made.emit(conversation))

    def rename(self, conversation: Conversation, title: str) -> None:
        """As the user calls it from now on; without a title nothing changes."""
        wanted, title = conversation.id, title.strip()
        if title and title != conversation.title:
            self._change(lambda: self._chat.rename(wanted, title))

    def pin(self, conversation: Conversation, pinned: bool) -> None:
        wanted = conversation.id
        self._change(lambda: self._chat.pin(wanted, pinned))

    def move(self, conversation: Conversation, folder: str) -> None:
        """Into the folder of this name, "" for none."""
        wanted = conversation.id
        self._change(lambda: self._chat.move(wanted, folder))

    def duplicate(self, conversation: Conversation) -> None:
        """`made` tells the copy."""
        wanted = conversation.id
        title = self.tr("{title} (copy)").format(title=conversation.title) if conversation.title else ""
        job = self._jobs.run(lambda: self._chat.duplicate(wanted, title))
        job.failed.connect(self.failed)
        job.succeeded.connect(lambda copy: self._on_duplicated(copy))

    @property
    def folders(self) -> list[str]:
        """Those with something in them, as they are sorted."""
        return sorted({one.folder for one in self.listed if one.folder}, key=str.casefold)

    def conversation(self, conversation_id: str | None) -> Conversation | None:
        """None for what is not in the list."""
        place = self._places.get(conversation_id or "")
        return None if place is None else self.listed[place]

    def neighbour(self, conversation_id: str | None, step: int) -> Conversation | None:
        """The one `step` places further on; from what is not in the list, the first."""
        place = self._places.get(conversation_id or "")
        place = 0 if place is None else max(0, place + step)
        return self.listed[place] if place < len(self.listed) else None

    def _change(self, work: Callable[[], object], then: Callable[[], None] | None = None) -> None:
        job = self._jobs.run(work)
        job.failed.connect(self.failed)
        if then is not None:
            job.succeeded.connect(lambda _: then())
        self.load()

    def _on_duplicated(self, copy: Conversation) -> None:
        self.load()
        self.made.emit(copy)

    def _on_loaded(self, listed: list[Conversation]) -> None:
        self.listed = listed
        self._places = {one.id: place for place, one in enumerate(listed)}
        self.loaded.emit()
