"""What the public expects of a position: a law `r` over everything that the cloud may get to see there.

The bits that are counted are `log2(q / r)`, so any `r` is right as long as nothing private is in it, and the
better it foresees steering in general, the fewer bits are counted. It is made of what the cloud told, of the
local model *without* context, and of what has been decided before in this answer; never of the branch with
context, of the strength, or of which candidates come into question.

Several *experts* expect something each, and `r` is their mean, weighted by how well they have foreseen the
answer so far (a Bayesian mixture). With `t` for the alternatives that the cloud told, `p` for its completed
distribution, `lo` for the local model without context and `y` for the cloud's token:

- where this computer picks, a mixture of `t^(1/tau)`, `lo` and `p`. For a greedy choice that is what comes of
  adding something unknown to every logarithm; `tau` is how much. For a draw `tau` is the temperature.
- where the cloud draws, it is refused with probability `a (1 - p(y))`; then comes a mixture of `lo` and `p`
  without `y`.

Each expert leaves something for every token (`_FLOOR`), so that no decision costs infinitely many bits. The
numbers are the best for real answers of two pairs of models (docs/leak-meter.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costeer.steering.distributions import softmax, top_p
from costeer.steering.policy import WITHOUT_CONTEXT, Policy
from costeer.steering.types import CloudPosition, FloatArray, Opinions

_FLOOR = 0.004
"""Of each expert's mass, evenly over the vocabulary."""

_GREEDY_TAUS = (0.2, 0.45, 0.9)
_GREEDY_SHARES = ((0.02, 0.02), (0.15, 0.1))
_DRAWN_SHARES = ((0.05, 0.1), (0.2, 0.2), (0.1, 0.4))
"""Of `lo` and `p`."""

_REFUSALS = (0.1, 0.2, 0.4, 0.8)
_LEAST_REFUSED, _MOST_REFUSED = 0.002, 0.95
_LEAST_LEFT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Of one position, by each of `E` experts: `kept` (E,) that the cloud's draw is accepted, and `shares` (E,
    J), how much it gives to each of `J` laws, whose values for the `n` candidates are `laws` (J, n). `weights`
    (E,)."""

    weights: FloatArray
    kept: FloatArray
    shares: FloatArray
    laws: FloatArray

    def of_kept(self) -> float:
        """How probable it is that the cloud's draw is accepted. 0 where it does not draw."""
        return float(self.weights @ self.kept)

    def of_each(self) -> FloatArray:
        """How probable it is that a candidate is picked here, shape (n,)."""
        return np.asarray((self.weights @ self.shares) @ self.laws)

    def of(self, at: int) -> float:
        """`of_each()[at]`."""
        return float((self.weights @ self.shares) @ self.laws[:, at])

    def after(self, at: int | None) -> FloatArray:
        """The weights once it is known that candidate `at` was picked; None: the cloud's draw was accepted."""
        told = self.weights * (self.kept if at is None else self.shares @ self.laws[:, at])
        return np.asarray(told / told.sum())


class PublicReference:
    """Learns along one answer; one thread. `policy` says how tokens are picked, not how strongly they are steered;
    `size` is that of the vocabulary."""

    def __init__(self, policy: Policy, size: int) -> None:
        self._policy = policy
        self._size = size
        self._taus = _GREEDY_TAUS if policy.greedy else (policy.temperature,)
        if policy.fast:
            self._shares = np.array([[0.5, 0.5, 0.0]] * len(_REFUSALS))
        else:
            mixes = _GREEDY_SHARES if policy.greedy else _DRAWN_SHARES
            self._shares = _every(self._taus, mixes)
        self._shares = np.column_stack([(1.0 - _FLOOR) * self._shares[:, :-1], _FLOOR + self._shares[:, -1]])
        self._weights: FloatArray = np.full(len(self._shares), 1.0 / len(self._shares))

    def expected(self, position: CloudPosition, opinions: Opinions) -> Expected:
        """Before the decision. A candidate gets the same whichever others there are."""
        cloud, plain = np.exp(opinions.cloud), np.exp(opinions.branches[WITHOUT_CONTEXT])
        even = np.full(len(cloud), 1.0 / (self._size + len(position.top_ids)))
        if not self._policy.fast:
            told = [_placed(position, opinions, self._tempered(position, tau)) for tau in self._taus]
            return Expected(
                self._weights, np.zeros(len(self._shares)), self._shares, np.stack([plain, cloud, *told, even])
            )
        own = position.top_ids == position.token
        by_cloud = float(np.exp(position.top_logprobs[own]).sum() / max(1.0, np.exp(position.top_logprobs).sum()))
        by_plain = float(np.exp(opinions.told_plain[own]).sum())
        refused = np.clip(np.array(_REFUSALS) * (1.0 - by_cloud), _LEAST_REFUSED, _MOST_REFUSED)
        wanted = opinions.index(position.token)
        laws = np.stack([_others(plain, wanted, by_plain), _others(cloud, wanted, by_cloud), even])
        return Expected(self._weights, 1.0 - refused, refused[:, None] * self._shares, laws)

    def learn(self, expected: Expected, at: int | None) -> None:
        """After the decision: see `Expected.after`."""
        self._weights = expected.after(at)

    def _tempered(self, position: CloudPosition, tau: float) -> FloatArray:
        """Over the alternatives that the cloud told, (K,)."""
        if not len(position.top_ids):
            return position.top_logprobs
        law = softmax(position.top_logprobs / tau)
        return law if self._policy.greedy else top_p(law, self._policy.top_p)


def _every(taus: Sequence[float], mixes: Sequence[tuple[float, float]]) -> FloatArray:
    """An expert for each pair: what it gives to `lo`, `p`, each of the tempered laws and the even one, (E, J)."""
    return np.array(
        [
            [plain, cloud, *((1.0 - plain - cloud) * (one == tau) for one in taus), 0.0]
            for tau in taus
            for plain, cloud in mixes
        ]
    )


def _others(law: FloatArray, wanted: int | None, own: float) -> FloatArray:
    """`law` (n,) without the candidate `wanted`, to which it gives `own`."""
    rest = law / max(_LEAST_LEFT, 1.0 - own)
    if wanted is not None:
        rest[wanted] = 0.0
    return rest


def _placed(position: CloudPosition, opinions: Opinions, law: FloatArray) -> FloatArray:
    """A law over the alternatives that the cloud told, as one over the candidates (n,)."""
    placed = np.zeros(len(opinions.ids))
    places = np.minimum(np.searchsorted(opinions.ids, position.top_ids), len(opinions.ids) - 1)
    there = opinions.ids[places] == position.top_ids
    placed[places[there]] = law[there]
    return placed
