"""How a candidate is picked from `q`, and how probable what the cloud gets to see of that was.

When the cloud draws ("fast" sampling), speculative rejection decides: its draw `y` from the known `p` is
accepted with probability `min(1, q(y) / p(y))`; otherwise the candidate is drawn from the normalised `max(q -
p, 0)`. Either way it has the law `q` (Leviathan et al., arXiv 2211.17192).

`aside` is the share of the cases in which the cloud's token was going to stand whatever the local model says
(`policy.certain_mass`); where one of them came, nothing is picked here, so what is told here is told given that
none did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from costeer.foundation.errors import BugError
from costeer.steering.chance import Chance, Uniform
from costeer.steering.distributions import softmax
from costeer.steering.leak.reference import Expected
from costeer.steering.policy import Policy
from costeer.steering.trace import Draw
from costeer.steering.types import CloudPosition, FloatArray, Opinions


@dataclass(frozen=True, slots=True)
class Pick:
    """The candidate at index `at`. `probability` is that of what the cloud gets to see; `draw` is what became
    of the cloud's draw, where it drew."""

    at: int
    probability: float
    draw: Draw = ""

    @property
    def outcome(self) -> int | None:
        """As `Expected.after` has it."""
        return None if self.draw == "accepted" else self.at


class Lottery(Protocol):
    def dearest(self, expected: Expected) -> float:
        """The most bits that any pick that may come would cost."""

    def draw(self) -> Pick: ...


@dataclass(frozen=True, slots=True, eq=False)
class Likeliest:
    """Greedy: `q` (n,) decides alone."""

    q: FloatArray

    def dearest(self, expected: Expected) -> float:
        return -math.log2(reference_of(self.draw(), expected))

    def draw(self) -> Pick:
        return Pick(int(np.argmax(self.q)), 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class OwnDraw:
    """This computer draws, at the quantile of a number, the cloud's token (`wanted`) first, if that is a
    candidate."""

    q: FloatArray
    wanted: int | None
    uniform: Uniform
    aside: float

    def dearest(self, expected: Expected) -> float:
        return _dearest(self._law(), expected.of_each())

    def draw(self) -> Pick:
        at = self.uniform.among(self.q, self.wanted)
        return Pick(at, float(self._law()[at]))

    def _law(self) -> FloatArray:
        if self.aside == 0.0 or self.wanted is None:
            return self.q
        law = self.q.copy()
        law[self.wanted] = max(0.0, law[self.wanted] - self.aside)
        return np.asarray(law / (1.0 - self.aside))


@dataclass(frozen=True, slots=True, eq=False)
class CloudDraw:
    """The cloud has drawn `wanted` with `p` (n,) and probability `drawn`; `uniform` decides whether it stands."""

    q: FloatArray
    p: FloatArray
    drawn: float
    wanted: int | None
    uniform: Uniform
    aside: float
    chance: Chance

    def dearest(self, expected: Expected) -> float:
        accepted, refused = self._accepted(), self._residual() * (1.0 - self._accepted())
        kept = math.log2(accepted / expected.of_kept()) if accepted > 0.0 else -math.inf
        return max(kept, _dearest(refused, expected.of_each()))

    def draw(self) -> Pick:
        accepted = self._accepted()
        if self.wanted is not None and self.uniform.below(self._stands()):
            return Pick(self.wanted, accepted, "accepted")
        residual = self._residual()
        at = self.chance.uniform().among(residual)
        return Pick(at, (1.0 - accepted) * float(residual[at]), "refused")

    def _stands(self) -> float:
        return 0.0 if self.wanted is None else min(1.0, float(self.q[self.wanted]) / self.drawn)

    def _accepted(self) -> float:
        return max(0.0, self._stands() - self.aside) / (1.0 - self.aside)

    def _residual(self) -> FloatArray:
        residual = np.maximum(self.q - self.p, 0.0)
        if not residual.any():  # q and p are one up to rounding
            residual = self.q
        return np.asarray(residual / residual.sum())


def reference_of(pick: Pick, expected: Expected) -> float:
    """How probable the pick was to the public."""
    return expected.of_kept() if pick.outcome is None else expected.of(pick.at)


def lottery_of(
    q: FloatArray,
    position: CloudPosition,
    opinions: Opinions,
    policy: Policy,
    chance: Chance,
    uniform: Uniform,
    aside: float,
) -> Lottery:
    """The one that the policy wants, over the candidates of `opinions`. Greedy ones draw nothing."""
    wanted = opinions.index(position.token)
    if policy.greedy:
        return Likeliest(q)
    if not policy.fast:
        return OwnDraw(q, wanted, uniform, aside)
    p = np.zeros_like(q)
    for token, mass in zip(position.top_ids, drawing_law(position, policy), strict=True):
        at = opinions.index(int(token))
        if at is not None:
            p[at] = mass
    return CloudDraw(q, p, drawn_from(position, policy), wanted, uniform, aside, chance)


def drawing_law(position: CloudPosition, policy: Policy) -> FloatArray:
    """What the cloud drew from, over the alternatives it told, shape (K,); see `types.Draws`."""
    return softmax(position.top_logprobs / policy.temperature)


def drawn_from(position: CloudPosition, policy: Policy) -> float:
    """The probability with which the cloud drew its token."""
    (listed,) = np.nonzero(position.top_ids == position.token)
    if not listed.size:
        raise BugError("The cloud drew a token that is not among its alternatives; please report this.")
    return float(drawing_law(position, policy)[listed[0]])


def _dearest(law: FloatArray, reference: FloatArray) -> float:
    (possible,) = np.nonzero(law)
    return float(np.log2(law[possible] / reference[possible]).max(initial=-math.inf))
