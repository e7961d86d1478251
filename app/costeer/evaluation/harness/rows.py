"""Rows of a data file: one JSON object a line, those that cannot be used told by their line and passed over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from costeer.foundation.errors import BadInput
from costeer.foundation.system_words import system_words

Row = TypeVar("Row")

_LONGEST_LINE = 10_000_000


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was not used. `line` counts from 1."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """`used` are (line, row), in the order of the file."""

    used: list[tuple[int, Row]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read_rows(file: Path, parse: Callable[[dict[str, object]], Row], limit: int | None = None) -> Rows[Row]:
    """The first `limit` rows that `parse` can use; it raises ValueError or BadInput for one that it cannot.

    Empty lines do not count. Raises BadInput when the file cannot be read.
    """
    rows: Rows[Row] = Rows()
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if limit is not None and len(rows.used) >= limit:
                    break
                if not line.strip():
                    continue
                try:
                    rows.used.append((number, parse(_object(line))))
                except BadInput as error:
                    rows.skipped.append(Skipped(number, error.user_message))
                except ValueError as error:
                    rows.skipped.append(Skipped(number, str(error)))
    except OSError as error:
        raise BadInput(
            "The data file {file} cannot be read ({why}); check its path.", file=file, why=system_words(error)
        ) from error
    return rows


def _object(line: bytes) -> dict[str, object]:
    if len(line) > _LONGEST_LINE:
        raise ValueError(f"it has more than {_LONGEST_LINE // 1_000_000} MB")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"it is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value
