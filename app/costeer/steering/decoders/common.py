"""What every decoder is given and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from costeer.steering.choice import Chooser, Step
from costeer.steering.types import Cloud, LocalScorer
from costeer.steering.vocabulary import Vocabulary


@dataclass(slots=True)
class DecodeCounts:
    """Running totals of one answer.

    `cloud_positions` are those received, used or not; `tokens_sent` is how many final tokens the cloud has been
    told (a later request repeats them, it does not tell them again).
    """

    round_trips: int = 0
    cloud_positions: int = 0
    local_batches: int = 0
    local_positions: int = 0
    tokens_sent: int = 0

    def opened(self, answer: Sequence[int]) -> None:
        """A stream behind `answer` is about to be opened."""
        self.round_trips += 1
        self.tokens_sent = max(self.tokens_sent, len(answer))


@dataclass(frozen=True, slots=True, eq=False)
class DecodeTask:
    """One answer to be written. `limit` is the greatest length of the answer, tokens continued from included."""

    cloud: Cloud
    local: LocalScorer
    chooser: Chooser
    vocabulary: Vocabulary
    limit: int
    counts: DecodeCounts


Steps = Generator[list[Step], None, None]
"""Decided positions, as they come; closing it closes the stream that is open."""

Decoder = Callable[[DecodeTask], Steps]
"""Yields steps as they are decided, in order, until the end token or the limit."""
