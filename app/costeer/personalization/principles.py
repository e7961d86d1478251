"""Preferences that can be steered by, and how they are said to the local model.

A preference is a dimension with a weight. The local model is shown the conversation under the dimension's
principle, in PAD's words (arXiv 2410.04070, its released prompt), once with the reward adapter and once without;
the cloud never is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from costeer.foundation.errors import BadInput

MOST_ACTIVE = 3
"""Each takes two more branches of the local model."""

HEAVIEST = 2.0
"""Of a weight; the paper's own are 0.3 to 1.5."""

DEFAULT_WEIGHT = 0.5
"""Of a preference that is wanted, and nobody says how much: it moves what it is to move, and the cloud still finds
the answer likely (docs/preferences.md)."""

_LONGEST_PRINCIPLE = 80
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """`id` is what settings and records keep; `principle` completes "Your answer should be as … as possible."."""

    id: str
    principle: str


DIMENSIONS = (
    Dimension("concise", "concise"),
    Dimension("detailed", "detailed"),
    Dimension("expert", "expert"),
    Dimension("plain", "plain"),
    Dimension("creative", "creative"),
    Dimension("uplifting", "uplifting"),
    Dimension("humorous", "humorous"),
    Dimension("careful", "careful"),
)
"""Those that everybody has."""


def own_dimension(identity: str, words: str) -> Dimension:
    """One of the user's own, in free words. Raises BadInput."""
    principle = " ".join(words.split())
    if not _ID.fullmatch(identity) or identity in {one.id for one in DIMENSIONS}:
        raise BadInput("A preference cannot be called {name!r}; choose another name.", name=identity)
    if not 0 < len(principle) <= _LONGEST_PRINCIPLE:
        raise BadInput(
            "A preference is said in 1 to {most} characters, not {count}; say it in other words.",
            most=_LONGEST_PRINCIPLE,
            count=len(principle),
        )
    return Dimension(identity, principle)


def active(weights: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """The ids and weights that count: the heaviest MOST_ACTIVE, in the order of their ids so that the same weights
    always make the same branches. Raises BadInput for a weight out of bounds."""
    for name, weight in weights.items():
        if not 0.0 <= weight <= HEAVIEST:
            raise BadInput(
                "The weight {weight} of {name} is outside 0.0 to {most}; choose one inside.",
                weight=weight,
                name=name,
                most=HEAVIEST,
            )
    heaviest = sorted(weights.items(), key=lambda one: (-one[1], one[0]))[:MOST_ACTIVE]
    return tuple(sorted((name, weight) for name, weight in heaviest if weight > 0.0))


def under_principle(question: str, principle: str) -> str:
    """`question` as the reward's two branches are shown it."""
    return (
        "[Guidelines] Your task is to generate response by considering the following principle. "
        f"[Principles] {principle} [Instruction] {question}"
    )
