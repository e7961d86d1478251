"""One position of the local model, when it shares the cloud's vocabulary: logits per branch, by token id.

The candidates are few: a token that neither the cloud nor the local model with context finds plausible cannot be
chosen. So the whole vocabulary is only swept to normalise and to find them (float32, sums in float64); everything
after that is float64 over the candidates.
"""

from __future__ import annotations

import math

import numpy as np

from costeer.steering.distributions import log_softmax
from costeer.steering.policy import WITH_CONTEXT, WITHOUT_CONTEXT
from costeer.steering.tail import Tail, complete_tail
from costeer.steering.types import CloudPosition, Float32Array, FloatArray, IdArray, Opinions

_PLAUSIBLE = 0.1


class LogitsRow:
    """Implements `steering.types.LocalRow`. `logits` has the shape (B, V)."""

    def __init__(self, logits: Float32Array) -> None:
        self.logits = logits
        self._peaks = logits.max(axis=1)
        weights = np.exp(logits - self._peaks[:, None])
        sums = weights.sum(axis=1, dtype=np.float64)
        self._norms: FloatArray = self._peaks + np.log(sums)
        self._plain, self._plain_sum = weights[WITHOUT_CONTEXT], float(sums[WITHOUT_CONTEXT])

    @property
    def size(self) -> int:
        return int(self.logits.shape[1])

    def opinions(self, position: CloudPosition, plausibility: float) -> Opinions:
        """See `LocalRow.opinions`."""
        # A padded vocabulary may list ids that no text has; a real mismatch is found before an answer begins.
        known = position.top_ids < self.size
        top_ids, top = position.top_ids[known], position.top_logprobs[known]
        told = float(self._plain[top_ids].sum(dtype=np.float64))  # of the same numbers: the rest is exact
        unseen = self._plain_sum - told if len(top_ids) < self.size else 0.0
        tail = complete_tail(top, unseen / self._plain_sum)
        ids = self._candidates(top_ids, top, tail, plausibility)
        branches = self._logprobs(ids)
        cloud = tail.complete(branches[WITHOUT_CONTEXT])
        places = np.searchsorted(ids, top_ids)
        kept = ids[np.minimum(places, len(ids) - 1)] == top_ids
        cloud[places[kept]] = top[kept]
        told_plain = np.full(len(known), -np.inf)
        told_plain[known] = self._logprobs(top_ids)[WITHOUT_CONTEXT]
        return Opinions(ids, cloud - self._cloud_norm(top_ids, top, tail), branches, told_plain)

    def alone(self, contrast: float = 0.0) -> tuple[IdArray, FloatArray]:
        """Ids and log-probabilities for an answer without a cloud: `lw + contrast * (lw - lo)`, normalised.

        So the context counts `1 + contrast` times (context-aware decoding, arXiv 2305.14739). Then only what the
        model with context finds plausible is a candidate; with a contrast of 0 everything is.
        """
        with_context = self.logits[WITH_CONTEXT].astype(np.float64)
        if contrast == 0.0:
            return np.arange(self.size), log_softmax(with_context)
        ids = np.flatnonzero(with_context >= with_context.max() + math.log(_PLAUSIBLE))
        own, plain = self._logprobs(ids)[[WITH_CONTEXT, WITHOUT_CONTEXT]]
        return ids, log_softmax(own + contrast * (own - plain))

    def likeliest(self) -> int:
        """What the local model without context would write."""
        return int(np.argmax(self.logits[WITHOUT_CONTEXT]))

    def _logprobs(self, ids: IdArray) -> FloatArray:
        """Of some tokens, shape (B, len(ids))."""
        return np.asarray(self.logits[:, ids].astype(np.float64) - self._norms[:, None])

    def _candidates(self, top_ids: IdArray, top: FloatArray, tail: Tail, plausibility: float) -> IdArray:
        """All plausible tokens, ascending."""
        if plausibility <= 0.0:
            return np.arange(self.size)
        least = math.log(plausibility)
        by_local = np.flatnonzero(self.logits[WITH_CONTEXT] >= self._peaks[WITH_CONTEXT] + least)
        best = float(top.max()) if len(top) else float(self._peaks[WITHOUT_CONTEXT] - self._norms[WITHOUT_CONTEXT])
        found = [by_local, top_ids[top >= best + least]]
        if tail.cap >= best + least and tail.offset > -math.inf:
            threshold = best + least - tail.offset + self._norms[WITHOUT_CONTEXT]
            unseen = np.flatnonzero(self.logits[WITHOUT_CONTEXT] >= threshold)
            found.append(_without(unseen, top_ids))
        return np.unique(np.concatenate(found))

    def _cloud_norm(self, top_ids: IdArray, top: FloatArray, tail: Tail) -> float:
        """log of the mass of the completed distribution: the cap takes something away from the tail."""
        if tail.offset == -math.inf or tail.cap == math.inf:
            return math.log(float(np.exp(top).sum())) if len(top) else 0.0
        threshold = tail.cap - tail.offset + self._norms[WITHOUT_CONTEXT]
        capped = _without(np.flatnonzero(self.logits[WITHOUT_CONTEXT] > threshold), top_ids)
        over = np.exp(tail.offset + self._logprobs(capped)[WITHOUT_CONTEXT]) - math.exp(tail.cap)
        return math.log1p(-float(over.sum()))


def _without(some: IdArray, others: IdArray) -> IdArray:
    """`some` that are not in `others`: few of either, so that sorting them would take longer."""
    return np.asarray(some[~(some[:, None] == others).any(axis=1)])
