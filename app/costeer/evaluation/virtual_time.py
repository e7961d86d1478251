"""The decoders in virtual time: real decisions, measured or assumed durations, no waiting.

The engine is pure, so its own code runs here unchanged: what it takes for the cloud and for the local model are
objects that know every number of the real models and move a clock instead of letting time pass. What comes out is
what the same decisions would take on a network and a server of one's choosing, with as many streams at once as one
likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from costeer.steering.types import CloudPosition, Draws, LocalRow, StepCost

Position = Callable[[Sequence[int]], CloudPosition]
"""What the cloud says behind these answer tokens."""

Rows = Callable[[Sequence[int], Sequence[int]], Sequence[LocalRow]]
"""As `LocalScorer.score`."""


@dataclass(slots=True)
class Clock:
    """Seconds since the answer began."""

    now: float = 0.0


@dataclass(frozen=True, slots=True)
class CloudSpeed:
    """Seconds: a round trip, and a token; the first one behind a cached prompt takes as long as any other."""

    round_trip: float = 0.080
    token: float = 0.015


@dataclass(frozen=True, slots=True)
class LocalSpeed:
    """Measured seconds of a local batch of so many positions, and the share of that for positions that are only
    read. `decide` is what the engine itself takes for a position that it joins."""

    positions: tuple[int, ...]
    seconds: tuple[float, ...]
    read_share: float
    decide: float

    def batch(self, scored: int, read: int) -> float:
        return self.cost.batch(scored + self.read_share * read)

    @property
    def cost(self) -> StepCost:
        """As the engine learns it while it runs."""
        return StepCost(self.positions, self.seconds)


@dataclass(slots=True)
class VirtualCloud:
    """Implements `steering.types.Cloud`; greedy. `generated` counts the tokens made until the server has heard of
    a hang-up, used or not."""

    clock: Clock
    speed: CloudSpeed
    position: Position
    end_tokens: frozenset[int]
    generated: int = 0
    stalled: float = 0.0

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> VirtualStream:  # noqa: ARG002
        return VirtualStream(self, list(answer), max_tokens, self.clock.now)


@dataclass(slots=True)
class VirtualStream:
    """The position number `i` (from 0) arrives a round trip and `i + 1` tokens after the request."""

    cloud: VirtualCloud
    prefix: list[int]
    asked: int
    opened: float
    taken: int = 0
    ended: bool = False
    closed: bool = False
    counted: bool = field(default=False)

    def _arrival(self, index: int) -> float:
        return self.opened + self.cloud.speed.round_trip + (index + 1) * self.cloud.speed.token

    @property
    def _over(self) -> bool:
        return self.closed or self.ended or self.taken >= self.asked

    @property
    def waiting(self) -> bool:
        return not self._over and self._arrival(self.taken) > self.cloud.clock.now

    def take(self, most: int) -> list[CloudPosition]:
        clock = self.cloud.clock
        arrived: list[CloudPosition] = []
        if not self._over and self._arrival(self.taken) > clock.now:
            self.cloud.stalled += self._arrival(self.taken) - clock.now
            clock.now = self._arrival(self.taken)
        while not self._over and len(arrived) < most and self._arrival(self.taken) <= clock.now:
            position = self.cloud.position(self.prefix)
            arrived.append(position)
            self.prefix.append(position.token)
            self.taken += 1
            self.ended = position.token in self.cloud.end_tokens
        if self._over:
            self._count(self.taken)
        return arrived

    def close(self) -> None:
        heard = self.cloud.clock.now + self.cloud.speed.round_trip / 2  # when the server learns of it
        begun = self.opened + self.cloud.speed.round_trip / 2
        made = int((heard - begun) / self.cloud.speed.token)
        self._count(max(self.taken, min(self.asked, made)))
        self.closed = True

    def _count(self, tokens: int) -> None:
        if not self.counted:
            self.cloud.generated += tokens
            self.counted = True


@dataclass(slots=True)
class VirtualLocal:
    """Implements `steering.types.LocalScorer`."""

    clock: Clock
    speed: LocalSpeed
    rows: Rows
    busy: float = 0.0
    _cached: list[int] = field(default_factory=list)

    @property
    def cost(self) -> StepCost:
        return self.speed.cost

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> Sequence[LocalRow]:
        path = list(answer[: wanted[-1]])
        kept = 0
        while kept < min(len(path), len(self._cached), wanted[0]) and path[kept] == self._cached[kept]:
            kept += 1
        # The cell of position i is that of token i - 1; the one before the first wanted is read again.
        decoded = wanted[-1] - min(kept, max(0, wanted[0] - 1))
        spent = self.speed.batch(len(wanted), max(0, decoded - len(wanted)))
        self._cached = path
        self.clock.now += spent + self.speed.decide * len(wanted)
        self.busy += spent
        return self.rows(answer, wanted)
