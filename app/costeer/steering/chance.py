"""Where the draws of this computer come from.

What sent tokens reveal is counted for a cloud that does not know this computer's coins: knowing them, it could
tell a draw from what was wanted. So they come from the operating system unless somebody asked for an answer
that can be made again; then whoever guesses the seed knows them, and the leak meter counts as if everybody did.

A draw is only ever compared, never read: so a test can take every outcome in turn, with its exact probability.
"""

from __future__ import annotations

import random
from typing import Protocol

import numpy as np

from costeer.steering.distributions import draw
from costeer.steering.types import FloatArray


class Uniform(Protocol):
    """A number in [0, 1), evenly drawn, of which one can ask how it compares. It stays the same however often."""

    def below(self, threshold: float) -> bool:
        """Whether it is below `threshold`."""

    def among(self, masses: FloatArray, first: int | None = None) -> int:
        """The index at this quantile of `masses`, which need not sum to 1; see `distributions.draw`."""


class Chance(Protocol):
    """Draws one number after the other. `known`: whether others may know them."""

    @property
    def known(self) -> bool: ...

    def uniform(self) -> Uniform: ...


class _Number:
    """A number that was drawn."""

    def __init__(self, value: float) -> None:
        self._value = value

    def below(self, threshold: float) -> bool:
        return self._value < threshold

    def among(self, masses: FloatArray, first: int | None = None) -> int:
        return draw(masses, self._value, first)


class SecretChance:
    """The operating system's generator, which nobody can predict from what it gave. Any thread."""

    known = False

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def uniform(self) -> Uniform:
        return _Number(self._random.random())


class SeededChance:
    """The same numbers for the same seed. One thread. `known`: whether others may know the seed."""

    def __init__(self, seed: int, *, known: bool = True) -> None:
        self.known = known
        self._random = np.random.default_rng(seed)

    def uniform(self) -> Uniform:
        return _Number(float(self._random.random()))
