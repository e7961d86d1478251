"""How much to do at once: positions per local batch, and positions to ask the cloud for.

Both follow from how often the cloud's token has been accepted lately. What is asked of the cloud depends on that
alone, which the cloud knows itself from where it was cut.
"""

from __future__ import annotations

import math

from costeer.steering.types import StepCost

_MEMORY = 0.98  # per position: about the last fifty count
_PRIOR = (4.0, 5.0)  # accepted, of: as if these had been seen
_LONGEST_BATCH = 12
_FIRST_BATCH = 4
_LONGEST_BRANCH, _BRANCH_SHARE = 4, 0.15  # the latter of the expected run
_SHORTEST_ASK, _LONGEST_ASK = 8, 64
_LONGEST_REACH = 16.0
_RUNS = 2.0  # an ask covers so many expected runs, before its reach is adapted


class Pace:
    """Learns along one answer; used by the thread that decodes."""

    def __init__(self) -> None:
        self._accepted, self._seen = _PRIOR
        self._reach = 2.0

    def decided(self, *, accepted: bool) -> None:
        self._accepted = _MEMORY * self._accepted + accepted
        self._seen = _MEMORY * self._seen + 1.0

    def ran_out(self) -> None:
        """A request was used up to its end with nothing left in hand: the cloud is slower than this computer, so
        that asking for more wastes little."""
        self._reach = min(_LONGEST_REACH, 2.0 * self._reach)

    def discarded(self, positions: int) -> None:
        """So many positions had been told behind a cut: when they are many, this computer is the slower one."""
        if positions > 0.5 / (1.0 - self.acceptance):
            self._reach = max(1.0, 0.7 * self._reach)

    @property
    def acceptance(self) -> float:
        """The share of positions at which the cloud's token stood, in (0, 1)."""
        return min(0.995, self._accepted / self._seen)

    def branch(self) -> int:
        """How many tokens a branch that is asked for beforehand should have: more where runs are long, so that a
        budget goes to few long ones or to many short ones."""
        return min(_LONGEST_BRANCH, max(1, round(_BRANCH_SHARE / (1.0 - self.acceptance))))

    def batch(self, cost: StepCost, there: int) -> int:
        """How many of the `there` positions to score in one local batch, so that most is decided per second: what
        is scored behind a cut is wasted.

        With acceptance `a`, a batch of `n` decides `(1 - a^n) / (1 - a)` positions on average.
        """
        most = min(there, _LONGEST_BATCH)
        if not cost.positions:
            return min(most, _FIRST_BATCH)
        a = self.acceptance
        return max(range(1, most + 1), key=lambda n: (1.0 - a**n) / (1.0 - a) / cost.batch(n))

    def ask(self) -> int:
        """How many tokens a request asks for."""
        runs = min(_LONGEST_ASK, max(_SHORTEST_ASK, _RUNS / (1.0 - self.acceptance)))
        return math.ceil(self._reach * runs)
