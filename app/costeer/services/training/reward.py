"""Training a reward adapter for the local model, and finding out whether it is any better than the one before.

What counts is what llama.cpp computes of the exported adapter, over pairs whose questions it has not been trained
on: in how many of them the summed log-ratio of the better answer is the larger one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import usable_cores
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.learning.messages import Advanced, DpoSettings, Example, Prepared, TrainingJob, average
from costeer.learning.process import Pause, train
from costeer.local.process import ModelProcess
from costeer.personalization.principles import under_principle
from costeer.privacy.sealable_file import SealableFile
from costeer.services.training.adapters import Adapter, AdapterShelf
from costeer.services.training.material import PreferencePair

FEWEST_PAIRS = 20
HELD_OUT_SHARE = 0.15
BY_CHANCE = 0.5
MOST_MEMORY = 4_000_000_000
"""Bytes that a training may take beyond what it begins with."""

_EVALUATING = Translatable("Trying the adapter on pairs that it has not seen")
_READING = Translatable("The local model reads the pairs")
_TRAINING = Translatable("Training")


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
    """One training of the local model `model`, which is the file `model_file`; used once, on a worker thread.

    `new` are the axes that are never trained. What a stopped training has computed is gone on from the next time.
    """

    def __init__(
        self,
        model: ModelProcess,
        model_file: Path,
        shelf: AdapterShelf,
        new: frozenset[str],
        settings: DpoSettings,
        *,
        progress: ProgressCallback,
        cancel: CancelToken,
        pause: Pause | None = None,
    ) -> None:
        self._model = model
        self._file = model_file
        self._shelf = shelf
        self._new = new
        self._settings = settings
        self._progress = progress
        self._cancel = cancel
        self._pause = pause

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
        with self._shelf.alone("reward"):
            return self._run(training, held_out)

    def _run(self, training: Sequence[PreferencePair], held_out: Sequence[PreferencePair]) -> TrainedReward:
        examples = examples_of(self._model, training, self._progress, self._cancel)
        tried = examples_of(self._model, held_out, self._progress, self._cancel)
        version, file = self._shelf.room_for("reward", self._file)
        trained = train(self._job(examples, file), self._tell, self._cancel, self._pause)
        used = self._shelf.in_use("reward", self._file)
        before = self._figures(used.file, held_out, tried) if used else None
        after = self._figures(file, held_out, tried)
        told = {"accuracy": after.accuracy, "new_principles": after.new_principles}
        known = {name: value for name, value in told.items() if not math.isnan(value)}
        adapter = self._shelf.add("reward", self._file, version, known)
        self._shelf.end_training("reward", self._file)
        accepted = after.accuracy > (before.accuracy if before else BY_CHANCE)
        if accepted:
            self._shelf.use("reward", self._file, version)
        return TrainedReward(adapter, before, after, accepted, trained.seconds, trained.memory, trained.losses)

    def _job(self, examples: Sequence[Example], to: SealableFile) -> TrainingJob:
        return TrainingJob(
            model_file=self._file,
            adapter=to,
            folder=self._shelf.working_folder("reward", self._file),
            examples=tuple(examples),
            settings=self._settings,
            threads=usable_cores(),
            most_memory=MOST_MEMORY,
        )

    def _tell(self, report: Prepared | Advanced) -> None:
        if isinstance(report, Prepared):
            self._progress(Progress(_READING, report.done, report.total))
        else:
            self._progress(Progress(_TRAINING, report.step, report.steps))

    def _figures(
        self, adapter: SealableFile, pairs: Sequence[PreferencePair], examples: Sequence[Example]
    ) -> RewardFigures:
        hits: dict[bool, list[float]] = {False: [], True: []}
        for at, (pair, example) in enumerate(zip(pairs, examples, strict=True)):
            room = max(1, self._settings.most_tokens - len(example.prompt))
            reward = open_reward(self._model, adapter, example.prompt, self._cancel)
            chosen, rejected = (reward(one[:room]) for one in (example.chosen, example.rejected))
            hits[pair.axis in self._new].append(1.0 if chosen > rejected else 0.5 if chosen == rejected else 0.0)
            self._progress(Progress(_EVALUATING, at + 1, len(pairs)))
        known, unknown = (average(some) if some else math.nan for some in (hits[False], hits[True]))
        return RewardFigures(known, unknown, len(pairs))
