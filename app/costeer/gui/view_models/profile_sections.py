"""The lists of the profile: facts, style, notes, memories, each row with its scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.gui.wording import tr
from costeer.personalization.labels import Label, split_label
from costeer.storage.records import Memory, ProfileEntry, Scope

SectionName = Literal["fact", "style", "note", "memory"]
SECTIONS: tuple[SectionName, ...] = ("fact", "style", "note", "memory")
SCOPES: tuple[Scope, ...] = ("never", "local", "public")

Entry = ProfileEntry | Memory

_STATES = ("proposed", "approved", "refused")
_Index = QModelIndex | QPersistentModelIndex


def scope_words(scope: Scope) -> str:
    words: dict[Scope, str] = {
        "never": tr("Never used"),
        "local": tr("Steers on this computer"),
        "public": tr("May be sent"),
    }
    return words[scope]


def scope_meaning(scope: Scope) -> str:
    words: dict[Scope, str] = {
        "never": tr("Neither model is shown it."),
        "local": tr("The small model on this computer is shown it. The cloud is not; it sees the answers' words."),
        "public": tr("The cloud is told it with every question."),
    }
    return words[scope]


def label_words(label: Label) -> str:
    words: dict[Label, str] = {
        "name": tr("Name"),
        "languages": tr("Languages"),
        "home": tr("Home"),
        "work": tr("Work"),
        "family": tr("Family"),
        "health": tr("Health"),
        "interests": tr("Interests"),
        "likes": tr("Likes"),
        "dislikes": tr("Dislikes"),
    }
    return words[label]


def state_of(one: Entry) -> str:
    return one.state if isinstance(one, Memory) else "approved"


class ProfileSectionModel(QAbstractListModel):
    """One list: what was proposed first, what was refused last.."""

    LabelRole = Qt.ItemDataRole.UserRole + 1
    TextRole = Qt.ItemDataRole.UserRole + 2
    StandingRole = Qt.ItemDataRole.UserRole + 3
    ProposedRole = Qt.ItemDataRole.UserRole + 4

    def __init__(self, section: SectionName, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.section = section
        self._all: list[Entry] = []
        self._rows: list[Entry] = []
        self._typed = ""
        self._is_withheld: Callable[[Entry], bool] = lambda _: False

    @property
    def count(self) -> int:
        """Of all, found or not, but for what was refused."""
        return sum(state_of(one) != "refused" for one in self._all)

    @property
    def proposed(self) -> int:
        return sum(state_of(one) == "proposed" for one in self._all)

    def all(self) -> list[Entry]:
        return list(self._all)

    def entry(self, row: int) -> Entry | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, entry_id: str) -> int:
        """Where the entry stands, or -1."""
        return next((row for row, one in enumerate(self._rows) if one.id == entry_id), -1)

    def replace(self, rows: Sequence[Entry], is_withheld: Callable[[Entry], bool] = lambda _: False) -> None:
        """Show `rows`; where only their contents changed, the selection stays. `is_withheld` says which of those
        that may be sent are not, because they hold what must not leave."""
        self._all = list(rows)
        self._is_withheld = is_withheld
        self._choose()

    def search(self, typed: str) -> None:
        """Only rows that hold this."""
        self._typed = typed.strip().casefold()
        self._choose()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.entry(index.row()) if index.isValid() else None
        if one is None:
            return None
        label, text = split_label(one.text) if self.section == "fact" else (None, one.text)
        if role == Qt.ItemDataRole.DisplayRole:
            return one.text
        if role == self.LabelRole:
            return "" if label is None else label_words(label)
        if role == self.TextRole:
            return text
        if role == self.StandingRole:
            return self._standing(one)
        if role == self.ProposedRole:
            return state_of(one) == "proposed"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            shown = f"{label_words(label)}: {text}" if label else text
            return self.tr("{text} ({standing})").format(text=shown, standing=self._standing(one))
        return None

    def _standing(self, one: Entry) -> str:
        """What becomes of it, in words."""
        state = state_of(one)
        if state == "proposed":
            return self.tr("Proposed: not used until you approve it")
        if state == "refused":
            return self.tr("Refused: not used, kept so that it is not proposed again")
        if one.scope == "public" and self._is_withheld(one):
            return self.tr("May be sent, but is not: it holds a text that must not leave")
        return scope_words(one.scope)

    def _choose(self) -> None:
        found = [one for one in self._all if self._typed in one.text.casefold()]
        found.sort(key=lambda one: _STATES.index(state_of(one)))
        if [one.id for one in found] == [one.id for one in self._rows]:
            self._rows = found
            if found:
                self.dataChanged.emit(self.index(0), self.index(len(found) - 1))
            return
        self.beginResetModel()
        self._rows = found
        self.endResetModel()


class SectionsHolder(QObject):
    """The four lists, filled and searched together."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.by_name = {name: ProfileSectionModel(name, self) for name in SECTIONS}

    def find(self, entry_id: str) -> tuple[SectionName, Entry] | None:
        for name, model in self.by_name.items():
            for one in model.all():
                if one.id == entry_id:
                    return name, one
        return None

    def search(self, typed: str) -> None:
        for model in self.by_name.values():
            model.search(typed)
        self.changed.emit()
