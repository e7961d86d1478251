"""Tail completion: what a top-k endpoint hides.

Endpoints tell the K most likely tokens, never the whole vocabulary. Their missing mass is given to the unseen
tokens the way the local model *without* context spreads it, never above the last one seen:

    b(y) = min(log(1 - sum_topK p) + lo(y) - log(sum_tail exp lo), b_K)      for y outside the top K

It is what lets a private name the cloud would never list be written, and it uses public knowledge only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from costeer.steering.types import FloatArray

_NOTHING_MISSING = 1e-9


@dataclass(frozen=True, slots=True)
class Tail:
    """`b` of an unseen token is `min(offset + lo, cap)`, nats; -inf as `offset` means that nothing is unseen."""

    offset: float
    cap: float

    def complete(self, plain: FloatArray) -> FloatArray:
        """`b` of unseen tokens from the local model's log-probabilities without context, any shape."""
        return np.minimum(self.offset + plain, self.cap)


def complete_tail(top_logprobs: FloatArray, local_tail: float) -> Tail:
    """`top_logprobs`: shape (K,). `local_tail` is the share that the local model without context gives to the
    tokens that were not told. When nothing was told, the local opinion stands for the cloud's."""
    if not len(top_logprobs):
        return Tail(0.0, math.inf)
    missing = 1.0 - float(np.exp(top_logprobs).sum())
    if missing <= _NOTHING_MISSING or local_tail <= 0.0:
        return Tail(-math.inf, -math.inf)
    return Tail(math.log(missing) - math.log(local_tail), float(top_logprobs.min()))
