"""From the cloud's and the local model's opinions to one distribution over the candidates of a position.

    s = softmax((b + sum_i c_i * clip(d_i)) / temperature)        product part
    q = (1 - w) * s + w * softmax(lw)                             mixture part

A product can only re-weigh what the cloud already finds likely; the mixture lets in what only the local model
with the context knows. Where that model *insists* (it is fairly sure of a token, and it is the context that makes
it so: a name, say), the weight `w` is greater. With one signal, no clip, w = 0 and temperature 1 this is CoSteer's
closed form. Context Steering, proxy-tuning and Linear Alignment are special cases of the same sum.

`certain_mass` is the other side of the clip: a delta that is bounded cannot overturn a cloud that is sure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from costeer.steering.distributions import log_sum_exp, softmax, top_p
from costeer.steering.strength import Strength
from costeer.steering.types import CloudPosition, FloatArray, Opinions

CONTEXT = "context"
MIXTURE = "mixture"
REWARD = "preference:"
"""Before the id of a preference: the name of the signal that is its reward."""

PERSONAL = "personal"

WITH_CONTEXT, WITHOUT_CONTEXT = 0, -1
"""The first branch has all of the private context, the last one has none: what it says is public knowledge."""

INSISTS_AT, INSISTS_BY = 0.5, 3.0
"""A probability, and nats."""

Sampling = Literal["quiet", "fast"]


@dataclass(frozen=True, slots=True)
class SignalGain:
    """How much a signal counts: `gain` times the difference of the local branches `plus` and `minus`, which is
    first clipped to `clip` nats up and down. Gain 0 switches it off."""

    name: str
    gain: float
    clip: float = math.inf
    plus: int = WITH_CONTEXT
    minus: int = WITHOUT_CONTEXT


@dataclass(frozen=True, slots=True)
class Policy:
    """How to join and how to pick.

    `insistence` is the weight of the mixture where the local model insists, if that is more than `mixture`.

    Where the cloud gives its first token at least the probability `sure`, it has the say alone: `q` is what it
    told. Nothing private decides where that is, and the local model is not asked there. 1 switches that off.

    Temperature 0 is greedy: the most likely token of `q` at temperature 1. `plausibility` is the share of the
    likeliest token's probability that a candidate must have from the cloud or from the local model with context;
    0 lets everything in. `sampling` says whose draws an answer is made of: "quiet", the device's own, or "fast",
    the cloud's where rejection sampling accepts them.
    """

    signals: tuple[SignalGain, ...]
    mixture: float = 0.0
    insistence: float = 0.0
    temperature: float = 0.0
    top_p: float = 1.0
    plausibility: float = 0.0
    sure: float = 1.0
    sampling: Sampling = "quiet"

    @classmethod
    def at(
        cls,
        strength: Strength,
        temperature: float = 0.0,
        top_p: float = 1.0,
        *,
        clip: float = math.inf,
        plausibility: float = 0.0,
        sure: float = 1.0,
        sampling: Sampling = "quiet",
    ) -> Policy:
        """One context signal, as strong as `strength` says."""
        context = SignalGain(CONTEXT, strength.gain, clip)
        weights = strength.mixture, strength.insistence
        return cls((context,), *weights, temperature, top_p, plausibility, sure, sampling)

    def rewarding(self, weights: Sequence[tuple[str, float]], factor: float = 1.0) -> Policy:
        """The same, with the rewards of PAD (arXiv 2410.04070) on top: `q ~ exp(b + sum_i w_i * r_i)`, where
        `r_i = log pi_i - log ref_i` is what the reward adapter changes under the principle of preference `i`.

        The branches of the first weight are 1 (with the adapter) and 2 (without), those of the next 3 and 4. The
        paper normalises both over its candidates, which moves all of them alike and so changes nothing here.
        """
        rewards = (
            SignalGain(f"{REWARD}{name}", factor * weight, plus=2 * at + 1, minus=2 * at + 2)
            for at, (name, weight) in enumerate(weights)
        )
        return replace(self, signals=(*self.signals, *rewards))

    def with_personal(self, gain: float) -> Policy:
        """The same, with the personal model as a signal: what it says, behind what the user wrote before, less
        what the local model says of itself. Its branch follows those of the rewards, which come first."""
        rewards = sum(one.name.startswith(REWARD) for one in self.signals)
        signal = SignalGain(PERSONAL, gain, plus=2 * rewards + 1)
        return replace(self, signals=(*self.signals, signal))

    @property
    def greedy(self) -> bool:
        return self.temperature == 0.0

    @property
    def fast(self) -> bool:
        """Whether the cloud is to draw."""
        return self.sampling == "fast" and not self.greedy

    @property
    def is_zero(self) -> bool:
        """Whether nothing private counts."""
        return self.heaviest == 0.0 and all(one.gain == 0.0 for one in self.signals)

    @property
    def heaviest(self) -> float:
        """The most that the mixture may weigh."""
        return max(self.mixture, self.insistence)

    def fading(self, factor: float) -> Policy:
        """The same, all signals and the mixture `factor` times as strong."""
        if factor == 1.0:
            return self
        signals = tuple(replace(one, gain=factor * one.gain) for one in self.signals)
        return replace(self, signals=signals, mixture=factor * self.mixture, insistence=factor * self.insistence)

    @property
    def swing(self) -> float:
        """The most, in nats, that the signals can move one token against another."""
        return sum(2.0 * abs(one.gain) * one.clip for one in self.signals if one.gain != 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Steered:
    """`q` over the candidates, shape (n,), and the parts it was made of: `product` (n,), and for each signal its
    gain times its clipped difference (n,)."""

    probabilities: FloatArray
    product: FloatArray
    shifts: Mapping[str, FloatArray]

    def moved(self, chosen: int, rather_than: int) -> dict[str, float]:
        """How far each part pushed the candidate at `chosen` ahead of the one at `rather_than`, in nats."""
        moved = {name: float(shift[chosen] - shift[rather_than]) for name, shift in self.shifts.items()}
        after, before = self.probabilities, self.product
        four = (after[chosen], after[rather_than], before[chosen], before[rather_than])
        whole = all(one > 0.0 for one in four)
        moved[MIXTURE] = math.log(four[0] / four[1] * four[3] / four[2]) if whole else 0.0
        return moved


def steer(opinions: Opinions, policy: Policy) -> Steered:
    """The signals on top of the cloud, then the mixture, then top-p."""
    logits = opinions.cloud
    shifts: dict[str, FloatArray] = {}
    for one in policy.signals:
        if one.gain != 0.0:
            delta = opinions.branches[one.plus] - opinions.branches[one.minus]
            if one.clip != math.inf:
                delta = np.clip(delta, -one.clip, one.clip)
            shifts[one.name] = one.gain * delta
            logits = logits + shifts[one.name]
    product = softmax(logits if policy.greedy else logits / policy.temperature)
    joined = product
    weight = policy.insistence if policy.insistence > policy.mixture and insists(opinions) else policy.mixture
    if weight != 0.0:
        joined = (1.0 - weight) * product + weight * np.exp(opinions.branches[WITH_CONTEXT])
        joined /= joined.sum()  # the candidates need not be the whole vocabulary
    if not policy.greedy:
        joined = top_p(joined, policy.top_p)
    return Steered(joined, product, shifts)


def insists(opinions: Opinions) -> bool:
    """Whether the local model with context gives its first token at least the probability INSISTS_AT, and the
    context makes it likelier by at least INSISTS_BY nats."""
    with_context = opinions.branches[WITH_CONTEXT]
    first = int(with_context.argmax())
    raised = with_context[first] - opinions.branches[WITHOUT_CONTEXT][first]
    return bool(with_context[first] >= math.log(INSISTS_AT) and raised >= INSISTS_BY)


def is_sure(position: CloudPosition, policy: Policy) -> bool:
    """Whether the cloud has the say alone at this position."""
    return (
        policy.sure < 1.0
        and bool(len(position.top_logprobs))
        and (float(position.top_logprobs.max()) >= math.log(policy.sure))
    )


def certain_mass(position: CloudPosition, policy: Policy) -> float:
    """A lower bound on `q(y)` of the cloud's own token `y`, whatever the local model would say; 0 when unknown.

    Every other token is at best `swing` nats better off than `y`, so with `z = sum_{x != y} exp(b_x / T)` and
    `e = exp(b_y / T)` the product part gives `y` at least `e / (e + z * exp(swing / T))`, and the mixture at
    worst adds nothing to it. Of the tail, for T <= 1, `sum exp(b / T) <= m * exp(b_K * (1/T - 1))` where `m` is
    its mass and `b_K` the least likely token told, as no tail token is likelier. Above 1/2, `y` is the most likely
    token of `q`, so top-p cannot take it away.
    """
    temperature = policy.temperature or 1.0
    swing = policy.swing
    if swing == math.inf or temperature > 1.0 or not len(position.top_ids):
        return 0.0
    (listed,) = np.nonzero(position.top_ids == position.token)
    if not listed.size:
        return 0.0
    told = position.top_logprobs / temperature
    own = float(told[listed[0]])
    others = np.delete(told, listed[0])
    missing = max(0.0, 1.0 - float(np.exp(position.top_logprobs).sum()))
    worst = float(position.top_logprobs.min())
    tail = math.log(missing) + worst * (1.0 / temperature - 1.0) if missing > 0.0 else -math.inf
    rest = log_sum_exp(np.append(others, tail)) + swing / temperature
    return (1.0 - policy.heaviest) / (1.0 + math.exp(min(700.0, rest - own)))
