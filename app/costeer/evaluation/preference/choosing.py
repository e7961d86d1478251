"""Simulated users: each has hidden weights and chooses between answers; the fitted weights foresee later choices.

What a user likes is judged by the cloud's own model (how much likelier an answer is where the preference is told);
what the weights are fitted to is the small reward. So the fit is never shown the users' own yardstick. Pure numpy.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costeer.evaluation.harness.intervals import Interval, mean_interval
from costeer.foundation.run_store import Json
from costeer.personalization.taste import fit_taste, usual_size
from costeer.steering.types import FloatArray

LIKED = 3
"""Preferences that a user has, of all; the others weigh nothing."""

_LIGHTEST, _HEAVIEST = 1.0, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Of two answers to one question, the first less the second: `liked` by the yardstick of the users, `rewards`
    by the small reward; both (n, D)."""

    liked: FloatArray
    rewards: FloatArray

    @classmethod
    def of(cls, liked: Sequence[FloatArray], rewards: Sequence[FloatArray]) -> Pairs:
        """Every two of the answers to each question; both sequences have (answers, D) for each question."""
        return cls(_differences(liked), _differences(rewards))

    def __len__(self) -> int:
        return len(self.liked)


def _differences(values: Sequence[FloatArray]) -> FloatArray:
    return np.array([one[a] - one[b] for one in values for a, b in itertools.combinations(range(len(one)), 2)])


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of choices that the weights were not fitted to: the bits that each takes to tell (1 by chance), and how
    often the likelier answer was the chosen one. `choices` is how many the weights were fitted to."""

    choices: int
    bits: Interval
    right: Interval

    def plain(self) -> Json:
        return {"choices": self.choices, "bits": self.bits.plain(), "right": self.right.plain()}


@dataclass(frozen=True, slots=True)
class Curve:
    """`points` begin with no choice, the prior. `knowing`: to somebody who has the hidden weights and the users'
    own yardstick; less is not possible, as users are not certain themselves. `gains` are by how many bits the
    prior is beaten."""

    users: int
    points: tuple[Foreseen, ...]
    gains: tuple[Interval, ...]
    knowing: Interval

    def plain(self) -> Json:
        return {
            "users": self.users,
            "points": [one.plain() for one in self.points],
            "better_than_prior_by": [one.plain() for one in self.gains],
            "knowing_everything": self.knowing.plain(),
        }


def simulate(pairs: Pairs, users: int, counts: Sequence[int], later: int, seed: int) -> Curve:
    """`users` users choose `max(counts) + later` times each; the last `later` choices are foreseen."""
    told: dict[int, list[tuple[float, float]]] = {count: [] for count in (0, *counts)}
    knowing: list[float] = []
    owners: list[int] = []
    size, scale = usual_size(pairs.liked), usual_size(pairs.rewards)
    for user in range(users):
        chance = random.Random(f"{seed} user {user}")
        weights = np.zeros(pairs.liked.shape[1])
        for at in chance.sample(range(len(weights)), min(LIKED, len(weights))):
            weights[at] = chance.uniform(_LIGHTEST, _HEAVIEST)
        shown = chance.sample(range(len(pairs)), max(counts) + later)
        likes = 1.0 / (1.0 + np.exp(-(pairs.liked[shown] / size) @ weights))
        first = np.array([chance.random() for _ in shown]) < likes
        signs = np.where(first, 1.0, -1.0)[:, None]
        chosen = pairs.rewards[shown] * signs
        for count, some in told.items():
            probabilities = fit_taste(chosen[:count], scale).prefers(chosen[-later:])
            some += [(-float(np.log2(one)), _right(float(one))) for one in probabilities]
        knowing += (-np.log2(np.where(first, likes, 1.0 - likes)[-later:])).tolist()
        owners += [user] * later
    prior = [bits for bits, _ in told[0]]
    points = [
        Foreseen(
            count,
            mean_interval([bits for bits, _ in some], owners),
            mean_interval([right for _, right in some], owners, share=True),
        )
        for count, some in told.items()
    ]
    gains = [
        mean_interval([before - bits for before, (bits, _) in zip(prior, told[count], strict=True)], owners)
        for count in counts
    ]
    return Curve(users, tuple(points), tuple(gains), mean_interval(knowing, owners))


def _right(probability: float) -> float:
    return 1.0 if probability > 0.5 else 0.5 if probability == 0.5 else 0.0
