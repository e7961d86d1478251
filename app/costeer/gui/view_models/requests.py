"""Requests, each with what became of it, as a list that grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from costeer.gui.wording import clock, number, recorded_words, short_size
from costeer.storage.repositories import ExchangeLine

MOST_LISTED = 10_000
"""Requests that are listed, the newest."""

_Index = QModelIndex | QPersistentModelIndex


class RequestListModel(QAbstractListModel):
    """Rows are exchanges, newest first. What is taken again replaces what was known of it, so that the rows that
    did not change, and the one that is chosen, stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ExchangeLine] = []
        self._total = 0

    def clear(self) -> None:
        self.beginResetModel()
        self._rows = []
        self._total = 0
        self.endResetModel()

    def take(self, lines: Sequence[ExchangeLine], total: int = 0) -> None:
        """Show `lines`, newest first, too: all that came behind `settled`. `total` is how many there are in all,
        where not all are given."""
        known = {one.sequence: row for row, one in enumerate(self._rows[: len(lines)])}
        new = [one for one in lines if one.sequence not in known]
        for one in lines:
            row = known.get(one.sequence)
            if row is not None and self._rows[row] != one:
                self._rows[row] = one
                self.dataChanged.emit(self.index(row), self.index(row))
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._rows[:0] = new
            self._total += len(new)
            self.endInsertRows()
        if max(total, len(self._rows)) != self._total:
            self._total = max(total, len(self._rows))
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    @property
    def settled(self) -> int:
        """The sequence number up to which nothing will change any more; 0 when all has to be read."""
        unsettled = [one.sequence for one in self._rows if one.down is None]
        newest = self._rows[0].sequence if self._rows else 0
        return min(unsettled) - 1 if unsettled else newest

    def exchange(self, row: int) -> ExchangeLine | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, exchange_id: str | None) -> int:
        """Where the exchange stands, or -1."""
        return next((row for row, one in enumerate(self._rows) if one.exchange == exchange_id), -1)

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.exchange(index.row()) if index.isValid() else None
        if one is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            shown = self.tr("{number}. {time}  ↑{up} ↓{down}  {name}")
            return self._put(one, index.row(), shown, self.tr("…"))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            shown = self.tr("Request {number} at {time} to {name}: {up} sent, {down} received")
            return self._put(one, index.row(), shown, self.tr("nothing yet"))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{one.method} {one.url}\n{one.time}" + (
                f"\n{recorded_words(one.detail)}" if one.detail else ""
            )
        return None

    def _put(self, one: ExchangeLine, row: int, shown: str, open_still: str) -> str:
        return shown.format(
            number=number(self._total - row),
            time=clock(datetime.fromisoformat(one.time)),
            name=one.url.rpartition("/")[2],
            up=short_size(one.up),
            down=open_still if one.down is None else short_size(one.down),
        )
