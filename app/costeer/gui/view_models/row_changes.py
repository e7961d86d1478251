"""How one list of rows becomes another, in as few steps as a view can follow. Pure Python, any thread."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Change:
    """The row `key` is taken away at `at`, put in there, or moved from `at` to `to`, counted once it is taken out.
    All places are those of the moment when it is done."""

    kind: Literal["remove", "insert", "move"]
    key: str
    at: int
    to: int = 0


def changes(old: Sequence[str], new: Sequence[str], most: int) -> list[Change] | None:
    """The steps from `old` to `new`, lists of different keys; None where there would be more than `most`.

    What keeps its order towards the others stays where it is: of one row that goes to the top, only that is moved.
    """
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    tail = 0
    while tail < min(len(old), len(new)) - first and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    rows, wanted = list(old[first : len(old) - tail]), new[first : len(new) - tail]
    before, after = set(rows), set(wanted)
    places = {key: place for place, key in enumerate(rows)}
    steady = _longest_rising([key for key in wanted if key in before], places)
    if len(before - after) + len(wanted) - len(steady) > most:
        return None
    steps: list[Change] = []
    for place in range(len(rows) - 1, -1, -1):
        key = rows[place]
        if key not in after:
            del rows[place]
            steps.append(Change("remove", key, first + place))
    for place, key in enumerate(wanted):
        if key in steady:
            continue
        if key in before:
            was = rows.index(key)
            del rows[was]
        to = rows.index(wanted[place - 1]) + 1 if place else 0
        rows.insert(to, key)
        if key not in before:
            steps.append(Change("insert", key, first + to))
        elif was != to:
            steps.append(Change("move", key, first + was, first + to))
    return steps


def _longest_rising(keys: Sequence[str], places: dict[str, int]) -> set[str]:
    """As many of `keys` as can be whose places rise from each to the next."""
    ends: list[int] = []
    ends_at: list[int] = []
    before: list[int] = []
    for at, key in enumerate(keys):
        length = bisect_left(ends, places[key])
        before.append(ends_at[length - 1] if length else -1)
        ends[length : length + 1] = [places[key]]
        ends_at[length : length + 1] = [at]
    found: set[str] = set()
    at = ends_at[-1] if ends_at else -1
    while at >= 0:
        found.add(keys[at])
        at = before[at]
    return found
