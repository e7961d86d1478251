"""What every decoder is given and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from costeer.steering.choice import Chooser, Step
from costeer.steering.types import Cloud, Draws, LocalScorer
from costeer.steering.vocabulary import Vocabulary


@dataclass(slots=True)
class DecodeCounts:
    """Running totals of one answer.

    A `round_trip` is a wait for the cloud that nothing in hand covered, a `cut` a position at which another token
    than the cloud's was chosen; `requests` are all streams opened, those included that were asked for beforehand.
    `cloud_positions` are those received, used or not, `prefetched` the ones of them that came on a branch,
    `adopted` how many branches an answer went on with, `late` those of them of which nothing had arrived yet.

    `certain` positions were decided without the local model. `tokens_sent` is how many final tokens the cloud has
    been told (a later request repeats them, it does not tell them again).
    """

    round_trips: int = 0
    cuts: int = 0
    requests: int = 0
    cloud_positions: int = 0
    branches: int = 0
    prefetched: int = 0
    adopted: int = 0
    late: int = 0
    local_batches: int = 0
    local_positions: int = 0
    certain: int = 0
    tokens_sent: int = 0

    def opened(self, answer: Sequence[int], *, waiting: bool = True) -> None:
        """A stream behind the final tokens `answer` is about to be opened; `waiting` when nothing is in hand."""
        self.requests += 1
        self.round_trips += waiting
        self.tokens_sent = max(self.tokens_sent, len(answer))


@dataclass(frozen=True, slots=True)
class LookaheadOptions:
    """How far to go beyond what has been decided.

    `prefetch` is the budget for branches, in extra cloud tokens per token of the answer; 0 asks for none.
    `branches` are open at once at most.
    """

    prefetch: float = 0.0
    branches: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class DecodeTask:
    """One answer to be written. `limit` is the greatest length of the answer, tokens continued from included;
    `seed` is for the cloud's draws, if it is to draw."""

    cloud: Cloud
    local: LocalScorer
    chooser: Chooser
    vocabulary: Vocabulary
    limit: int
    counts: DecodeCounts
    seed: int = 0
    ahead: LookaheadOptions = field(default_factory=LookaheadOptions)

    @property
    def draws(self) -> Draws | None:
        """How the cloud is to draw; None when it is to be greedy."""
        policy = self.chooser.policy
        return Draws(policy.temperature, self.seed) if policy.fast else None


Steps = Generator[list[Step], None, None]
"""Decided positions, as they come; closing it closes the streams that are open."""

Decoder = Callable[[DecodeTask], Steps]
"""Yields steps as they are decided, in order, until the end token, the limit, or the end of steering
(`Chooser.over`)."""
