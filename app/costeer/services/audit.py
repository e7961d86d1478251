"""Reading the ledger: what was transmitted, and whether the book is intact."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.door import Refusal
from costeer.foundation.errors import BadInput, KnownError, StorageError
from costeer.foundation.files import writing_atomically
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.privacy.chain import Break, ChainCheck, ChainReport, Fault, check_chain
from costeer.privacy.ledger import WHOLE, Head, LedgerEntry, LedgerRecord, Purpose
from costeer.services import ledger_file
from costeer.services.known import Known, known
from costeer.services.readable import request_in_words, spellings
from costeer.services.timeline import Month, bounds
from costeer.steering.trace import TokenTrace
from costeer.storage.repositories import (
    ConversationRepository,
    ExchangeLine,
    LastCheck,
    LedgerRepository,
    LedgerSnapshot,
    SentRepository,
)

_MOST = 100_000
_TELL_EVERY = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the ledger found."""

    report: ChainReport

    @property
    def ok(self) -> bool:
        return self.report.broken is None

    @property
    def entries(self) -> int:
        """How many there are; how many were looked at, where one does not fit."""
        return self.report.entries

    @property
    def first_broken(self) -> int | None:
        """The sequence number of the first entry that does not fit, None when all do."""
        return None if self.report.broken is None else self.report.broken.sequence

    @property
    def fault(self) -> Fault | None:
        return None if self.report.broken is None else self.report.broken.fault

    def plain(self) -> dict[str, object]:
        """As JSON holds it."""
        one = self.report
        return {
            "ok": self.ok,
            "entries": one.entries,
            "first_broken": self.first_broken,
            "fault": self.fault,
            "head": None if one.last is None else dataclasses.asdict(one.last),
            "removed": one.removed,
            "removed_intact": one.removed_intact,
            "forgotten": one.forgotten,
            "compared": one.compared,
            "beyond": one.beyond,
        }


class AuditService:
    """Any thread."""

    def __init__(
        self, ledger: LedgerRepository, conversations: ConversationRepository, sent: SentRepository
    ) -> None:
        self._ledger = ledger
        self._sent = sent
        self._conversations = conversations
        self._watching_refusals: tuple[Callable[[Refusal], None], ...] = ()

    def entries(self, *, message_id: str | None = None, newest: int = 200) -> list[LedgerEntry]:
        """The newest first."""
        return self._ledger.entries(limit=newest, message_id=message_id)

    def exchanges(self, message_id: str, *, after: int = 0, newest: int = _MOST) -> list[ExchangeLine]:
        """The requests of an answer without their bodies, those behind the sequence number `after`, newest
        first."""
        return self._ledger.exchanges(message_id=message_id, after=after, limit=newest)

    def month(self, day: date) -> Month:
        """What crossed in the month that `day` is in."""
        asked = Month.of(day)
        return Month(asked.first, self._ledger.days(*bounds(asked.first, asked.after)))

    def of_day(
        self, day: date, endpoint: str | None = None, purpose: Purpose | None = None, newest: int = _MOST
    ) -> list[ExchangeLine]:
        """The requests that left on a day of this computer's time zone, newest first."""
        between = bounds(day, day + timedelta(days=1))
        return self._ledger.exchanges(between=between, endpoint=endpoint, purpose=purpose, limit=newest)

    def known(
        self,
        conversation_id: str | None = None,
        cancel: CancelToken | None = None,
        progress: ProgressCallback = ignore_progress,
        between: tuple[datetime, datetime] | None = None,
    ) -> Known:
        """Every string that was ever sent in a conversation, or in all; in [start, end), where that is given.
        Raises Cancelled."""
        return known(self._sent, conversation_id, cancel, progress, between)

    def exchange(self, exchange: str) -> tuple[LedgerEntry, LedgerEntry | None]:
        """A request in full, and its response or failure once there is one."""
        found = self._ledger.of_exchange(exchange)
        if found is None:
            raise BadInput("The ledger has no such request; look at the list again.")
        return found

    def entry(self, sequence: int) -> LedgerEntry:
        found = self._ledger.get(sequence)
        if found is None:
            raise BadInput(
                "The ledger has no entry {number}; `costeer ledger list` shows what it has.", number=sequence
            )
        return found

    def in_words(self, entry: LedgerEntry) -> str | None:
        """What a request says, its token ids included; None when it holds no words, or nobody knows them any more.

        Only what is needed is read: what was tokenised, the answer's traces, and where these do not know an id,
        all that the cloud told.
        """
        message_id = entry.record.message_id
        if message_id is None:
            return request_in_words(entry, (), ())
        purpose = entry.record.purpose
        whole = purpose in WHOLE
        exchanges = self._ledger.of_purpose(message_id, purpose if whole else "tokenize")
        traces = self._traces(message_id)
        words = request_in_words(entry, exchanges, traces)
        if words is not None or '"prompt"' not in entry.record.body:
            return words
        answers = self._ledger.of_purpose(message_id, purpose if whole else "answer")
        told = spellings(one.record.body for one in answers if one.record.kind == "response")
        return request_in_words(entry, exchanges, traces, told)

    def _traces(self, message_id: str) -> Sequence[TokenTrace]:
        try:
            return self._conversations.traces(message_id)
        except StorageError:  # the conversation was deleted; the ledger keeps what was sent
            return ()

    def export(
        self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> Iterator[str]:
        """The lines of an export. Raises Cancelled."""
        with self._ledger.snapshot() as now:
            yield from ledger_file.written(now, datetime.now(UTC), progress, cancel or CancelToken())

    def export_to(
        self, file: Path, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> int:
        """Write every entry to `file` as JSON. Returns how many there are. Raises KnownError, Cancelled; the file
        is then as it was."""
        try:
            with self._ledger.snapshot() as now, writing_atomically(file) as out:
                for line in ledger_file.written(now, datetime.now(UTC), progress, cancel or CancelToken()):
                    out.write(line.encode())
                return now.count
        except OSError as error:
            raise KnownError(
                "The ledger cannot be written to {file}: {why}.", file=file, why=system_words(error)
            ) from error

    def write_refusal(self, refusal: Refusal) -> None:
        """A connection past the transport was refused: it gets its place in the ledger, and whoever watches is
        told. On the thread that tried."""
        place = f"{refusal.host}:{refusal.port}" if refusal.port > 0 else refusal.host
        self._ledger.append(
            LedgerRecord(
                kind="refused",
                exchange=uuid.uuid4().hex,
                time=datetime.now(UTC).isoformat(),
                purpose="unannounced",
                endpoint="",
                method="LOOK UP" if refusal.port == 0 else "CONNECT",
                url=place,
                header_names=(),
                body="",
                size=0,
                detail=f"refused, nothing was sent: {refusal.by} tried to connect past the transport",
            )
        )
        for subscriber in self._watching_refusals:
            subscriber(refusal)

    def watch_refusals(self, callback: Callable[[Refusal], None]) -> Callable[[], None]:
        """Call `callback` for each, on the thread that tried, until the returned function is called."""
        self._watching_refusals = (*self._watching_refusals, callback)

        def stop() -> None:
            self._watching_refusals = tuple(one for one in self._watching_refusals if one is not callback)

        return stop

    def head(self) -> Head | None:
        """The newest entry by its place, to be noted and shown to `verify` later; None while there is none."""
        return self._ledger.head()

    def verify(
        self,
        noted: Head | None = None,
        against: Path | None = None,
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Verification:
        """Check every entry; and that what was noted, or is in the export `against`, is still there as it was.

        What was found is remembered (`last_check`), unless something was compared: that is about another file as
        much as about the ledger. Raises KnownError for an export that is broken itself, Cancelled.
        """
        known = {} if noted is None else {noted.sequence: noted.hash}
        if against is not None:
            known |= _heads_of(against)
        cancel = cancel or CancelToken()
        with self._ledger.snapshot() as now:
            report = _checked(now, known, progress, cancel)
        if not known:
            self._ledger.keep_check(report, datetime.now(UTC))
        return Verification(report)

    def last_check(self) -> LastCheck | None:
        """None where the ledger was never checked."""
        return self._ledger.last_check()


_CHECKING = Translatable("Checking the ledger")


def _checked(
    now: LedgerSnapshot, noted: dict[int, str], progress: ProgressCallback, cancel: CancelToken
) -> ChainReport:
    checking = ChainCheck(noted)
    for number, entry in enumerate(now.entries()):
        if number % _TELL_EVERY == 0:
            cancel.raise_if_cancelled()
            progress(Progress(_CHECKING, number, now.count))
        if not checking.add(entry):
            break
    progress(Progress(_CHECKING, now.count, now.count))
    report = checking.end(now.mark)
    if now.mark is None and report.broken is None:  # the mark itself was taken away: who knows what with it
        after = report.last.sequence + 1 if report.last else 1
        report = dataclasses.replace(report, broken=Break(after, "missing"))
    return report


def _heads_of(export: Path) -> dict[int, str]:
    """Number and hash of each entry of an export that holds together. Raises KnownError."""
    heads: dict[int, str] = {}

    def noting(entries: Iterator[LedgerEntry]) -> Iterator[LedgerEntry]:
        for one in entries:
            heads[one.sequence] = one.hash
            yield one

    with ledger_file.reading(export) as file:
        broken = check_chain(noting(file.entries), file.head).broken
    if broken is not None:
        raise KnownError(
            "The export {export} is not intact itself: entry {number} is not as it was written, so "
            "nothing can be compared with it; take another.",
            export=export,
            number=broken.sequence,
        )
    return heads
