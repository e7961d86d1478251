"""Which candidate a piece of local text supports.

A local token that starts with a candidate of the cloud either is a token of the cloud too, and then competes
with that candidate, or the cloud has no such token and would begin the same text with the candidate. How
probable the first is, is known per string (`shared`): that share of its mass competes, and the rest supports the
longest candidate that it starts with. With one vocabulary taken for two this is nearly the choice by ids.

Text that reaches a candidate through shorter local tokens (" Zephyr" through " Z") comes as *flows*, which the
mass of the shorter string loses. Nothing is counted twice: attributed mass sums to the local model's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.types import Float32Array, FloatArray, IdArray

Flows = Mapping[int, Mapping[int, FloatArray]]
"""string -> candidate -> mass per branch, shape (B,), of text that starts with that local string, which is
shorter than the candidate, and goes on to spell the whole candidate."""


_LEAST_STAYS = 1e-4
"""Of a mass from which others are taken: what is left of nearly all would be rounding, and its logarithm noise."""


class Attribution:
    """Of one position. `told` are distinct byte strings, ascending; `mass` is (B, strings).

    `supported` is the mass of what was told, shape (B, told); `exact` the local strings that are among it.
    """

    def __init__(
        self, strings: LocalStrings, shared: FloatArray, mass: Float32Array, told: Sequence[bytes], flows: Flows
    ) -> None:
        self._strings, self._shared, self._mass, self._told = strings, shared, mass, told
        self._parents = _parents(told)
        found = [strings.index(one) for one in told]
        self.exact: IdArray = np.array([one for one in found if one is not None], dtype=np.int64)
        ranges = [strings.starting_with(one) for one in told]
        self._cuts = np.array(sorted({0, *(end for both in ranges for end in both)}), dtype=np.int64)
        self._owners = np.full(len(self._cuts), -1, dtype=np.int64)
        for candidate, (first, last) in enumerate(ranges):  # the longer ones come later
            self._owners[np.searchsorted(self._cuts, first) : np.searchsorted(self._cuts, last)] = candidate
        self._leaving: dict[int, FloatArray] = {}
        self.supported = np.zeros((mass.shape[0], len(told)))
        for string, reached in flows.items():
            self._let_flow(string, reached)
        for string, flow in self._leaving.items():
            self._leaving[string] = np.minimum(flow, (1.0 - _LEAST_STAYS) * mass[:, string])
        self._add_tokens(found)

    def of(self, some: IdArray) -> FloatArray:
        """The mass of local strings that were not told, shape (B, len(some))."""
        owners = self._owners[np.searchsorted(self._cuts, some, side="right") - 1]
        left = self._mass[:, some].astype(np.float64)
        for string, mass in self._leaving.items():
            left[:, some == string] -= mass[:, None]
        return np.maximum(left, 0.0) * np.where(owners >= 0, self._shared[some], 1.0)

    def _let_flow(self, string: int, reached: Mapping[int, FloatArray]) -> None:
        """Give each candidate what reaches it and no longer one."""
        length = len(self._strings.text[string])
        onwards: dict[int, FloatArray] = {}
        nothing = np.zeros(self._mass.shape[0])
        for candidate in range(len(self._told) - 1, -1, -1):  # the longer ones first
            further = onwards.get(candidate, nothing)
            mass = np.maximum(reached.get(candidate, nothing), further)
            self.supported[:, candidate] += np.maximum(mass - further, _LEAST_STAYS * mass)
            parent = self._parents[candidate]
            if parent >= 0 and len(self._told[parent]) > length:
                onwards[parent] = onwards.get(parent, nothing) + mass
            elif mass.any():
                self._leaving[string] = self._leaving.get(string, nothing) + mass

    def _add_tokens(self, found: Sequence[int | None]) -> None:
        """What single tokens give: all of one that is the candidate, the unshared part of those that go
        beyond."""
        ends = [*self._cuts[1:].tolist(), len(self._strings)]
        for first, last, owner in zip(self._cuts.tolist(), ends, self._owners.tolist(), strict=True):
            if owner >= 0 and last > first:
                beyond = self._mass[:, first:last] * (1.0 - self._shared[first:last])
                self.supported[:, owner] += beyond.sum(axis=1, dtype=np.float64)
        for candidate, own in enumerate(found):
            if own is not None:
                self.supported[:, candidate] += self._shared[own] * self._mass[:, own]
        for string, mass in self._leaving.items():
            owner = int(self._owners[np.searchsorted(self._cuts, string, side="right") - 1])
            if owner >= 0:
                told = self._strings.text[string] == self._told[owner]
                self.supported[:, owner] -= mass * (1.0 if told else 1.0 - self._shared[string])
        np.maximum(self.supported, 0.0, out=self.supported)


def _parents(told: Sequence[bytes]) -> list[int]:
    """For each string the longest other one that it starts with; -1 where there is none."""
    parents: list[int] = []
    open_: list[int] = []
    for at, text in enumerate(told):
        while open_ and not text.startswith(told[open_[-1]]):
            open_.pop()
        parents.append(open_[-1] if open_ else -1)
        open_.append(at)
    return parents
