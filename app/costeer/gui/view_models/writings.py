"""The texts that the personal model learns from: gathered, left out, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.foundation.cancel import CancelToken
from costeer.gui.jobs import Jobs
from costeer.gui.wording import tr
from costeer.services.personal.service import Gathered, PersonalService, Sources
from costeer.storage.records import StoredWriting

_SHOWN = 110
"""Characters of a text in a row."""

_NOWHERE = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class WritingsViewModel(QAbstractListModel):
    """Rows can be ticked: those that are not are left out of the next training. `changed` after each reading,
    `gathered` with what was found, `forgotten` with what went."""

    changed = Signal()
    gathered = Signal(object)
    forgotten = Signal(object)
    busy_changed = Signal()
    failed = Signal(Exception)

    def __init__(self, personal: PersonalService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._personal = personal
        self._jobs = jobs
        self._cancel: CancelToken | None = None
        self.listed: list[StoredWriting] = []

    @property
    def reading(self) -> bool:
        """Whether sources are being read."""
        return self._cancel is not None

    @property
    def used(self) -> int:
        return sum(one.state == "used" for one in self.listed)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.listed)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.listed):
            return None
        one = self.listed[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return in_words(one)
            case Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if one.state == "used" else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return None  # a text may be long, and is the user's own
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not 0 <= index.row() < len(self.listed):
            return False
        used = Qt.CheckState(value) == Qt.CheckState.Checked
        writing = self.listed[index.row()].writing
        self.listed[index.row()] = StoredWriting(writing, "used" if used else "left out")
        self.dataChanged.emit(index, index)
        self._edit(lambda: self._personal.use([writing.id], used))
        return True

    def load(self) -> None:
        job = self._jobs.run(self._personal.all)
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def gather(self, wanted: Sources) -> None:
        """Read sources, beside everything else: a mailbox may be large."""
        if self.reading:
            return
        cancel = self._cancel = CancelToken()
        job = self._jobs.run_beside(lambda: self._personal.gather(wanted, cancel))
        job.succeeded.connect(self._on_gathered)
        job.failed.connect(self.failed)
        job.ended.connect(self._on_ended)
        self.busy_changed.emit()

    def stop(self) -> None:
        """Read no further; nothing is added then."""
        if self._cancel is not None:
            self._cancel.cancel()

    def forget(self, rows: Sequence[int]) -> None:
        """And the adapters that have learnt from them."""
        ids = [self.listed[row].writing.id for row in rows if 0 <= row < len(self.listed)]
        if ids:
            job = self._jobs.run(lambda: self._personal.forget(ids))
            job.succeeded.connect(self.forgotten)
            job.failed.connect(self.failed)
            self.load()

    def _edit(self, work: Callable[[], object]) -> None:
        job = self._jobs.run(work)
        job.failed.connect(self.failed)
        job.failed.connect(lambda _: self.load())
        self.changed.emit()

    def _on_gathered(self, found: Gathered) -> None:
        self.load()
        self.gathered.emit(found)

    def _on_loaded(self, listed: list[StoredWriting]) -> None:
        self.beginResetModel()
        self.listed = listed
        self.endResetModel()
        self.changed.emit()

    def _on_ended(self) -> None:
        self._cancel = None
        self.busy_changed.emit()


def in_words(one: StoredWriting) -> str:
    """Two lines: where it is from and what it was asked for, and how it begins."""
    sources = {
        "message": tr("Your message"),
        "edit": tr("An answer that you rewrote"),
        "document": tr("Document"),
        "mail": tr("E-mail"),
        "chat": tr("Export"),
        "lamp": tr("LaMP"),
        "synthetic": tr("Made for training"),
    }
    writing = one.writing
    where = sources[writing.source]
    if writing.name:
        where = tr("{source} ({name})").format(source=where, name=writing.name)
    head = tr("{where}: {prompt}").format(where=where, prompt=_short(writing.prompt))
    return f"{head}\n{_short(writing.text)}"


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _SHOWN else joined[: _SHOWN - 1] + "…"
