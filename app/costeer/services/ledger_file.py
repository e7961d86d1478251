"""The ledger as a JSON file: written while it is read, an entry on each line, so that its length does not matter.

The first line says what it is and where it ends, the last closes the brackets; the whole is one JSON object, which
docs/verify-ledger.md describes for strangers. What is read back is trusted in nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.system_words import system_words
from costeer.foundation.text import json_line
from costeer.foundation.translatable import Translatable
from costeer.privacy.ledger import Head, LedgerEntry, LedgerRecord
from costeer.storage.repositories.ledger import LedgerSnapshot

EXPORT_FORMAT = "costeer-ledger-2"
_FORMATS = ("costeer-ledger-1", EXPORT_FORMAT)
_TELL_EVERY = 500
_END = "]}\n"
_WRITING = Translatable("Writing the ledger")
_PLACE = frozenset(one.name for one in dataclasses.fields(LedgerEntry)) - {"record"}
_RECORD = frozenset(one.name for one in dataclasses.fields(LedgerRecord))
_SECOND = frozenset({"sent", "overhead_up", "overhead_down", "format", "salt", "body_hash"})


def as_plain(entry: LedgerEntry) -> dict[str, object]:
    """One entry as JSON holds it: the record's fields beside those of its place in the chain."""
    place = {name: getattr(entry, name) for name in ("previous", "hash", "format", "salt", "body_hash")}
    return {"sequence": entry.sequence, **entry.record.fields(), **place}


def written(
    snapshot: LedgerSnapshot, when: datetime, progress: ProgressCallback, cancel: CancelToken
) -> Iterator[str]:
    """The lines of an export. Raises Cancelled."""
    head = None if snapshot.mark is None else dataclasses.asdict(snapshot.mark)
    yield (
        json_line({"format": EXPORT_FORMAT, "exported": when.isoformat(), "head": head})[:-1] + ', "entries": [\n'
    )
    before = ""
    for number, entry in enumerate(snapshot.entries()):
        if number % _TELL_EVERY == 0:
            cancel.raise_if_cancelled()
            progress(Progress(_WRITING, number, snapshot.count))
        yield before + json_line(as_plain(entry))
        before = ",\n"
    progress(Progress(_WRITING, snapshot.count, snapshot.count))
    yield f"\n{_END}" if before else _END


@dataclass(frozen=True, slots=True)
class ExportFile:
    """`head`: where the ledger ended when this was written; exports of the first format do not say."""

    head: Head | None
    entries: Iterator[LedgerEntry]


@contextmanager
def reading(file: Path) -> Iterator[ExportFile]:
    """An export, of this format or the one before, to be read in the block.

    Raises BadInput, also while the entries are read, where it is none or cannot be read.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            first = lines.readline()
            if first.endswith('"entries": [\n'):
                value = _object(file, first + "]}")
                yield ExportFile(_head(file, value), _by_line(file, lines))
            else:
                value = _object(file, first + lines.read())
                entries = value.get("entries")
                if value.get("format") not in _FORMATS or not isinstance(entries, list):
                    raise _no_export(file)
                yield ExportFile(_head(file, value), (_entry(file, one) for one in entries))
    except (OSError, UnicodeDecodeError) as error:
        why = system_words(error) if isinstance(error, OSError) else Translatable("it is no UTF-8 text")
        raise BadInput("The export {file} cannot be read: {why}.", file=file, why=why) from error


def _by_line(file: Path, lines: IO[str]) -> Iterator[LedgerEntry]:
    for line in lines:
        if line == _END:
            if lines.read(1):
                raise _no_export(file)
            return
        yield _entry(file, _object(file, line.removesuffix("\n").removesuffix(",")))
    raise BadInput("The export {file} is cut off; make it again, or take another.", file=file)


def _object(file: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _no_export(file) from error
    if not isinstance(value, dict):
        raise _no_export(file)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError where a name stands twice: who reads the file may see the other than is checked."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name stands twice")
    return fields


def _head(file: Path, value: dict[str, Any]) -> Head | None:
    head = value.get("head")
    if value.get("format") == _FORMATS[0] or (head is None and value.get("format") == EXPORT_FORMAT):
        return None
    known = isinstance(head, dict) and set(head) == {"sequence", "hash"} and type(head["sequence"]) is int
    if not isinstance(head, dict) or not known or value.get("format") != EXPORT_FORMAT:
        raise _no_export(file)
    return Head(head["sequence"], str(head["hash"]))


def _entry(file: Path, plain: object) -> LedgerEntry:
    if not isinstance(plain, dict):
        raise _no_export(file)
    values = {"format": 1, "salt": None, "body_hash": None, **plain}
    if set(values) - _SECOND != (_PLACE | _RECORD) - _SECOND or not set(values) <= _PLACE | _RECORD:
        raise _no_export(file)
    names = values["header_names"]
    if type(values["sequence"]) is not int or type(values["format"]) is not int or not isinstance(names, list):
        raise _no_export(file)
    record = {name: value for name, value in values.items() if name in _RECORD}
    record["header_names"] = tuple(names)
    place = {name: value for name, value in values.items() if name in _PLACE}
    return LedgerEntry(record=LedgerRecord(**record), **place)


def _no_export(file: Path) -> BadInput:
    return BadInput("{file} is no export of the ledger; `costeer ledger export FILE` writes one.", file=file)
