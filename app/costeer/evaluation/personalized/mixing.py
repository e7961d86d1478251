"""The weight of CoGenesis' mixture: told by a small model of what both models say, learnt on other texts.

    w = sigmoid(x . a),      likelihood of a reference token = (1-w)*p + w*p'

`a` is found by expectation-maximisation: how much of a token is owed to the second model, then a logistic
regression on that. The authors use a small network; a linear one is what a hundred texts can tell apart. Pure.
"""

from __future__ import annotations

import numpy as np

from costeer.steering.types import FloatArray

_ROUNDS, _STEPS = 25, 4
_RIDGE = 1e-2


def fit_weight(features: FloatArray, own: FloatArray, other: FloatArray) -> FloatArray:
    """`features` (n, F), the probabilities `own` and `other` (n,) of the reference tokens; returns `a` (F,)."""
    weights = np.zeros(features.shape[1])
    known = own + other > 0.0  # a token that neither lists says nothing of the weight
    x, p, p2 = features[known], own[known], other[known]
    for _ in range(_ROUNDS if len(p) else 0):
        share = weight_of(x, weights)
        owed = share * p2 / ((1.0 - share) * p + share * p2)
        for _ in range(_STEPS):  # Newton's method for the regression
            share = weight_of(x, weights)
            gradient = x.T @ (owed - share) - _RIDGE * weights
            curvature = (x * (share * (1.0 - share))[:, None]).T @ x + _RIDGE * np.eye(len(weights))
            weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def weight_of(features: FloatArray, weights: FloatArray) -> FloatArray:
    """w of each position, shape (n,)."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(features @ weights, -30.0, 30.0))))
