"""One training from nothing to an adapter in use: answers are written, pairs made of them, trained on, and tried.

Everything is kept as it comes, so a training that was stopped goes on where it was the next time it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import ProgressCallback
from costeer.foundation.ranges import check_ranges
from costeer.foundation.run_store import RunStore
from costeer.foundation.translatable import Translatable
from costeer.learning.extra import check_installed
from costeer.learning.messages import DpoSettings
from costeer.learning.process import Pause
from costeer.services.local_model import LocalModelService
from costeer.services.training.adapters import AdapterShelf
from costeer.services.training.ground import Ground
from costeer.services.training.material import (
    PreferencePair,
    pairs_of,
    read_material,
    some_of,
    split,
    wanted_answers,
)
from costeer.services.training.reward import HELD_OUT_SHARE, RewardTraining, TrainedReward
from costeer.services.training.writing import Connect, Manner, write_answers

MOST_TRIED = 100
"""Pairs of either kind, of trained principles and of new ones, that an adapter is tried on."""

_TEMPERATURE, _TOP_P = 0.7, 0.95
"""Of the answers that are written, so that not all begin alike."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Who writes: `name` says which model, `many` is open while it writes so many answers at a time."""

    name: Callable[[], str]
    connect: Connect
    many: Callable[[int], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class RewardPlan:
    """What is to be trained: `questions` are those asked for each axis, `at_once` answers written at a time."""

    questions: int = 30
    answer_tokens: int = 110
    at_once: int = 8
    dpo: DpoSettings = field(default_factory=DpoSettings)

    def check(self) -> None:
        """Raises BadInput, naming the value and its range."""
        check_ranges(
            (
                (Translatable("questions"), self.questions, 1, 10_000),
                (Translatable("answer tokens"), self.answer_tokens, 8, 1024),
                (Translatable("answers at once"), self.at_once, 1, 32),
                (Translatable("epochs"), self.dpo.epochs, 1, 20),
                (Translatable("rank"), self.dpo.lora.rank, 1, 128),
                (Translatable("learning rate"), self.dpo.learning_rate, 1e-7, 1e-1),
                (Translatable("beta"), self.dpo.beta, 1e-3, 10.0),
            )
        )


class TrainingService:
    """Any thread; one training at a time is the callers' business. `folder` keeps what was written."""

    def __init__(
        self,
        folder: Path,
        shelf: AdapterShelf,
        models: LocalModelService,
        cloud: Cloud,
        model_file: Callable[[], Path],
    ) -> None:
        self._folder = folder
        self._shelf = shelf
        self._models = models
        self._cloud = cloud
        self._model_file = model_file

    def pairs(self, plan: RewardPlan, progress: ProgressCallback, cancel: CancelToken) -> list[PreferencePair]:
        """Have the answers written that are not there yet. Raises KnownError, Cancelled."""
        plan.check()
        material = read_material()
        wanted = wanted_answers(material.axes, material.questions, plan.questions, seed=0)
        cloud = self._cloud.name()
        identity = {"cloud": cloud, "tell": material.tell, "answer tokens": plan.answer_tokens}
        folder = self._folder / _folder_name(cloud, plan.answer_tokens)
        with self._cloud.many(plan.at_once), RunStore.open(folder, identity) as store:
            asked = {one.key: material.under(one.principle, one.question) for one in wanted}
            manner = Manner(plan.answer_tokens, plan.at_once, _TEMPERATURE, _TOP_P, "training")
            written = write_answers(self._cloud.connect, asked, store, manner, progress=progress, cancel=cancel)
        return pairs_of(material.axes, {one: written[one.key] for one in wanted})

    def train_reward(
        self, plan: RewardPlan, progress: ProgressCallback, cancel: CancelToken, pause: Pause | None = None
    ) -> TrainedReward:
        """Raises KnownError where the extra `training` is missing, and as `pairs` and `RewardTraining.run`."""
        check_installed()
        pairs = self.pairs(plan, progress, cancel)
        new = frozenset(one.id for one in read_material().axes if one.held_out)
        known, held_out = split([one for one in pairs if one.axis not in new], HELD_OUT_SHARE)
        unknown = [one for one in pairs if one.axis in new]
        model = self._models.ready(cancel=cancel)
        training = RewardTraining(
            Ground(model, self._model_file(), self._shelf, progress, cancel, pause), new, plan.dpo
        )
        return training.run(known, [*some_of(held_out, MOST_TRIED), *some_of(unknown, MOST_TRIED)])


def _folder_name(cloud: str, tokens: int) -> str:
    kept = "".join(one if one.isalnum() or one in "-_." else "-" for one in cloud.rsplit("/", 1)[-1])
    return f"{kept[:80]}-{tokens}"
