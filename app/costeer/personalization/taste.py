"""How much each preference weighs for a user, from the answers that they chose.

Bradley-Terry over summed rewards, PAD's second stage with its features frozen (arXiv 2410.04070): of two answers
with rewards `phi` (one number for each preference) the first is chosen with probability `sigmoid(w . (phi_1 -
phi_2))`. The weights have a normal prior around 0, so that few choices say little; the posterior is taken as
normal around its peak (Laplace), which tells how sure the weights are. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costeer.steering.types import FloatArray

FEWEST_CHOICES = 5

PRIOR_DEVIATION = 1.0
"""Of a weight, over differences of unit size: with it, an answer that is a usual difference better is chosen three
times in four."""

_STEPS = 50
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """`weights` (D,) and how unsure they are: `covariance` (D, D), both over differences divided by `scale`
    (D,)."""

    weights: FloatArray
    covariance: FloatArray
    scale: FloatArray

    @property
    def deviations(self) -> FloatArray:
        """Of each weight, shape (D,)."""
        return np.sqrt(np.diag(self.covariance))

    def prefers(self, differences: FloatArray) -> FloatArray:
        """The probability that the first of two answers is chosen; `differences` (n, D) in nats -> (n,).

        Averaged over what the weights may be (MacKay's approximation), so it is nearer to a half where they are
        unsure.
        """
        scaled = np.asarray(differences, dtype=np.float64) / self.scale
        margin = scaled @ self.weights
        variance = np.einsum("nd,de,ne->n", scaled, self.covariance, scaled)
        return np.asarray(_sigmoid(margin / np.sqrt(1.0 + np.pi * variance / 8.0)))


def fit_taste(differences: FloatArray, scale: FloatArray, deviation: float = PRIOR_DEVIATION) -> Taste:
    """From `differences` (n, D): of each choice the summed rewards of the chosen answer less those of the other,
    in nats. `scale` (D,) is the usual size of such differences, over any answers.

    With no choices it is the prior. Newton's method on a function with one peak; it ends when it moves no more.
    """
    scaled = np.asarray(differences, dtype=np.float64).reshape(-1, len(scale)) / scale
    precision = np.eye(len(scale)) / deviation**2
    weights = np.zeros(len(scale))
    for _ in range(_STEPS):
        chosen = _sigmoid(scaled @ weights)
        gradient = scaled.T @ (1.0 - chosen) - precision @ weights
        hessian = (scaled * (chosen * (1.0 - chosen))[:, None]).T @ scaled + precision
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step
        if float(np.abs(step).max(initial=0.0)) < _CLOSE:
            break
    chosen = _sigmoid(scaled @ weights)
    hessian = (scaled * (chosen * (1.0 - chosen))[:, None]).T @ scaled + precision
    covariance = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    return Taste(weights, covariance, np.asarray(scale, dtype=np.float64))


def usual_size(differences: FloatArray) -> FloatArray:
    """The root mean square of `differences` (n, D), for `fit_taste`; 1 where there is nothing to measure."""
    size = np.sqrt(np.mean(np.square(differences), axis=0)) if len(differences) else np.ones(differences.shape[1])
    return np.where(size > 0.0, size, 1.0)


def _sigmoid(margin: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * margin)))
