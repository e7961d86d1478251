"""One request in full: read, put into words and laid out behind the window, so that a large one holds nothing
up."""

from __future__ import annotations

import time
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.gui.jobs import Jobs
from costeer.gui.strange_text import in_short_lines, spelled_out
from costeer.gui.wording import pretty_json, recorded_words, tr
from costeer.privacy.ledger import LedgerEntry
from costeer.services.audit import AuditService

Side = Literal["words", "sent", "received"]
SIDES: tuple[Side, ...] = ("words", "sent", "received")

LONGEST_SHOWN = 4_000_000
"""More characters of a body than this are counted, not shown."""

_REST = 3
"""While an answer is written, wishes come without end: the next is looked at this many times what the last took
later."""


class PayloadViewModel(QObject):
    """`read` tells of an exchange (by its id), a side of it, and the text. One wish is looked at at a time; of
    those that come meanwhile only the newest is remembered."""

    read = Signal(str, str, str)
    failed = Signal(Exception)

    def __init__(self, audit: AuditService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._audit = audit
        self._jobs = jobs
        self._wish: tuple[str, Side] | None = None
        self._busy = False
        self._began = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._next)

    def close(self) -> None:
        self._wish = None
        self._rest.stop()

    def want(self, exchange: str, side: Side) -> None:
        self._wish = exchange, side
        if not self._busy and not self._rest.isActive():
            self._next()

    def _next(self) -> None:
        wish, self._wish = self._wish, None
        if wish is None:
            return
        exchange, side = wish
        self._busy = True
        self._began = time.monotonic()
        job = self._jobs.run_beside(lambda: text_of(self._audit, exchange, side))
        job.succeeded.connect(lambda text: self.read.emit(exchange, side, text))
        job.failed.connect(self.failed)
        job.ended.connect(self._on_ended)

    def _on_ended(self) -> None:
        self._busy = False
        took = time.monotonic() - self._began
        self._rest.start(round(took * 1000 * _REST))


def text_of(audit: AuditService, exchange: str, side: Side) -> str:
    """What a side of an exchange shows; empty where there is nothing yet. Any thread."""
    request, outcome = audit.exchange(exchange)
    if side == "words":
        text = audit.in_words(request) or sent_text(request)
    elif side == "sent":
        text = sent_text(request)
    else:
        text = received_text(outcome) if outcome is not None else ""
    hidden = len(text) - LONGEST_SHOWN
    if hidden > 0:
        text = text[:LONGEST_SHOWN] + "\n" + tr("… and {count} more characters").format(count=hidden)
    return in_short_lines(spelled_out(text))


def sent_text(request: LedgerEntry) -> str:
    """The request as it left, laid out to be read."""
    one = request.record
    head = [f"{one.method} {one.url}", "", tr("Headers: {names}").format(names=", ".join(one.header_names)), ""]
    return "\n".join(head) + "\n" + _body(request)


def received_text(outcome: LedgerEntry) -> str:
    """What came back, laid out to be read."""
    one = outcome.record
    status = "" if one.status is None else f"HTTP {one.status}\n\n"
    detail = f"{recorded_words(one.detail)}\n\n" if one.detail else ""
    return status + detail + _body(outcome)


def _body(entry: LedgerEntry) -> str:
    if entry.forgotten:
        return tr("These words were forgotten: they are no longer on record.")
    return pretty_json(entry.record.body)
