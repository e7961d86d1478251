"""What a local batch costs on this computer, learnt while it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from costeer.steering.types import StepCost

_MEMORY = 0.95  # per batch
_LEAST_SPREAD = 0.05  # of the number of positions, squared: below it base and slope cannot be told apart
_USUAL_BASE = 0.3  # the share of a single step that does not depend on the number of positions, until it is known


class StepTiming:
    """Least squares of seconds against positions, older batches counting less. One thread at a time."""

    def __init__(self) -> None:
        self._count = self._n = self._nn = self._t = self._nt = 0.0

    @contextlib.contextmanager
    def measuring(self, positions: int) -> Iterator[None]:
        """Times the block; a block that raises tells nothing."""
        started = time.monotonic()
        yield
        self.add(positions, time.monotonic() - started)

    def add(self, positions: int, seconds: float) -> None:
        self._count = _MEMORY * self._count + 1.0
        self._n = _MEMORY * self._n + positions
        self._nn = _MEMORY * self._nn + positions * positions
        self._t = _MEMORY * self._t + seconds
        self._nt = _MEMORY * self._nt + positions * seconds

    @property
    def cost(self) -> StepCost:
        """Zeros before the first batch."""
        if not self._count:
            return StepCost(0.0, 0.0)
        n, t = self._n / self._count, self._t / self._count
        spread = self._nn / self._count - n * n
        if spread > _LEAST_SPREAD:
            each = (self._nt / self._count - n * t) / spread
            base = t - each * n
            if each > 0.0 and base > 0.0:
                return StepCost(base, each)
        each = (1.0 - _USUAL_BASE) * t / (_USUAL_BASE + (1.0 - _USUAL_BASE) * n)
        return StepCost(max(0.0, t - each * n), each)
