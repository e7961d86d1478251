"""Distributions over the vocabulary, float64, natural logarithms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costeer.steering.types import Float32Array, FloatArray


def log_sum_exp(values: FloatArray) -> float:
    """log(sum(exp(values))), -inf for an empty or all -inf array."""
    if values.size == 0:
        return -np.inf
    peak = float(values.max())
    if peak == -np.inf:
        return -np.inf
    return peak + float(np.log(np.exp(values - peak).sum()))


def log_softmax(logits: FloatArray) -> FloatArray:
    """Normalise logits of shape (V,) to log-probabilities in nats. A constant added to all changes nothing."""
    shifted = logits.astype(np.float64) - float(logits.max())
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def logprobs_of(logits: Float32Array, ids: Sequence[int]) -> FloatArray:
    """Of rows of logits, shape (n, V), the log-probability of one id in each, shape (n,). The sweep is in float32,
    its sums in float64; `logits` are overwritten."""
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(ids)), list(ids)].astype(np.float64)
    np.exp(logits, out=logits)
    return np.asarray(chosen - np.log(logits.sum(axis=1, dtype=np.float64)))


def softmax(logits: FloatArray) -> FloatArray:
    """Normalise logits of shape (V,) to probabilities."""
    weights = np.exp(logits - float(logits.max()))
    return np.asarray(weights / weights.sum())


def top_p(probabilities: FloatArray, p: float) -> FloatArray:
    """Nucleus: keep the most likely tokens until their mass reaches `p`, the one that crosses it included.

    Shape (V,) to (V,), renormalised; `p >= 1` keeps everything. Ties are broken by the lower id, so that the
    result depends on nothing but the numbers.
    """
    if p >= 1.0:
        return probabilities
    order = np.argsort(-probabilities, kind="stable")
    mass = np.cumsum(probabilities[order])
    kept = order[: int(np.searchsorted(mass, p * mass[-1])) + 1]
    nucleus = np.zeros_like(probabilities)
    nucleus[kept] = probabilities[kept]
    return np.asarray(nucleus / nucleus.sum())


def draw(probabilities: FloatArray, uniform: float, first: int | None = None) -> int:
    """The index at quantile `uniform` in [0, 1) of the distribution, indices in ascending order but `first` first.

    So `first` is drawn exactly when `uniform` is below its probability, whatever the others have.
    """
    total = float(probabilities.sum())
    sought = uniform * total
    if first is not None:
        own = float(probabilities[first])
        if sought < own:
            return first
        sought -= own
        probabilities = probabilities.copy()
        probabilities[first] = 0.0
        if not probabilities.any():
            return first
    cumulative = np.cumsum(probabilities)
    index = int(np.searchsorted(cumulative, sought, side="right"))
    return min(index, int(np.flatnonzero(probabilities)[-1]))
