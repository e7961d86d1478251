"""Whether a ledger is as it was written: every entry, one after the other, held to the one before.

Found: an entry with any field edited, one that is missing in the middle, one out of its place; a beginning that is
gone and words that are gone without an entry that announces it; an end that is gone, where somebody knows how far
the ledger had got (`Head`s: the database's own mark, a noted one, those of an export).

Not found without such a head: a ledger that somebody has written anew from the first altered entry on. There is no
secret in the hashes, so that a stranger can check them; whoever can write the file can compute them.

Pure: no I/O. Entries may come from anywhere and hold anything; nothing in them makes the check fail or run on.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from costeer.privacy.ledger import GENESIS, Head, LedgerEntry, hash_of_body, hash_of_entry

Fault = Literal["changed", "missing", "moved", "words gone", "words there", "not removed", "unlike"]
"""Of an entry: it is not what was written; it is gone; it stands elsewhere than it was written; its words are gone
and no entry says so, or are there though one says that they are gone; it is there though one says that it was
removed; it is another than the one that was noted."""


@dataclass(frozen=True, slots=True)
class Break:
    """What is wrong first, and with which entry."""

    sequence: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`first` and `last` of the entries that are there, None when there are none. `removed`: entries up to this
    number were removed, announced, and `removed_intact` whether they held together then; `forgotten`: how many are
    without their words, announced. `compared` noted heads were found as noted, `beyond` of them are among the
    removed ones."""

    entries: int
    first: Head | None
    last: Head | None
    removed: int
    removed_intact: bool
    forgotten: int
    compared: int
    beyond: int
    broken: Break | None


def check_chain(
    entries: Iterable[LedgerEntry], mark: Head | None = None, noted: Mapping[int, str] | None = None
) -> ChainReport:
    """Check `entries`, oldest first, up to the first that does not fit.

    `mark` is where the ledger must end; None where nobody knows. `noted` are hashes by sequence number.
    """
    checking = ChainCheck(noted)
    for entry in entries:
        if not checking.add(entry):
            break
    return checking.end(mark)


def find_break(entries: Iterable[LedgerEntry]) -> int | None:
    """The sequence number of the first entry that does not fit, or None when the chain holds."""
    broken = check_chain(entries).broken
    return None if broken is None else broken.sequence


def removed_by(body: str) -> tuple[Head, bool]:
    """What an entry of kind "pruned" announces: the last that was removed, and whether all held together. Raises
    TypeError, ValueError or KeyError for what is no announcement."""
    said = json.loads(body)
    return Head(int(said["through"]), str(said["hash"])), said["intact"] is True


class ChainCheck:
    """One check, fed entry by entry."""

    def __init__(self, noted: Mapping[int, str] | None = None) -> None:
        self._noted = noted or {}
        self._entries = 0
        self._compared = 0
        self._first: LedgerEntry | None = None
        self._last = Head(0, GENESIS)
        self._removed = Head(0, GENESIS)
        self._removed_intact = True
        self._wordless: list[int] = []  # in order
        self._announced: set[int] = set()  # of these
        self._broken: Break | None = None

    def add(self, entry: LedgerEntry) -> bool:
        """The next one; whether it fits. Not to be called behind one that does not."""
        fault = self._fault(entry)
        if fault is None and entry.record.kind in ("pruned", "forgotten"):
            fault = self._hear(entry)
        if fault is not None:
            self._broken = fault
            return False
        if self._first is None:
            self._first = entry
        if entry.forgotten:
            self._wordless.append(entry.sequence)
        self._compared += entry.sequence in self._noted
        self._entries += 1
        self._last = Head(entry.sequence, entry.hash)
        return True

    def end(self, mark: Head | None) -> ChainReport:
        """There are no more."""
        found = [self._broken] if self._broken is not None else [*self._at_the_end(mark)]
        begun = self._first.sequence if self._first is not None else 1
        told = (
            self._noted.get(self._removed.sequence) == self._removed.hash
        )  # its hash is known, though it is gone
        beyond = [one for one in self._noted if one < begun]
        return ChainReport(
            entries=self._entries,
            first=None if self._first is None else Head(self._first.sequence, self._first.hash),
            last=self._last if self._entries else None,
            removed=self._removed.sequence,
            removed_intact=self._removed_intact,
            forgotten=len(self._announced),
            compared=self._compared + told,
            beyond=len(beyond) - told,
            broken=min(found, key=lambda one: one.sequence, default=None),
        )

    def _fault(self, entry: LedgerEntry) -> Break | None:
        expected = self._last.sequence + 1
        if self._first is not None and entry.sequence != expected:
            return Break(expected, "missing" if entry.sequence > expected else "moved")
        if not _is_itself(entry):
            return Break(entry.sequence, "changed")
        if self._first is not None and entry.previous != self._last.hash:
            return Break(entry.sequence, "moved")
        if self._noted.get(entry.sequence, entry.hash) != entry.hash:
            return Break(entry.sequence, "unlike")
        return None

    def _hear(self, entry: LedgerEntry) -> Break | None:
        """An announcement. It has to have its words, and what it says has to be so."""
        try:
            if entry.record.kind == "pruned":
                self._removed, intact = removed_by(entry.record.body)
                self._removed_intact = self._removed_intact and intact
                return None
            parts = [(int(first), int(last)) for first, last in json.loads(entry.record.body)["entries"]]
        except (ValueError, TypeError, KeyError, RecursionError):
            return Break(entry.sequence, "changed")
        for first, last in parts:
            fault = self._forget(first, last)
            if fault is not None:
                return fault
        return None

    def _forget(self, first: int, last: int) -> Break | None:
        begun = self._first.sequence if self._first is not None else 1
        first, last = max(first, begun), min(last, self._last.sequence)
        there = self._wordless[
            bisect.bisect_left(self._wordless, first) : bisect.bisect_right(self._wordless, last)
        ]
        if len(there) < last - first + 1:  # each of them should be: the first that is not
            gap = next((at for at, one in enumerate(there) if one != first + at), len(there))
            return Break(first + gap, "words there")
        self._announced.update(there)
        return None

    def _at_the_end(self, mark: Head | None) -> Iterable[Break]:
        begun = self._removed.sequence + 1
        if self._first is not None:
            if self._first.sequence > begun:
                yield Break(begun, "missing")
            elif self._first.sequence < begun:
                yield Break(self._first.sequence, "not removed")
            elif self._first.previous != self._removed.hash:
                yield Break(begun, "moved")
        unannounced = next((one for one in self._wordless if one not in self._announced), None)
        if unannounced is not None:
            yield Break(unannounced, "words gone")
        if mark is not None and self._last != mark:
            missing = mark.sequence > self._last.sequence
            yield Break(self._last.sequence + 1 if missing else mark.sequence, "missing" if missing else "unlike")
        later = [one for one in self._noted if one > self._last.sequence]
        if later:
            yield Break(self._last.sequence + 1, "missing")
        removed = self._removed
        if removed.sequence in self._noted and self._noted[removed.sequence] != removed.hash:
            yield Break(removed.sequence, "unlike")


def _is_itself(entry: LedgerEntry) -> bool:
    """Whether its hash is that of what it says, and its words are those that it was written with or gone."""
    record = entry.record
    try:
        if entry.hash != hash_of_entry(entry):
            return False
        if entry.format == 1:
            later = (record.sent, record.overhead_up, record.overhead_down, entry.salt, entry.body_hash)
            return all(one is None for one in later)
        if entry.salt is None:
            return record.body == ""
        return hash_of_body(entry.salt, record.body) == entry.body_hash
    except (TypeError, ValueError, AttributeError):
        return False
