"""The requests of an answer, each with what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from costeer.gui.wording import clock, number, pretty_json, short_size
from costeer.privacy.ledger import LedgerEntry, LedgerRecord

MOST_LISTED = 100
"""Requests of one answer that are listed, the newest."""

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and its response or failure once there is one."""

    entry: LedgerEntry
    outcome: LedgerRecord | None

    @property
    def request(self) -> LedgerRecord:
        return self.entry.record

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.request.time)

    @property
    def path(self) -> str:
        return "/" + self.request.url.split("://", 1)[-1].partition("/")[2]

    def sent_text(self) -> str:
        """The request as it left, laid out to be read."""
        one = self.request
        head = [f"{one.method} {one.url}", "", "Headers: " + ", ".join(one.header_names), ""]
        return "\n".join(head) + "\n" + pretty_json(one.body)

    def received_text(self) -> str:
        if self.outcome is None:
            return ""
        status = "" if self.outcome.status is None else f"HTTP {self.outcome.status}\n\n"
        detail = f"{self.outcome.detail}\n\n" if self.outcome.detail else ""
        return status + detail + pretty_json(self.outcome.body)


def exchanges(entries: Sequence[LedgerEntry]) -> list[Exchange]:
    """Join entries (newest first, as the audit gives them) to exchanges, newest first."""
    outcomes = {one.record.exchange: one.record for one in entries if one.record.kind != "request"}
    requests = [one for one in entries if one.record.kind == "request"]
    return [Exchange(one, outcomes.get(one.record.exchange)) for one in requests]


class RequestListModel(QAbstractListModel):
    """Rows are exchanges, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Exchange] = []
        self._total = 0

    def replace(self, entries: Sequence[LedgerEntry], total: int = 0) -> None:
        """Show the requests among `entries`; `total` is how many there are in all, where not all are given."""
        self.beginResetModel()
        self._rows = exchanges(entries)
        self._total = max(total, len(self._rows))
        self.endResetModel()

    def exchange(self, row: int) -> Exchange | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, exchange_id: str | None) -> int:
        """Where the exchange stands, or -1."""
        return next((row for row, one in enumerate(self._rows) if one.request.exchange == exchange_id), -1)

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.exchange(index.row()) if index.isValid() else None
        if one is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            down = self.tr("…") if one.outcome is None else short_size(one.outcome.size)
            shown = self.tr("{number}. {time}  {name}  ↑{up} ↓{down}")
            return shown.format(
                number=number(self._total - index.row()),
                time=clock(one.when),
                name=one.path.rpartition("/")[2],
                up=short_size(one.request.size),
                down=down,
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{one.request.method} {one.request.url}\n{one.request.time}"
        return None
