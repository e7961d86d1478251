"""The ledger: every request and every response, in order, each entry holding the hash of the one before.

An entry is written *before* its request leaves, and another when the response is over (or failed), so the
ledger is append-only: nothing in it is ever updated. `storage` implements the sink; this module knows only what
an entry is and how the chain is computed, so that a stranger can check an export with thirty lines of code:
`hash = sha256(canonical_json(all fields but hash))`, canonical meaning sorted keys, no spaces, UTF-8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

GENESIS = "0" * 64
"""The `previous` of the first entry."""

Purpose = Literal["answer", "template", "tokenize", "probe", "unannounced"]
Kind = Literal["request", "response", "failure", "refused"]


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """What is known at one moment of one exchange, before it has a place in the chain.

    `kind` is "request" (about to be sent), "response" (over), "failure" (broken off; `detail` says how) or
    "refused": a connection past the transport, which was not made (`foundation.door`).
    `exchange` joins the records of one exchange. Sizes are bytes on the wire, headers included, as far as the
    HTTP layer shows them. `body` is exactly what was sent or received, as text (undecodable bytes escaped), but
    for a key that a server repeated; of a temporary chat it says only that, and the hash of what it was.
    """

    kind: Kind
    exchange: str
    time: str  # ISO 8601, UTC
    purpose: Purpose
    endpoint: str
    method: str
    url: str
    header_names: tuple[str, ...]
    body: str
    size: int
    status: int | None = None
    detail: str = ""
    message_id: str | None = None

    def fields(self) -> dict[str, Any]:
        """By name, as they are."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A record with its place in the chain."""

    sequence: int
    record: LedgerRecord
    previous: str
    hash: str


class LedgerSink(Protocol):
    """Where records go. Called from any thread; returns only when the record is safe on disk."""

    def append(self, record: LedgerRecord) -> LedgerEntry: ...


def chain_hash(sequence: int, record: LedgerRecord, previous: str) -> str:
    """The hash of an entry: sha256 over the canonical JSON of everything else in it."""
    fields = {**record.fields(), "sequence": sequence, "previous": previous}
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def find_break(entries: Iterable[LedgerEntry]) -> int | None:
    """The sequence number of the first entry that does not fit, or None when the chain holds.

    Finds edited, removed and reordered entries; entries cut off the end can only be found against a copy.
    """
    previous = GENESIS
    expected = 1
    for entry in entries:
        intact = entry.hash == chain_hash(entry.sequence, entry.record, entry.previous)
        if entry.sequence != expected or entry.previous != previous or not intact:
            return expected
        previous = entry.hash
        expected += 1
    return None
