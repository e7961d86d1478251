"""The list of conversations, newest first."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.gui.jobs import Jobs
from costeer.gui.wording import moment
from costeer.services.chat import ChatService
from costeer.storage.records import Conversation

_Index = QModelIndex | QPersistentModelIndex


class ConversationListModel(QAbstractListModel):
    """Rows are conversations; editing a row renames it. `loaded` after every reading of the list."""

    loaded = Signal()
    deleted = Signal(str)
    failed = Signal(Exception)

    WhenRole = Qt.ItemDataRole.UserRole + 1
    WritingRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._jobs = jobs
        self._rows: list[Conversation] = []
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

    def delete(self, conversation_id: str) -> None:
        """Remove it for good, with everything in it."""
        job = self._jobs.run(lambda: self._chat.purge(conversation_id))
        job.succeeded.connect(lambda _: self.deleted.emit(conversation_id))
        job.failed.connect(self.failed)
        self.load()

    def conversation(self, row: int) -> Conversation | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, conversation_id: str | None) -> int:
        """Where it stands, or -1."""
        return next((row for row, one in enumerate(self._rows) if one.id == conversation_id), -1)

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
        self._jobs.run(lambda: self._chat.rename(wanted, title)).failed.connect(self.failed)
        self.load()
        return True

    def _on_loaded(self, rows: list[Conversation]) -> None:
        if [one.id for one in rows] == [one.id for one in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        self.loaded.emit()
