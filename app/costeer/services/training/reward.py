"""Training a reward adapter for the local model, and finding out whether it is any better than the one before.

What counts is what llama.cpp computes of the exported adapter, over pairs whose questions it has not been trained
on: in how many of them the summed log-ratio of the better answer is the larger one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.learning.messages import DpoSettings, Example, average
from costeer.local.process import ModelProcess
from costeer.personalization.principles import under_principle
from costeer.privacy.sealable_file import SealableFile
from costeer.services.training.adapters import Adapter
from costeer.services.training.ground import Ground
from costeer.services.training.material import PreferencePair

FEWEST_PAIRS = 20
HELD_OUT_SHARE = 0.15
BY_CHANCE = 0.5

_EVALUATING = Translatable("Trying the adapter on pairs that it has not seen")
_READING = Translatable("The local model reads the pairs")


@dataclass(frozen=True, slots=True)
class RewardFigures:
    """Shares of held-out pairs in which the better answer has the larger reward; NaN where there are none.
    `new_principles` is over pairs of principles that were never trained."""

    accuracy: float
    new_principles: float
    pairs: int


@dataclass(frozen=True, slots=True)
class TrainedReward:
    """`before` are the figures of the adapter that was in use, None where there was none: then half of the pairs
    are right by chance. `accepted`: the new one is in use now."""

    adapter: Adapter
    before: RewardFigures | None
    after: RewardFigures
    accepted: bool
    seconds: float
    memory: int
    losses: tuple[float, ...]


def examples_of(
    model: ModelProcess, pairs: Sequence[PreferencePair], progress: ProgressCallback, cancel: CancelToken
) -> list[Example]:
    """As token ids of the local model: the question under its principle in the model's own template, and behind it
    either answer, with the end token where it was written to its end."""
    end = min(model.describe().end_tokens, default=None)
    examples = []
    for at, pair in enumerate(pairs):
        cancel.raise_if_cancelled()
        asked = under_principle(pair.question, pair.principle)
        prompt = model.tokenize(model.render([{"role": "user", "content": asked}], cancel))
        answers = [
            (*model.tokenize(text, False), *((end,) if whole and end is not None else ()))
            for text, whole in zip((pair.chosen, pair.rejected), pair.whole, strict=True)
        ]
        examples.append(Example(tuple(prompt), answers[0], answers[1]))
        progress(Progress(_READING, at + 1, len(pairs)))
    return examples


def open_reward(
    model: ModelProcess, adapter: SealableFile, prompt: Sequence[int], cancel: CancelToken
) -> Callable[[Sequence[int]], float]:
    """What gives `sum_t log pi(a_t) - log ref(a_t)` of an answer to `prompt`, in nats, as steering computes it."""
    session = model.open(prompt, prompt, adapters=(adapter,), cancel=cancel)

    def reward(answer: Sequence[int]) -> float:
        adapted, reference = session.log_likelihoods(answer)
        return float(adapted - reference)

    return reward


class RewardTraining:
    """One training, used once; `new` are the axes that are never trained."""

    def __init__(self, ground: Ground, new: frozenset[str], settings: DpoSettings) -> None:
        self._ground = ground
        self._new = new
        self._settings = settings

    def run(self, training: Sequence[PreferencePair], held_out: Sequence[PreferencePair]) -> TrainedReward:
        """Train, try, and use the adapter if it is better.

        Raises BadInput where there is too little to learn from, KnownError, Cancelled.
        """
        if len(training) < FEWEST_PAIRS or not held_out:
            raise BadInput(
                "There are {count} pairs to learn from and {least} are needed; have more answers written.",
                count=len(training),
                least=FEWEST_PAIRS,
            )
        with self._ground.shelf.alone("reward"):
            return self._run(training, held_out)

    def _run(self, training: Sequence[PreferencePair], held_out: Sequence[PreferencePair]) -> TrainedReward:
        ground, shelf, model_file = self._ground, self._ground.shelf, self._ground.model_file
        examples = examples_of(ground.model, training, ground.progress, ground.cancel)
        tried = examples_of(ground.model, held_out, ground.progress, ground.cancel)
        version, file = shelf.room_for("reward", model_file)
        trained = ground.train("reward", examples, self._settings, file, _READING)
        used = shelf.in_use("reward", model_file)
        before = self._figures(used.file, held_out, tried) if used else None
        after = self._figures(file, held_out, tried)
        told = {"accuracy": after.accuracy, "new_principles": after.new_principles}
        known = {name: value for name, value in told.items() if not math.isnan(value)}
        adapter = shelf.add("reward", model_file, version, known)
        shelf.end_training("reward", model_file)
        accepted = after.accuracy > (before.accuracy if before else BY_CHANCE)
        if accepted:
            shelf.use("reward", model_file, version)
        return TrainedReward(adapter, before, after, accepted, trained.seconds, trained.memory, trained.losses)

    def _figures(
        self, adapter: SealableFile, pairs: Sequence[PreferencePair], examples: Sequence[Example]
    ) -> RewardFigures:
        hits: dict[bool, list[float]] = {False: [], True: []}
        for at, (pair, example) in enumerate(zip(pairs, examples, strict=True)):
            room = max(1, self._settings.most_tokens - len(example.prompt))
            reward = open_reward(self._ground.model, adapter, example.prompt, self._ground.cancel)
            chosen, rejected = (reward(one[:room]) for one in (example.chosen, example.rejected))
            hits[pair.axis in self._new].append(1.0 if chosen > rejected else 0.5 if chosen == rejected else 0.0)
            self._ground.progress(Progress(_EVALUATING, at + 1, len(pairs)))
        known, unknown = (average(some) if some else math.nan for some in (hits[False], hits[True]))
        return RewardFigures(known, unknown, len(pairs))
