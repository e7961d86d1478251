"""The profile and the memories, as four lists that can be edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.gui.jobs import Jobs
from costeer.services.profile import ProfileService
from costeer.storage.records import Memory, ProfileEntry

SectionName = Literal["fact", "style", "note", "memory"]
SECTIONS: tuple[SectionName, ...] = ("fact", "style", "note", "memory")

_Index = QModelIndex | QPersistentModelIndex


class ProfileSectionModel(QAbstractListModel):
    """One list; the check box of a row says whether the local model is shown it."""

    switched = Signal(str, bool)

    def __init__(self, section: SectionName, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.section = section
        self._rows: list[ProfileEntry | Memory] = []

    def entry(self, row: int) -> ProfileEntry | Memory | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def replace(self, rows: Sequence[ProfileEntry | Memory]) -> None:
        """Show `rows`; where only their contents changed, the selection stays."""
        if [one.id for one in rows] == [one.id for one in self._rows]:
            self._rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.entry(index.row()) if index.isValid() else None
        if one is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return one.text
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if one.used else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return one.text if one.used else self.tr("{text} (switched off)").format(text=one.text)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        one = self.entry(index.row())
        if one is None or role != Qt.ItemDataRole.CheckStateRole:
            return False
        # A click hands over the number of the state, code the state itself.
        self.switched.emit(one.id, value in (Qt.CheckState.Checked, Qt.CheckState.Checked.value))
        return True


@dataclass(frozen=True, slots=True)
class _Everything:
    entries: list[ProfileEntry]
    memories: list[Memory]


class ProfileViewModel(QObject):
    """Every edit is saved at once and the lists are read anew, so they show what is stored.

    `edited` after a successful edit, `loaded` after every reading.
    """

    loaded = Signal()
    edited = Signal()
    failed = Signal(Exception)

    def __init__(self, profile: ProfileService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._profile = profile
        self._jobs = jobs
        self.sections = {name: ProfileSectionModel(name, self) for name in SECTIONS}
        for name, model in self.sections.items():
            model.switched.connect(lambda entry_id, on, name=name: self.switch(name, entry_id, on))

    @property
    def enabled_count(self) -> int:
        """How many entries the local model is shown."""
        rows = (model.entry(row) for model in self.sections.values() for row in range(model.rowCount()))
        return sum(1 for one in rows if one is not None and one.used)

    def load(self) -> None:
        job = self._jobs.run(lambda: _Everything(self._profile.entries(), self._profile.memories()))
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def add(self, section: SectionName, text: str) -> None:
        if section == "memory":
            self._edit(lambda: self._profile.add_memory(text))
        else:
            self._edit(lambda: self._profile.add(section, text))

    def rewrite(self, section: SectionName, entry_id: str, text: str) -> None:
        if section == "memory":
            self._edit(lambda: self._profile.change_memory(entry_id, text=text))
        else:
            self._edit(lambda: self._profile.change(entry_id, text=text))

    def switch(self, section: SectionName, entry_id: str, on: bool) -> None:
        if section == "memory":
            self._edit(lambda: self._profile.change_memory(entry_id, scope="local" if on else "never"))
        else:
            self._edit(lambda: self._profile.change(entry_id, scope="local" if on else "never"))

    def remove(self, section: SectionName, entry_id: str) -> None:
        if section == "memory":
            self._edit(lambda: self._profile.remove_memory(entry_id))
        else:
            self._edit(lambda: self._profile.remove(entry_id))

    def _edit(self, work: Callable[[], object]) -> None:
        job = self._jobs.run(work)
        job.succeeded.connect(lambda _: self.edited.emit())
        job.failed.connect(self.failed)
        self.load()

    def _on_loaded(self, everything: _Everything) -> None:
        for name, model in self.sections.items():
            if name == "memory":
                model.replace(everything.memories)
            else:
                model.replace([one for one in everything.entries if one.kind == name])
        self.loaded.emit()
