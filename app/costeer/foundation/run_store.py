"""What a run has computed so far, on disk, so that a run that was killed goes on where it was.

One JSON object a line: first what the run is of (`identity`), then each unit of work with its key and its value.
A line is flushed to the disk before the next unit begins, and a line that a crash cut short is dropped at the next
start. JSON keeps every bit of a float, so what is read back is what was computed, and a report made of it is the
same one. Used by one thread at a time; two runs must not share a folder at the same time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from costeer.foundation.errors import BadInput, BugError, KnownError
from costeer.foundation.system_words import system_words

FORMAT = "costeer-run-1"

Json = dict[str, object]


class RunStore:
    """Append-only. `identity` says what the values depend on: with another one, the folder is refused."""

    def __init__(self, file: Path, out: BinaryIO, values: dict[str, Json]) -> None:
        """Use `open`."""
        self.file = file
        self._out = out
        self._values = values
        self.found = len(values)
        """Units that were there when the run began."""

    @classmethod
    def open(cls, folder: Path, identity: Mapping[str, object]) -> Self:
        """Raises BadInput when the folder holds another run, KnownError when it cannot be used."""
        file = folder / "run.jsonl"
        head = json.loads(json.dumps({"format": FORMAT, "identity": identity}))
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            values, sound = _read(file, head)
            out = file.open("r+b" if file.exists() else "x+b")
            os.chmod(file, 0o600)  # it holds transcripts
            out.truncate(sound)
            out.seek(sound)
            store = cls(file, out, values)
            if not sound:
                store._append(head)
        except OSError as error:
            raise KnownError(
                "The run cannot be kept in {folder} ({why}); choose another.",
                folder=folder,
                why=system_words(error),
            ) from error
        return store

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __getitem__(self, key: str) -> Json:
        return self._values[key]

    def put(self, key: str, value: Json) -> None:
        """Keep the value of a unit; a unit has one value for good. Raises KnownError."""
        if key in self._values:
            raise BugError("The unit {key} was computed twice; please report this.", key=key)
        self._append({"unit": key, "value": value})
        # As it will be read back: a resumed run must not see other types than the first one did.
        self._values[key] = json.loads(json.dumps(value))

    def once(self, key: str, compute: Callable[[], Json]) -> Json:
        """The value of a unit, which is computed if no earlier run has done so. Raises what `compute` raises."""
        if key not in self:
            self.put(key, compute())
        return self[key]

    def close(self) -> None:
        self._out.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, line: Json) -> None:
        try:
            self._out.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")
            self._out.flush()
            os.fsync(self._out.fileno())
        except OSError as error:
            raise KnownError(
                "The run cannot be written to {file} ({why}); make room.", file=self.file, why=system_words(error)
            ) from error


def _read(file: Path, head: Json) -> tuple[dict[str, Json], int]:
    """The units, and how many bytes of the file are sound. Raises BadInput, OSError."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return {}, 0
    values: dict[str, Json] = {}
    sound = 0
    for number, line in enumerate(data.splitlines(keepends=True)):
        try:
            value = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            value = None
        if not isinstance(value, dict):
            break  # the kill came here
        if number == 0:
            _check_head(value, head, file)
        else:
            values[str(value["unit"])] = value["value"]
        sound += len(line)
    return values, sound


def _check_head(there: Json, wanted: Json, file: Path) -> None:
    if there == wanted:
        return
    old, new = there.get("identity"), wanted["identity"]
    changed = "the format"
    if isinstance(old, dict) and isinstance(new, dict):
        changed = ", ".join(sorted(one for one in {*old, *new} if old.get(one) != new.get(one))) or changed
    raise BadInput(
        "{parent} holds a run of something else (it differs in {changed}); choose another folder.",
        parent=file.parent,
        changed=changed,
    )
