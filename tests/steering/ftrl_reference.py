"""CoSteer's loop, literally, as in the paper's code: the reference for the closed form."""

from __future__ import annotations

import numpy as np

from costeer.steering.distributions import log_softmax
from costeer.steering.types import FloatArray


def ftrl(
    b: FloatArray, d: FloatArray, steps: int, alpha: float, beta: float, lam: float, eta: float
) -> FloatArray:
    p = b
    q = np.zeros_like(b)
    for t in range(1, steps + 1):
        q = q + alpha * (p - b) + beta * d
        p = log_softmax((t * lam * b + q + p / eta) / (t * lam + 1.0 / eta))
    return p
