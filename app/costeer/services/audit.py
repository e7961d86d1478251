"""Reading the ledger: what was transmitted, and whether the book is intact."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.door import Refusal
from costeer.foundation.errors import BadInput, KnownError, StorageError
from costeer.foundation.files import write_atomically
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.privacy.ledger import LedgerEntry, LedgerRecord, Purpose, find_break
from costeer.services.known import Known, known
from costeer.services.readable import request_in_words, spellings
from costeer.services.timeline import Month, bounds
from costeer.steering.trace import TokenTrace
from costeer.storage.repositories import ConversationRepository, ExchangeLine, LedgerRepository, SentRepository

_MOST = 100_000
EXPORT_FORMAT = "costeer-ledger-1"


@dataclasses.dataclass(frozen=True, slots=True)
class Verification:
    """`first_broken` is the sequence number of the first entry that does not fit, None when all do."""

    entries: int
    first_broken: int | None

    @property
    def ok(self) -> bool:
        return self.first_broken is None


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
    ) -> Known:
        """Every string that was ever sent in a conversation, or in all. Raises Cancelled."""
        return known(self._sent, conversation_id, cancel, progress)

    def exchange(self, exchange: str) -> tuple[LedgerEntry, LedgerEntry | None]:
        """A request in full, and its response or failure once there is one."""
        found = self._ledger.of_exchange(exchange)
        if found is None:
            raise BadInput("The ledger has no such request; look at the list again.")
        return found

    def entry(self, sequence: int) -> LedgerEntry:
        found = self._ledger.get(sequence)
        if found is None:
            raise BadInput(f"The ledger has no entry {sequence}; `costeer ledger list` shows what it has.")
        return found

    def in_words(self, entry: LedgerEntry) -> str | None:
        """What a request says, its token ids included; None when it holds no words, or nobody knows them any more.

        Only what is needed is read: what was tokenised, the answer's traces, and where these do not know an id,
        all that the cloud told.
        """
        message_id = entry.record.message_id
        if message_id is None:
            return request_in_words(entry, (), ())
        exchanges = self._ledger.of_purpose(message_id, "tokenize")
        traces = self._traces(message_id)
        words = request_in_words(entry, exchanges, traces)
        if words is not None or '"prompt"' not in entry.record.body:
            return words
        answers = self._ledger.of_purpose(message_id, "answer")
        told = spellings(one.record.body for one in answers if one.record.kind == "response")
        return request_in_words(entry, exchanges, traces, told)

    def leak_bits(self, conversation_id: str, without: str | None = None) -> float:
        """At most so many bits the answers of a conversation gave away, branches that are not shown included;
        `without` one answer. 0 for a conversation that is not stored."""
        return self._ledger.leak_bits(conversation_id, without)

    def _traces(self, message_id: str) -> Sequence[TokenTrace]:
        try:
            return self._conversations.traces(message_id)
        except StorageError:  # the conversation was deleted; the ledger keeps what was sent
            return ()

    def export(self) -> Iterator[dict[str, object]]:
        """Every entry, oldest first, as plain values."""
        for one in self._ledger.all():
            yield as_plain(one)

    def export_to(self, file: Path) -> int:
        """Write every entry to `file` as JSON. Returns how many there are. Raises KnownError."""
        entries = list(self.export())
        value = {"format": EXPORT_FORMAT, "entries": entries}
        try:
            write_atomically(file, json.dumps(value, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise KnownError(f"The ledger cannot be written to {file}: {error.strerror}.") from error
        return len(entries)

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

    def watch_refusals(self, callback: Callable[[Refusal], None]) -> None:
        """Call `callback` for each, on the thread that tried, for as long as this service is."""
        self._watching_refusals = (*self._watching_refusals, callback)

    def verify(self) -> Verification:
        return Verification(self._ledger.count(), find_break(self._ledger.all()))


def as_plain(entry: LedgerEntry) -> dict[str, object]:
    """One entry as JSON holds it: the record's fields beside `sequence`, `previous` and `hash`."""
    return {
        "sequence": entry.sequence,
        **dataclasses.asdict(entry.record),
        "previous": entry.previous,
        "hash": entry.hash,
    }
