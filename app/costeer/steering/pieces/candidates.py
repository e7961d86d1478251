"""The candidates of one position: what the cloud told, and the local strings that come into question beside that.

`b` of a local string that was not told is the cloud's missing mass, spread as the local model without context
spreads what supports nothing that was told (`steering.tail`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costeer.foundation.errors import BugError
from costeer.steering.pieces.attribution import Attribution
from costeer.steering.policy import WITH_CONTEXT, WITHOUT_CONTEXT
from costeer.steering.tail import complete_tail
from costeer.steering.types import CloudPosition, Float32Array, FloatArray, IdArray

LEAST = 1e-37


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The cloud's alternatives by what they spell. `texts` ascending and distinct; `text_of[k]` says which of them
    alternative `k` spells, -1 for an end; `share[k]` is its part of all alternatives that spell the same."""

    texts: list[bytes]
    text_of: IdArray
    share: FloatArray

    @classmethod
    def by(cls, position: CloudPosition) -> Told:
        if len(position.top_bytes) != len(position.top_ids):
            raise BugError("The cloud has not told what its alternatives spell; please report this.")
        texts = sorted({one for one in position.top_bytes if one})
        places = {text: at for at, text in enumerate(texts)}
        text_of = np.array([places.get(one, -1) for one in position.top_bytes], dtype=np.int64)
        probabilities = np.exp(position.top_logprobs)
        sums = np.bincount(text_of + 1, probabilities, minlength=len(texts) + 1)
        return cls(texts, text_of, probabilities / np.maximum(sums[text_of + 1], LEAST))


class Sides:
    """What is plausible to the cloud or to the local model with context.

    `of_told` (B, K) is the local mass of each alternative; `extra` (B, texts) comes on top of what `support` says,
    `ends` (B,) is that of an end.
    """

    def __init__(
        self,
        support: Attribution,
        told: Told,
        mass: Float32Array,
        ends: FloatArray,
        extra: FloatArray,
        top: FloatArray,
    ) -> None:
        self._support, self._mass, self._ends, self._top = support, mass, ends, top
        with_end = np.concatenate([support.supported + extra, ends[:, None]], axis=1)  # -1 is the last
        self.of_told: FloatArray = with_end[:, told.text_of] * told.share
        self._end_told = bool((told.text_of < 0).any())
        seen = float(with_end[WITHOUT_CONTEXT, : None if self._end_told else -1].sum())
        self.tail = complete_tail(top, max(0.0, 1.0 - seen))
        self._peak = max(float(mass[WITH_CONTEXT].max(initial=0.0)), float(ends[WITH_CONTEXT]))

    def told_candidates(self, plausibility: float) -> NDArray[np.bool_]:
        """Which alternatives of the cloud are candidates, shape (K,)."""
        if plausibility <= 0.0 or not len(self._top):
            return np.ones(len(self._top), dtype=np.bool_)
        by_cloud = self._top >= self._top.max() + math.log(plausibility)
        return np.asarray(by_cloud | (self.of_told[WITH_CONTEXT] >= self._peak * plausibility))

    def strings(self, plausibility: float) -> IdArray:
        """The local strings that were not told and are candidates, ascending."""
        found = np.arange(self._mass.shape[1])
        if plausibility > 0.0:
            found = np.flatnonzero(self._mass[WITH_CONTEXT] >= self._peak * plausibility)
            least = self._least_of_tail(plausibility)
            if least <= 1.0:
                found = np.union1d(found, np.flatnonzero(self._mass[WITHOUT_CONTEXT] >= least))
        return found[~np.isin(found, self._support.exact)]

    def end_is_candidate(self, plausibility: float) -> bool:
        """Whether the local model's own end is a candidate, the cloud having told none."""
        if self._end_told or not self._ends.any():
            return False
        by_local = float(self._ends[WITH_CONTEXT]) >= self._peak * plausibility
        return by_local or float(self._ends[WITHOUT_CONTEXT]) >= self._least_of_tail(plausibility)

    def cloud_norm(self) -> float:
        """log of the mass of the completed distribution: the cap takes something away from the tail."""
        tail = self.tail
        if tail.offset == -math.inf or tail.cap == math.inf:
            return math.log(float(np.exp(self._top).sum())) if len(self._top) else 0.0
        capped = np.flatnonzero(self._mass[WITHOUT_CONTEXT] > math.exp(min(1.0, tail.cap - tail.offset)))
        capped = capped[~np.isin(capped, self._support.exact)]
        unseen = self._support.of(capped)[WITHOUT_CONTEXT]
        if not self._end_told:
            unseen = np.append(unseen, self._ends[WITHOUT_CONTEXT])
        over = np.maximum(0.0, math.exp(tail.offset) * unseen - math.exp(tail.cap))
        return math.log1p(-float(over.sum()))

    def _least_of_tail(self, plausibility: float) -> float:
        """The mass without context from which on the completed cloud finds a string plausible; inf: never."""
        best = float(self._top.max()) if len(self._top) else 0.0
        least = best + math.log(plausibility) if plausibility > 0.0 else -math.inf
        if self.tail.offset == -math.inf or self.tail.cap < least:
            return math.inf
        return math.exp(min(1.0, least - self.tail.offset))
