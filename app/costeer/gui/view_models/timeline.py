"""A month of what left this computer, and the requests of one of its days."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QDate,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from costeer.gui.jobs import Jobs
from costeer.gui.view_models.payloads import PayloadViewModel
from costeer.gui.view_models.requests import MOST_LISTED, RequestListModel
from costeer.gui.wording import counted, number, size, tr
from costeer.privacy.ledger import Purpose
from costeer.services.audit import AuditService
from costeer.services.timeline import DayTotal, Month
from costeer.storage.repositories import ExchangeLine

Measure = Literal["bytes", "requests", "tokens", "leak_bits"]
MEASURES: tuple[Measure, ...] = ("bytes", "requests", "tokens", "leak_bits")

_Index = QModelIndex | QPersistentModelIndex


def measured(day: DayTotal, measure: Measure) -> float:
    return float(getattr(day, measure))


def shown(value: float, measure: Measure) -> str:
    if measure == "bytes":
        return size(round(value))
    return number(value, 1 if measure == "leak_bits" else 0)


def day_title(day: date) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


def month_title(day: date) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), tr("MMMM yyyy"))


def in_words(total: DayTotal, what: str) -> str:
    """What crossed in `what` (a day, a month), as a sentence."""
    if not total.requests and not total.tokens:
        return tr("{what}: nothing was sent.").format(what=what)
    said = tr("{what}: {requests}, {up} sent, {down} received, {tokens} told, {bits} leak bits.")
    return said.format(
        what=what,
        requests=counted(total.requests, tr("{count} request"), tr("{count} requests")),
        up=size(total.up),
        down=size(total.down),
        tokens=counted(total.tokens, tr("{count} token"), tr("{count} tokens")),
        bits=number(total.leak_bits, 1),
    )


class DayTableModel(QAbstractTableModel):
    """A row a day, the first of the month first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.days: list[DayTotal] = []
        self._titles = (
            *(self.tr("Day"), self.tr("Requests"), self.tr("Sent"), self.tr("Received"), self.tr("Tokens sent")),
            self.tr("Leak bits"),
        )

    def replace(self, days: list[DayTotal]) -> None:
        """Rows of another month are others; otherwise the chosen one stays."""
        if [one.day for one in days] == [one.day for one in self.days]:
            self.days = days
            self.dataChanged.emit(self.index(0, 0), self.index(len(days) - 1, len(self._titles) - 1))
            return
        self.beginResetModel()
        self.days = days
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.days)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        one = self.days[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(one)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._titles[index.column()]}: {self._cells(one)[index.column()]}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _cells(self, one: DayTotal) -> tuple[str, ...]:
        day = QLocale().toString(QDate(one.day.year, one.day.month, one.day.day), tr("ddd d"))
        if not one.requests and not one.tokens:
            return (day, *[self.tr("–")] * (len(self._titles) - 1))
        figures = (number(one.requests), size(one.up), size(one.down), number(one.tokens))
        return (day, *figures, number(one.leak_bits, 1))


class TimelineViewModel(QObject):
    """`month_changed` when the figures are others, `day_changed` when another day is chosen. The ledger is read on
    a worker; of two readings the one that was asked for later is shown."""

    month_changed = Signal()
    day_changed = Signal()
    failed = Signal(Exception)

    def __init__(self, audit: AuditService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._audit = audit
        self._jobs = jobs
        self.month = Month.of(date.today())
        self.day = date.today()
        self.measure: Measure = "bytes"
        self.endpoint: str | None = None
        self.purpose: Purpose | None = None
        self.days = DayTableModel(self)
        self.requests = RequestListModel(self)
        self.payloads = PayloadViewModel(audit, jobs, self)
        self.payloads.failed.connect(self.failed)
        self._asked = 0
        self._asked_day = 0

    @property
    def is_newest(self) -> bool:
        """Whether there is no later month to go to."""
        return self.month.after > date.today()

    @property
    def total(self) -> DayTotal:
        return sum(self.days.days, DayTotal(self.month.first))

    @property
    def chosen(self) -> DayTotal:
        return next((one for one in self.days.days if one.day == self.day), DayTotal(self.day))

    def load(self) -> None:
        """Read the month and the day that are shown anew."""
        self._read(self.month.first)
        self.choose(self.day)

    def go(self, first: date, day: date | None = None) -> None:
        """To another month, and in it to `day`: by default the last one of it that has been."""
        month = Month.of(first)
        if month.first <= date.today():
            last = min(date.today(), max(one.day for one in month.days()))
            self._read(month.first)
            self.choose(day or last)

    def back(self) -> None:
        self.go(self.month.before)

    def forward(self) -> None:
        if not self.is_newest:
            self.go(self.month.after)

    def choose(self, day: date) -> None:
        """Show a day's requests."""
        self.day = day
        self._asked_day += 1
        ticket = self._asked_day
        self.requests.clear()
        read = partial(self._audit.of_day, day, self.endpoint, self.purpose, MOST_LISTED)
        job = self._jobs.run_beside(read)
        job.succeeded.connect(lambda lines: self._on_day_read(ticket, lines))
        job.failed.connect(self.failed)
        self.day_changed.emit()

    def show_measure(self, measure: Measure) -> None:
        self.measure = measure
        self.month_changed.emit()

    def keep(self, endpoint: str | None, purpose: Purpose | None) -> None:
        """Only what went to `endpoint` for `purpose`; None: to all, for all."""
        self.endpoint, self.purpose = endpoint, purpose
        self._show()
        self.choose(self.day)

    def _read(self, first: date) -> None:
        self._asked += 1
        ticket = self._asked
        job = self._jobs.run_beside(lambda: self._audit.month(first))
        job.succeeded.connect(lambda month: self._on_read(ticket, month))
        job.failed.connect(self.failed)

    def _on_read(self, ticket: int, month: Month) -> None:
        if ticket == self._asked:
            self.month = month
            self._show()

    def _show(self) -> None:
        self.days.replace(self.month.days(self.endpoint, self.purpose))
        self.month_changed.emit()

    def _on_day_read(self, ticket: int, lines: list[ExchangeLine]) -> None:
        if ticket == self._asked_day:
            self.requests.take(lines, self.chosen.requests if len(lines) == MOST_LISTED else 0)
