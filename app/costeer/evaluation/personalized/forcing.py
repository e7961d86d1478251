"""How likely each method makes the text that somebody wrote, token by token. Pure but for what it is given."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from costeer.evaluation.personalized.formulas import (
    FORMULAS,
    Formula,
    Views,
    literal_loop,
    mixture_features,
    shared_shares,
)
from costeer.evaluation.personalized.mixing import fit_weight, weight_of
from costeer.evaluation.personalized.told import telling
from costeer.foundation.run_store import Json
from costeer.services.options import AskOptions
from costeer.steering.calibration import ReferenceLogprobs, bits_at, reference_logprobs
from costeer.steering.policy import Policy, steer
from costeer.steering.strength import at_position
from costeer.steering.types import FloatArray, Opinions

TOLD = (20, 5)
"""Endpoints tell so many alternatives."""

STRENGTHS = (0.0, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 1.783, 2.5)
"""Positions of the slider that the curve is drawn through, at the default's mixture."""

MIXTURE = "cogenesis-mixture"

_FEATURES = 5
_SPREAD = 1e-4
"""Of every distribution so much is spread evenly over the vocabulary: what a method cuts off would else cost
endlessly many bits. All methods alike."""

_LOOPED = 4
"""Positions of a text at which CoSteer's loop is run as its authors run it."""


def default_policy() -> Policy:
    """Of the product, as it would draw at temperature 1, with nothing cut off."""
    return dataclasses.replace(AskOptions().policy, temperature=1.0, plausibility=0.0)


def by_policy(policy: Policy) -> Formula:
    """The engine's own joining."""

    def formula(views: Views) -> FloatArray:
        if policy.sure < 1.0 and views.cloud.max() >= math.log(policy.sure):
            return views.cloud
        branches = np.stack([views.local, views.plain])
        opinions = Opinions(np.arange(len(views.cloud)), views.cloud, branches, np.zeros(0))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(steer(opinions, policy).probabilities))

    return formula


def begun(methods: Sequence[str]) -> dict[str, tuple[Formula, int | None]]:
    """By method its formula, begun for one text, and how many alternatives the cloud tells it; None: all."""
    policy = default_policy()
    known: Mapping[str, Callable[[], Formula]] = {**FORMULAS, "default": lambda: by_policy(policy)}
    found: dict[str, tuple[Formula, int | None]] = {}
    for name in methods:
        base, _, told = name.rpartition("-top")
        if base in known and told.isdigit():
            found[name] = (known[base](), int(told))
        elif name in known:
            found[name] = (known[name](), None)
    return found


@dataclass(slots=True)
class Forced:
    """One text; `size` is that of the vocabulary. `bits` are sums over its tokens, by method, `curve` those by
    strength. `mixture` has for each token what the weight is told by, and what either model's likeliest give to
    the token. `loop` is by how much, at most, the literal loop differs from the closed form, in nats."""

    size: int = 0
    tokens: int = 0
    bits: dict[str, float] = field(default_factory=dict)
    curve: list[float] = field(default_factory=lambda: [0.0] * len(STRENGTHS))
    mixture: list[list[float]] = field(default_factory=list)
    loop: float = 0.0

    def plain(self) -> Json:
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, told: Json) -> Forced:
        """Back from the store."""
        return cls(**told)  # type: ignore[arg-type]


def force(text: Sequence[int], views: Iterable[Views], methods: Sequence[str]) -> Forced:
    """`views` are of the positions of `text`."""
    formulas = begun(methods)
    policy = default_policy()
    settings = [at_position(one, policy.mixture) for one in STRENGTHS]
    gains = sorted({one.gain for one in settings})
    columns = np.array([gains.index(one.gain) for one in settings])
    mixtures = np.array([one.mixture for one in settings])
    insistences = np.array([one.insistence for one in settings])
    found = Forced(tokens=len(text), bits=dict.fromkeys(formulas, 0.0))
    for at, (token, view) in enumerate(zip(text, views, strict=True)):
        found.size = len(view.cloud)
        known = {told: telling(view, told) for told in {told for _, told in formulas.values() if told}}
        for name, (formula, told) in formulas.items():
            found.bits[name] += bits_of(formula(known[told] if told else view), token)
        if MIXTURE in methods:
            found.mixture.append([*mixture_features(view), *shared_shares(view, token)])
        if at < _LOOPED:
            found.loop = max(found.loop, loop_difference(view))
        branches = np.stack([view.local, view.plain])
        opinions = Opinions(np.arange(len(view.cloud)), view.cloud, branches, np.zeros(0))
        product, own, insists = reference_logprobs(opinions, token, gains)
        told_here = ReferenceLogprobs(product[None, :], np.array([own]), np.array([insists]))
        for which, bits in enumerate(bits_at(told_here, columns, mixtures, insistences)[0]):
            found.curve[which] += float(bits)
    return found


def bits_of(logprobs: FloatArray, token: int) -> float:
    """What `token` costs where the distribution is `logprobs`, a little of it spread evenly."""
    return spread_bits(math.exp(logprobs[token]), len(logprobs))


def spread_bits(probability: float, size: int) -> float:
    """The same of a probability in a vocabulary of `size` tokens."""
    return -math.log2((1.0 - _SPREAD) * probability + _SPREAD / size)


def loop_difference(views: Views) -> float:
    """The greatest difference of CoSteer's loop from its closed form, over the vocabulary, in nats."""
    closed = FORMULAS["costeer"]()(views)
    return float(np.abs(literal_loop(views) - closed).max())


def mixed_bits(texts: Sequence[Forced]) -> list[float]:
    """Bits of each text by CoGenesis' mixture, the weight learnt on the other half of the texts."""
    found = [0.0] * len(texts)
    for half in (0, 1):
        rows = np.array([row for at, one in enumerate(texts) if at % 2 != half for row in one.mixture])
        weights = fit_weight(rows[:, :-2], rows[:, -2], rows[:, -1]) if len(rows) else np.zeros(_FEATURES)
        for at in range(half, len(texts), 2):
            own = np.array(texts[at].mixture)
            share = weight_of(own[:, :-2], weights)
            mixed = (1.0 - share) * own[:, -2] + share * own[:, -1]
            found[at] = sum(spread_bits(float(one), texts[at].size) for one in mixed)
    return found
