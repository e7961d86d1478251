"""Preference pairs that need nobody's data: a cloud answers common questions under opposite principles.

Under the principle "concise" the answer that was written so is better than the one that was written to be
detailed, and the other way round. So each question gives two pairs for each axis. The questions, the axes and the
words in which the cloud is asked are in `resources/training.toml`.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from costeer.foundation.paths import shipped
from costeer.services.training.writing import WrittenAnswer

_FEWEST_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Axis:
    """Two opposite principles. One that is `held_out` is never trained on."""

    id: str
    principles: tuple[str, str]
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """`tell` is how a cloud is asked, with "{principle}" in it."""

    tell: str
    axes: tuple[Axis, ...]
    questions: tuple[str, ...]

    def under(self, principle: str, question: str) -> str:
        """As a cloud is asked."""
        return f"{self.tell.format(principle=principle)}\n\n{question}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer that is to be written."""

    axis: str
    principle: str
    question: str

    @property
    def key(self) -> str:
        return f"{self.axis}|{self.principle}|{self.question}"


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """To `question`, under `principle`, `chosen` is the better of two answers. `whole` says of each whether it was
    written to its end."""

    axis: str
    principle: str
    question: str
    chosen: str
    rejected: str
    whole: tuple[bool, bool] = (True, True)


def read_material() -> Material:
    """What ships with the application."""
    found = tomllib.loads(shipped("resources", "training.toml").read_text(encoding="utf-8"))
    axes = tuple(
        Axis(one["id"], (one["principles"][0], one["principles"][1]), bool(one.get("held_out", False)))
        for one in found["axis"]
    )
    return Material(str(found["tell"]), axes, tuple(found["questions"]))


def wanted_answers(axes: Iterable[Axis], questions: Sequence[str], per_axis: int, seed: int) -> list[Wanted]:
    """Of each axis `per_axis` questions under both principles, taking turns, so that a part of them is a fair
    part. With more of them, these are the first ones."""
    axes = list(axes)
    mixed = {one.id: random.Random(f"{seed} {one.id}").sample(questions, len(questions)) for one in axes}
    return [
        Wanted(axis.id, principle, mixed[axis.id][turn])
        for turn in range(min(per_axis, len(questions)))
        for axis in axes
        for principle in axis.principles
    ]


def pairs_of(axes: Iterable[Axis], written: Mapping[Wanted, WrittenAnswer]) -> list[PreferencePair]:
    """Two for each question that was answered under both principles, in other words, not in a word or two."""
    pairs = []
    for axis in axes:
        for question in sorted({one.question for one in written if one.axis == axis.id}):
            both = [written.get(Wanted(axis.id, one, question)) for one in axis.principles]
            (first, second) = both
            if first is None or second is None or first.text == second.text:
                continue
            if min(len(first.text), len(second.text)) < _FEWEST_CHARACTERS:
                continue
            for principle, better, worse in (
                (axis.principles[0], first, second),
                (axis.principles[1], second, first),
            ):
                whole = better.whole, worse.whole
                pairs.append(PreferencePair(axis.id, principle, question, better.text, worse.text, whole))
    return pairs


def split(pairs: Sequence[PreferencePair], share: float) -> tuple[list[PreferencePair], list[PreferencePair]]:
    """For training, and held out: about `share` of the questions, with all their pairs. A question stays on its
    side, whatever else is asked."""
    chance = {one.question: random.Random(f"held out {one.question}").random() for one in pairs}
    held_out = [one for one in pairs if chance[one.question] < share]
    return [one for one in pairs if chance[one.question] >= share], held_out


def some_of(pairs: Sequence[PreferencePair], most: int) -> list[PreferencePair]:
    """At most so many, of all axes alike; the same ones at every call."""
    order = list(pairs)
    random.Random("some of them").shuffle(order)
    return order[:most]
