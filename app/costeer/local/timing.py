"""What a local batch costs on this computer, learnt while it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from costeer.steering.types import StepCost

_NEW = 0.2  # the weight of the latest batch of a size


class StepTiming:
    """A running mean of seconds for each size of batch. One thread at a time."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}

    @contextlib.contextmanager
    def measuring(self, positions: int) -> Iterator[None]:
        """Times the block; a block that raises tells nothing."""
        started = time.monotonic()
        yield
        self.add(positions, time.monotonic() - started)

    def add(self, positions: int, seconds: float) -> None:
        before = self._seconds.get(positions, seconds)
        self._seconds[positions] = before + _NEW * (seconds - before)

    @property
    def cost(self) -> StepCost:
        sizes = sorted(self._seconds)
        return StepCost(tuple(sizes), tuple(self._seconds[one] for one in sizes))
