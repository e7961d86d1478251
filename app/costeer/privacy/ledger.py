"""The ledger: every request and every response, in order, each entry holding the hash of the one before.

An entry is written *before* its request leaves, and another when the response is over (or failed), so the ledger
is append-only: an entry is never changed. Two things may be taken away, and each is announced by an entry of its
own: the oldest entries ("pruned"), and the words of some entries ("forgotten"). `storage` implements the sink;
this module knows only what an entry is, `chain` how a chain is checked. docs/verify-ledger.md has the same for a
stranger, with fifty lines of code.

**Format 2.** `hash = sha256(canonical_json(...))` over every field but the body and the salt; in the body's place
stands `body_hash = sha256(canonical_json([salt, body]))`. So the words of an entry can be removed, and the chain
still holds; the salt goes with them, so that nobody can try words against the hash. **Format 1**, of entries that
an earlier version wrote, hashes the body itself. Canonical means sorted keys, no spaces, UTF-8.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, Literal, Protocol

GENESIS = "0" * 64
"""The `previous` of the first entry."""

NEWEST_FORMAT = 2

Purpose = Literal["answer", "template", "tokenize", "probe", "training", "augmentation", "unannounced", "upkeep"]
"""Why something was to be sent: "training" for answers that preferences are learnt from, "augmentation" for texts
that a personal model learns from, "unannounced" for a connection past the transport, which was not made, "upkeep"
for what the application does to the ledger itself."""

WHOLE: tuple[Purpose, ...] = ("training", "augmentation")
"""Those that all exchanges of an answer have; of other answers laying out, tokenising and writing tell for
themselves."""

Kind = Literal["request", "response", "failure", "refused", "pruned", "forgotten"]

_SALT_BYTES = 16
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

_SECOND_FIELDS = tuple(
    "kind exchange time purpose endpoint method url header_names size status detail message_id "
    "sent overhead_up overhead_down".split()
)
_FIRST_FIELDS = ("body", *_SECOND_FIELDS[:-3])


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """What is known at one moment of one exchange, before it has a place in the chain.

    `kind` is "request" (about to be sent), "response" (over), "failure" (broken off; `detail` says how) or
    "refused": a request that a guard stopped or a connection past the transport, which were not made. Of upkeep,
    "pruned" (older entries were removed) or "forgotten" (the words of some were).
    `exchange` joins the records of one exchange. `size` is bytes of HTTP: of a request as worked out before it is
    sent, of a response as they came. `body` is exactly what was sent or received, as text (undecodable bytes
    escaped), but for a key that a server repeated; of a temporary chat it says only that, and the hash of what it
    was. The last three are told with the outcome, None where they could not be measured: bytes of the request that
    were handed to the connection, and bytes of the connection itself (`privacy.wire`) in either direction.
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
    sent: int | None = None
    overhead_up: int | None = None
    overhead_down: int | None = None

    def fields(self) -> dict[str, Any]:
        """By name, as they are."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A record with its place in the chain. `salt` and `body_hash` are None in format 1."""

    sequence: int
    record: LedgerRecord
    previous: str
    hash: str
    format: int = NEWEST_FORMAT
    salt: str | None = None
    body_hash: str | None = None

    @property
    def forgotten(self) -> bool:
        """Whether its words were removed."""
        return self.format > 1 and self.salt is None


@dataclass(frozen=True, slots=True)
class Head:
    """One entry by its place, which whoever notes it can hold the ledger to later."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


class LedgerSink(Protocol):
    """Where records go. Called from any thread; returns only when the record is safe on disk."""

    def append(self, record: LedgerRecord) -> LedgerEntry: ...


def chained(sequence: int, record: LedgerRecord, previous: str) -> LedgerEntry:
    """The entry that `record` becomes as number `sequence`, behind the one whose hash is `previous`."""
    salt = secrets.token_hex(_SALT_BYTES)
    body_hash = hash_of_body(salt, record.body)
    fields = {name: getattr(record, name) for name in _SECOND_FIELDS}
    made = _hashed(fields, sequence, previous, format=NEWEST_FORMAT, body_hash=body_hash)
    return LedgerEntry(sequence, record, previous, made, NEWEST_FORMAT, salt, body_hash)


def hash_of_entry(entry: LedgerEntry) -> str:
    """What the hash of `entry` has to be. Raises TypeError or ValueError for values that no entry has."""
    record = entry.record
    if entry.format == 1:
        fields = {name: getattr(record, name) for name in _FIRST_FIELDS}
        return _hashed(fields, entry.sequence, entry.previous)
    if entry.format != NEWEST_FORMAT:
        raise ValueError(f"an entry of format {entry.format}")
    fields = {name: getattr(record, name) for name in _SECOND_FIELDS}
    return _hashed(fields, entry.sequence, entry.previous, format=entry.format, body_hash=entry.body_hash)


def hash_of_body(salt: str, body: str) -> str:
    return _sha256([salt, body])


def _hashed(fields: dict[str, Any], sequence: int, previous: str, **more: object) -> str:
    return _sha256({**fields, **more, "sequence": sequence, "previous": previous})


def _sha256(value: object) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode("utf-8", "surrogatepass")).hexdigest()
