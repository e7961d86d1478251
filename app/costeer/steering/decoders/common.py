"""What every decoder is given and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from costeer.steering.choice import Chooser, Step
from costeer.steering.types import Cloud, LocalScorer
from costeer.steering.vocabulary import Vocabulary


@dataclass(slots=True)
class DecodeCounts:
    """Running totals of one answer. `cloud_positions` are those received, used or not."""

    round_trips: int = 0
    cloud_positions: int = 0
    local_batches: int = 0
    local_positions: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class DecodeTask:
    """One answer to be written. `limit` is the greatest length of the answer, tokens continued from included."""

    cloud: Cloud
    local: LocalScorer
    chooser: Chooser
    vocabulary: Vocabulary
    limit: int
    counts: DecodeCounts


Decoder = Callable[[DecodeTask], Iterator[list[Step]]]
"""Yields steps as they are decided, in order, until the end token or the limit."""
