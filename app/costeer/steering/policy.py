"""From the cloud's and the local model's opinions to one distribution.

    s = softmax((b + sum_i c_i * d_i) / temperature)        product part
    q = (1 - w) * s + w * softmax(lw)                       mixture part

A product can only re-weigh what the cloud already finds likely; the mixture lets in what only the local model
with the context knows. With w = 0 and temperature 1 this is CoSteer's closed form. Context Steering,
proxy-tuning and Linear Alignment are special cases of the same sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costeer.steering.distributions import log_softmax, softmax, top_p
from costeer.steering.strength import Strength
from costeer.steering.types import Float32Array, FloatArray

WITH_CONTEXT, WITHOUT_CONTEXT = 0, 1
"""The branches of a local row of shape (2, V)."""

CONTEXT = "context"
MIXTURE = "mixture"


@dataclass(frozen=True, slots=True)
class Policy:
    """How to join and how to pick. Temperature 0 is greedy: the most likely token of `q` at temperature 1."""

    strength: Strength
    temperature: float = 0.0
    top_p: float = 1.0

    @property
    def greedy(self) -> bool:
        return self.temperature == 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """A difference of two local branches, shape (V,) in nats, and how much it counts."""

    name: str
    gain: float
    delta: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Steered:
    """`q` over the vocabulary, shape (V,), and the parts it was made of."""

    probabilities: FloatArray
    signals: tuple[Signal, ...]
    product: FloatArray

    def moved(self, token: int, rather_than: int) -> Mapping[str, float]:
        """How far each part pushed `token` ahead of the token `rather_than`, in nats."""
        shifts = {one.name: one.gain * float(one.delta[token] - one.delta[rather_than]) for one in self.signals}
        with np.errstate(divide="ignore", invalid="ignore"):
            gained = np.log(self.probabilities[[token, rather_than]] / self.product[[token, rather_than]])
        shift = float(gained[0] - gained[1])
        shifts[MIXTURE] = shift if np.isfinite(shift) else 0.0
        return shifts


def branch_logprobs(row: Float32Array) -> tuple[FloatArray, FloatArray]:
    """`lw`, `lo` in nats from the logits of one position, shape (2, V)."""
    return (
        log_softmax(row[WITH_CONTEXT].astype(np.float64)),
        log_softmax(row[WITHOUT_CONTEXT].astype(np.float64)),
    )


def steer(cloud: FloatArray, with_context: FloatArray, without_context: FloatArray, policy: Policy) -> Steered:
    """Join `b`, `lw` and `lo`, each of shape (V,) in nats."""
    context = Signal(CONTEXT, policy.strength.gain, with_context - without_context)
    return join(cloud, (context,), with_context, policy)


def join(cloud: FloatArray, signals: tuple[Signal, ...], with_context: FloatArray, policy: Policy) -> Steered:
    """The general form: any number of signals on top of the cloud, then the mixture, then top-p."""
    logits = cloud.copy()
    for signal in signals:
        if signal.gain != 0.0:
            logits += signal.gain * signal.delta
    product = softmax(logits if policy.greedy else logits / policy.temperature)
    joined = product
    if policy.strength.mixture != 0.0:
        joined = (1.0 - policy.strength.mixture) * product + policy.strength.mixture * np.exp(with_context)
    if not policy.greedy:
        joined = top_p(joined, policy.top_p)
    return Steered(joined, signals, product)
