"""What the palette offers for what is typed: commands and conversations in one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.gui.fuzzy import ranking
from costeer.gui.wording import listed

MOST_OFFERED = 60
"""Nobody reads further; typing one more letter is quicker."""

_MOST_RECENT = 12

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """`detail` says what kind of thing it is, `keys` how to reach it without the palette."""

    kind: Literal["command", "conversation"]
    id: str
    title: str
    detail: str
    keys: str = ""


class PaletteModel(QAbstractListModel):
    """Rows are entries, the best fit first; what was used lately comes first where nothing is typed, and before
    others that fit as well. `recent` holds ids, the latest first. Window thread only."""

    KeysRole = Qt.ItemDataRole.UserRole + 1
    DetailRole = Qt.ItemDataRole.UserRole + 2

    filtered = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[tuple[str, PaletteEntry]] = []
        self._rows: list[PaletteEntry] = []
        self.recent: tuple[str, ...] = ()

    def offer(self, entries: Iterable[PaletteEntry]) -> None:
        """What there is to choose from, in the order in which it is listed where nothing is typed."""
        self._all = [(one.title.casefold(), one) for one in entries]
        self.filter("")

    def filter(self, typed: str) -> None:
        rank = ranking(typed)
        lately = {one: at for at, one in enumerate(self.recent)}
        never = len(lately)
        fitting = []
        for order, (title, entry) in enumerate(self._all):
            fit = rank(title)
            if fit is not None:
                fitting.append((fit[0], lately.get(entry.id, never), fit[1], order, entry))
        fitting.sort(key=lambda one: one[:4])
        self.beginResetModel()
        self._rows = [one[4] for one in fitting[:MOST_OFFERED]]
        self.endResetModel()
        self.filtered.emit()

    def used(self, entry_id: str) -> None:
        """It was chosen, here or elsewhere."""
        others = [one for one in self.recent if one != entry_id]
        self.recent = (entry_id, *others[: _MOST_RECENT - 1])

    def entry(self, row: int) -> PaletteEntry | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.entry(index.row()) if index.isValid() else None
        if one is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return one.title
        if role == self.KeysRole:
            return one.keys
        if role == self.DetailRole:
            return one.detail
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return listed(part for part in (one.title, one.detail, one.keys) if part)
        return None
