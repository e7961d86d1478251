"""Tail completion: what a top-k endpoint hides.

Endpoints tell the K most likely tokens, never the whole vocabulary. Their missing mass is given to the unseen
tokens the way the local model *without* context spreads it, never above the last one seen:

    b(y) = min(log(1 - sum_topK p) + lo(y) - log(sum_tail exp lo), b_K)      for y outside the top K

It is what lets a private name the cloud would never list be written, and it uses public knowledge only.
"""

from __future__ import annotations

import numpy as np

from costeer.steering.distributions import log_softmax, log_sum_exp
from costeer.steering.types import FloatArray, IdArray

_NOTHING_MISSING = 1e-9


def complete_tail(top_ids: IdArray, top_logprobs: FloatArray, local_plain: FloatArray) -> FloatArray:
    """The cloud's log-probabilities over the whole vocabulary.

    `top_ids`, `top_logprobs`: shape (K,), nats. `local_plain`: the local model's log-probabilities without
    context, shape (V,). Returns shape (V,), normalised. When the top K hold all the mass, the tail is -inf;
    when nothing was told, the local opinion stands for the cloud's.
    """
    if not len(top_ids):
        return local_plain
    missing = 1.0 - float(np.exp(top_logprobs).sum())
    if missing <= _NOTHING_MISSING or len(top_ids) >= len(local_plain):
        completed = np.full_like(local_plain, -np.inf)
    else:
        tail = local_plain.copy()
        tail[top_ids] = -np.inf
        completed = np.minimum(np.log(missing) + tail - log_sum_exp(tail), float(top_logprobs.min()))
    completed[top_ids] = top_logprobs
    return log_softmax(completed)
