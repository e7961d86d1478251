"""What is found in the conversations while something is typed."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from costeer.gui.jobs import Jobs
from costeer.gui.wording import moment
from costeer.services.chat import ChatService
from costeer.storage.repositories import Found

MOST_FOUND = 100

PAUSE_MS = 15
"""Between a key and the search, so that keys that come at once are searched for once."""

_Index = QModelIndex | QPersistentModelIndex


class SearchModel(QAbstractListModel):
    """Rows are places found. `searched` with what was searched for, when its results are there."""

    searched = Signal(str)
    failed = Signal(Exception)

    TextRole = Qt.ItemDataRole.UserRole + 1
    RangesRole = Qt.ItemDataRole.UserRole + 2
    WhenRole = Qt.ItemDataRole.UserRole + 3

    def __init__(self, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._jobs = jobs
        self._rows: list[Found] = []
        self._typed = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._search)

    def type(self, text: str) -> None:
        """Search soon for what has been typed so far."""
        self._typed = text.strip()
        self._timer.start()

    def found(self, row: int) -> Found | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.found(index.row()) if index.isValid() else None
        if one is None:
            return None
        title = one.title or self.tr("New conversation")
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == self.TextRole:
            return one.text if one.message is not None else ""
        if role == self.RangesRole:
            return one.ranges
        if role == self.WhenRole:
            return moment(one.when)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("{title}, {when}: {text}").format(title=title, when=moment(one.when), text=one.text)
        return None

    def _search(self) -> None:
        typed = self._typed
        if not typed:
            self._put(typed, [])
            return
        job = self._jobs.run_beside(lambda: self._chat.find(typed, MOST_FOUND))
        job.succeeded.connect(lambda found: self._put(typed, found))
        job.failed.connect(self.failed)

    def _put(self, typed: str, found: list[Found]) -> None:
        if typed != self._typed:
            return  # something else has been typed since
        self.beginResetModel()
        self._rows = found
        self.endResetModel()
        self.searched.emit(typed)
