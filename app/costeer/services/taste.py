"""Fitting the weights of preferences to the answers that the user chose. Nothing is sent.

Every choice between two answers counts (side by side, regenerated, edited). For each preference both answers are
read under its principle with the reward adapter and without; the differences of the sums are what
`personalization.taste` fits weights to. What has been read once is remembered as long as the application runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.personalization.principles import HEAVIEST, Dimension, under_principle
from costeer.personalization.taste import FEWEST_CHOICES, fit_taste, usual_size
from costeer.privacy.sealable_file import SealableFile
from costeer.services.answers.branches import render_local
from costeer.services.dimensions import DimensionService
from costeer.services.local_model import LocalModelService
from costeer.services.preferences import PreferenceService
from costeer.services.rewards import RewardService
from costeer.services.training.adapters import Adapter
from costeer.services.training.reward import open_reward

MOST_TOKENS = 256
"""Of an answer that are read; what is preferred shows early."""

_READING = Translatable("Reading the answers that you chose")


@dataclass(frozen=True, slots=True)
class Choice:
    """Of two answers to the last of `messages`, (role, text) each, the user took `chosen`."""

    messages: tuple[tuple[str, str], ...]
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class FittedWeight:
    """`weight` is for the slider; `fitted` and `deviation` are in units of usual differences of rewards."""

    dimension: Dimension
    weight: float
    fitted: float
    deviation: float


@dataclass(frozen=True, slots=True)
class FittedTaste:
    """`explained` is how many bits a choice would take to tell with these weights, where it takes 1 without; of
    the choices that they were fitted to, so it flatters."""

    weights: tuple[FittedWeight, ...]
    choices: int
    explained: float


class TasteService:
    """Any thread; one fit at a time is the callers' business."""

    def __init__(
        self,
        preferences: PreferenceService,
        models: LocalModelService,
        rewards: RewardService,
        dimensions: DimensionService,
    ) -> None:
        self._preferences = preferences
        self._models = models
        self._rewards = rewards
        self._dimensions = dimensions
        self._read: dict[tuple[SealableFile, datetime, Choice, Dimension], float] = {}

    def fit(self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None) -> FittedTaste:
        """Waits while an answer is being written. Raises BadInput where there are too few choices or no adapter,
        ModelError, LocalModelLost, Cancelled."""
        choices = self._choices()
        if len(choices) < FEWEST_CHOICES:
            raise BadInput(
                "You have chosen between answers {count} times and {least} are needed; compare some more.",
                count=len(choices),
                least=FEWEST_CHOICES,
            )
        adapter, dimensions = self._rewards.adapter(), self._dimensions.known()

        def read(model: ModelProcess, stop: CancelToken) -> list[list[float]]:
            found = []
            for at, choice in enumerate(choices):
                progress(Progress(_READING, at, len(choices)))
                found.append([self._difference(model, adapter, choice, one, stop) for one in dimensions])
            return found

        differences = np.array(self._models.in_spare_time(read, cancel, progress))
        taste = fit_taste(differences, usual_size(differences))
        told = taste.prefers(differences)
        weights = tuple(
            FittedWeight(one, min(HEAVIEST, max(0.0, float(fitted))), float(fitted), float(deviation))
            for one, fitted, deviation in zip(dimensions, taste.weights, taste.deviations, strict=True)
        )
        return FittedTaste(weights, len(choices), float(-np.log2(told).mean()))

    def _choices(self) -> list[Choice]:
        found = [
            Choice(tuple((one.role, one.text) for one in asked), chosen.text, rejected.text)
            for asked, chosen, rejected in self._preferences.pairs()
        ]
        return [one for one in found if one.chosen.strip() != one.rejected.strip()]

    def _difference(
        self, model: ModelProcess, adapter: Adapter, choice: Choice, dimension: Dimension, cancel: CancelToken
    ) -> float:
        """Of the summed rewards under the principle of a preference, in nats."""
        key = adapter.file, adapter.created, choice, dimension
        if key not in self._read:
            prompt = model.tokenize(render_local(model, _under(choice.messages, dimension), cancel))
            reward = open_reward(model, adapter.file, prompt, cancel)
            chosen, rejected = (
                reward(model.tokenize(text, False)[:MOST_TOKENS]) for text in (choice.chosen, choice.rejected)
            )
            self._read[key] = chosen - rejected
        return self._read[key]


def _under(messages: Sequence[tuple[str, str]], dimension: Dimension) -> list[dict[str, str]]:
    """The conversation, its question under the principle of a preference."""
    *before, (_, question) = messages
    asked = under_principle(question, dimension.principle)
    return [*({"role": role, "content": text} for role, text in before), {"role": "user", "content": asked}]
