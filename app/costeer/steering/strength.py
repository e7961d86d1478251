"""One scalar: how strongly the local difference steers.

CoSteer (arXiv 2507.04756) runs, at every token, T steps of follow-the-regularised-leader over the whole
vocabulary. Every iterate has the form `p_t = log_softmax(b + c_t * d)`, so the loop collapses to a recurrence
in the scalar `c` alone; the strength slider *is* that scalar. The literal loop is kept in the tests, where it
agrees with this to 1e-12.
"""

from __future__ import annotations

from dataclasses import dataclass


def closed_form_gain(steps: int, alpha: float, beta: float, lam: float, eta: float) -> float:
    """The `c` with which `log_softmax(b + c*d)` equals CoSteer's result after `steps` iterations.

    `alpha` weighs the pull of the current iterate, `beta` the local difference, `lam` the regularisation towards
    the cloud, `eta` the step size; all as in the paper (and its code, USTC-StarTeam/CoSteer).
    """
    total = 0.0
    gain = 0.0
    for step in range(1, steps + 1):
        total += alpha * gain + beta
        gain = (total + gain / eta) / (step * lam + 1.0 / eta)
    return gain


COSTEER_GAIN = closed_form_gain(20, alpha=2.0, beta=1.0, lam=2.0, eta=10.0)
"""The paper's setting, T = 20: 1.783."""

LIGHT_GAIN = closed_form_gain(1, alpha=2.0, beta=1.0, lam=2.0, eta=10.0)
"""LightCoSteer, T = 1: 0.476."""

STRONGEST = 2.5
"""Where the slider ends: a little past the paper's setting, where small models already degenerate."""

GREEDY_PLAUSIBILITY = 0.1
"""`Policy.plausibility` of greedy answers: nothing is lost below c = 1, and beyond it answers stay fluent
(docs/steering-experiments.md, sections 2 and 9)."""

SAMPLED_PLAUSIBILITY = 0.01
"""The same at a temperature above 0, where what is left out counts."""

SURE = 0.98
"""`Policy.sure`: of some two thousand positions it changed one greedy choice at c = 1; at 0.95 names break."""

DEFAULT = 0.5
"""Of the slider: in bits of what users wrote nothing is better, and where the local model insists it is heard
(docs/decisions/0036)."""

INSISTENCE = 0.6
"""Weight of the mixture where the local model insists: enough for a greedy answer to follow it."""

_FULL_MIXTURE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Strength:
    """Gain `c` of the product part, weight `w` of the mixture part, and its weight where the local model insists
    (`Policy.insistence`)."""

    gain: float
    mixture: float
    insistence: float = 0.0

    @property
    def is_zero(self) -> bool:
        return self.gain == 0.0 and self.mixture == 0.0


def at_position(position: float, mixture: float) -> Strength:
    """Where a slider position in [0, STRONGEST] stands: `c = position`, `w` growing to `mixture` at c = 0.5, and
    to INSISTENCE where the local model insists. Without a mixture there is no insistence either.

    The mixture part fades in so that position 0 is exactly the cloud's own answer and nothing jumps beside it.
    Beyond that the best `w` is the same everywhere (docs/steering-experiments.md, section 8).
    """
    if not 0.0 <= position <= STRONGEST:
        raise ValueError(f"strength {position} is outside 0 to {STRONGEST}")
    fading = min(1.0, position / _FULL_MIXTURE_FROM)
    return Strength(position, mixture * fading, INSISTENCE * fading if mixture else 0.0)
