"""The list of conversations: the pinned ones first, then the newest changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.gui.jobs import Jobs
from costeer.gui.wording import moment
from costeer.services.chat import ChatService
from costeer.storage.records import Conversation

_Index = QModelIndex | QPersistentModelIndex


class ConversationListModel(QAbstractListModel):
    """Rows are conversations; editing a row renames it. `loaded` after every reading of the list.

    What is deleted goes to the bin: `deleted` tells the conversation, so that `restore` can be offered.
    """

    loaded = Signal()
    deleted = Signal(object)
    made = Signal(object)
    failed = Signal(Exception)

    WhenRole = Qt.ItemDataRole.UserRole + 1
    WritingRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._jobs = jobs
        self._rows: list[Conversation] = []
        self._places: dict[str, int] = {}
        self._writing: str | None = None

    def mark_writing(self, conversation_id: str | None) -> None:
        """An answer is being written in this conversation, or in none."""
        before, self._writing = self._writing, conversation_id
        for row in (self.row_of(before), self.row_of(conversation_id)):
            if row >= 0 and before != conversation_id:
                self.dataChanged.emit(self.index(row), self.index(row))

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
        return sorted({one.folder for one in self._rows if one.folder}, key=str.casefold)

    def conversation(self, row: int) -> Conversation | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def conversations(self) -> list[Conversation]:
        return list(self._rows)

    def row_of(self, conversation_id: str | None) -> int:
        """Where it stands, or -1."""
        return self._places.get(conversation_id or "", -1)

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.conversation(index.row()) if index.isValid() else None
        if one is None:
            return None
        title = one.title or self.tr("New conversation")
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return title
        writing = one.id == self._writing
        when = self.tr("Writing…") if writing else moment(one.changed)
        if role == self.WhenRole:
            return when
        if role == self.WritingRole:
            return writing
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.tr("{title}, {when}").format(title=title, when=when)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        one = self.conversation(index.row())
        title = str(value).strip()
        if one is None or role != Qt.ItemDataRole.EditRole or not title or title == one.title:
            return False
        wanted = one.id
        self._change(lambda: self._chat.rename(wanted, title))
        return True

    def _change(self, work: Callable[[], object], then: Callable[[], None] | None = None) -> None:
        job = self._jobs.run(work)
        job.failed.connect(self.failed)
        if then is not None:
            job.succeeded.connect(lambda _: then())
        self.load()

    def _on_duplicated(self, copy: Conversation) -> None:
        self.load()
        self.made.emit(copy)

    def _on_loaded(self, rows: list[Conversation]) -> None:
        if [one.id for one in rows] == [one.id for one in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = rows
            self._places = {one.id: row for row, one in enumerate(rows)}
            self.endResetModel()
        self.loaded.emit()
