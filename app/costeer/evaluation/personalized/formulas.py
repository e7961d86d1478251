"""The methods that are compared, each as its authors publish it: from what the models say of a position to one
distribution over the whole vocabulary. Pure.

Notation as in `steering.policy`, all in nats: `b` is the cloud, `lw` and `lo` the local model with and without the
private context, `d = lw - lo`. The cloud that is shown the context stands beside them as what could be reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from costeer.steering.distributions import log_softmax, log_sum_exp, top_p
from costeer.steering.strength import COSTEER_GAIN, LIGHT_GAIN
from costeer.steering.types import FloatArray

CERTAIN, CERTAIN_FOR = 0.1, 3
"""AdaCoSteer: where the cloud leaves less than this to other tokens, so many tokens running, steering ends for
good."""

ALIGNMENT_RATIO, ALIGNMENT_TOP_P = 2.0, 0.8
"""Of Linear Alignment's published demonstration."""

CONTEXT_LAMBDA = 1.0
PROXY_GAIN = 1.0
AMULET_GAIN = 4.65
"""The closed form of Amulet's loop after 60 iterations."""

SHARED = 10
"""CoGenesis joins so many of the likeliest tokens of each model."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What is thought of one position: log-probabilities, each of shape (V,)."""

    cloud: FloatArray
    local: FloatArray
    plain: FloatArray
    shown: FloatArray | None = None
    """The cloud that is shown the context; None where nobody asked for it."""

    @property
    def difference(self) -> FloatArray:
        return self.local - self.plain


Formula = Callable[[Views], FloatArray]
"""Log-probabilities of shape (V,), -inf for what cannot be chosen. Begun anew for each text: it may remember."""


def cloud(views: Views) -> FloatArray:
    return views.cloud


def ceiling(views: Views) -> FloatArray:
    assert views.shown is not None
    return views.shown


def local(views: Views) -> FloatArray:
    return views.plain


def local_context(views: Views) -> FloatArray:
    return views.local


def product(gain: float) -> Formula:
    """`log_softmax(b + c*d)`: CoSteer's closed form (arXiv 2507.04756), and proxy-tuning (2401.08565) with the
    context in the place of its tuning."""
    return lambda views: log_softmax(views.cloud + gain * views.difference)


def follow_the_leader(
    b: FloatArray, d: FloatArray, steps: int, alpha: float, beta: float, lam: float, eta: float
) -> FloatArray:
    """CoSteer's update as its authors run it: so many steps of follow-the-regularised-leader from `b`."""
    policy, utility = b, np.zeros_like(b)
    for step in range(1, steps + 1):
        utility = utility + alpha * (policy - b) + beta * d
        policy = log_softmax((step * lam * b + utility + policy / eta) / (step * lam + 1.0 / eta))
    return policy


def literal_loop(views: Views) -> FloatArray:
    """The same with the paper's T = 20, alpha = 2, beta = 1, lambda = 2, eta = 10."""
    return follow_the_leader(views.cloud, views.difference, 20, alpha=2.0, beta=1.0, lam=2.0, eta=10.0)


class Adaptive:
    """AdaCoSteer: CoSteer until the cloud has been sure for some tokens running, then the cloud alone."""

    def __init__(self) -> None:
        self._sure_for = 0

    def __call__(self, views: Views) -> FloatArray:
        if self._sure_for < CERTAIN_FOR:
            sure = 1.0 - math.exp(float(views.cloud.max())) < CERTAIN
            self._sure_for = self._sure_for + 1 if sure else 0
            if self._sure_for < CERTAIN_FOR:
                return product(COSTEER_GAIN)(views)
        return views.cloud


def linear_alignment(views: Views) -> FloatArray:
    """`(1 + r)*lw - r*lo` among the top-p set of `lw` (arXiv 2401.11458). The context is private, so it is the
    local model that is aligned."""
    kept = top_p(np.exp(views.local), ALIGNMENT_TOP_P) > 0.0
    return log_softmax(np.where(kept, views.local + ALIGNMENT_RATIO * views.difference, -np.inf))


def context_steering(views: Views) -> FloatArray:
    """`lw + lambda*(lw - lo)` (arXiv 2405.01768), on the local model for the same reason."""
    return log_softmax(views.local + CONTEXT_LAMBDA * views.difference)


def amulet(views: Views) -> FloatArray:
    """CoSteer's loop from the prompted policy (arXiv 2502.19148), on the local model."""
    return log_softmax(views.local + AMULET_GAIN * views.difference)


def shared_shares(views: Views, token: int) -> tuple[float, float]:
    """CoGenesis' logit-level cooperation (arXiv 2403.03129) is `(1-w)*p + w*p'` of the ten likeliest tokens of the
    cloud and of the local model with the context: what `p` and `p'` give to a token."""
    return _among_likeliest(views.cloud, token), _among_likeliest(views.local, token)


def mixture_features(views: Views) -> list[float]:
    """What the weight of that mixture is told by: a one, and of both models the probability of the likeliest token
    and the entropy of the ten likeliest, in nats."""
    features = [1.0]
    for one in (views.cloud, views.local):
        top = _top(one)
        shares = np.exp(top - log_sum_exp(top))
        features += [float(np.exp(top[-1])), float(-(shares * np.log(shares)).sum())]
    return features


def _top(logprobs: FloatArray) -> FloatArray:
    """The ten likeliest, ascending."""
    return np.sort(np.partition(logprobs, -SHARED)[-SHARED:] if len(logprobs) > SHARED else logprobs)


def _among_likeliest(logprobs: FloatArray, token: int) -> float:
    top = _top(logprobs)
    return math.exp(logprobs[token] - log_sum_exp(top)) if logprobs[token] >= top[0] else 0.0


FORMULAS: Mapping[str, Callable[[], Formula]] = MappingProxyType(
    {
        "cloud": lambda: cloud,
        "ceiling": lambda: ceiling,
        "local": lambda: local,
        "local-context": lambda: local_context,
        "costeer": lambda: product(COSTEER_GAIN),
        "lightcosteer": lambda: product(LIGHT_GAIN),
        "adacosteer": Adaptive,
        "proxy-tuning": lambda: product(PROXY_GAIN),
        "linear-alignment": lambda: linear_alignment,
        "context-steering": lambda: context_steering,
        "amulet": lambda: amulet,
    }
)
"""By method, what begins one text. The product's own default goes through `steering.policy`, and the mixture has
a weight that is fitted."""
