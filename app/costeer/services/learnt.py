"""What has been learnt on this computer, for one answer: the reward of preferences, and the personal model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from costeer.foundation.translatable import Translatable
from costeer.services.answers.branches import Personal, Rewards
from costeer.services.options import AskOptions
from costeer.services.personal.service import PersonalService
from costeer.services.rewards import RewardService

_NO_PERSONAL = Translatable("There is no personal model for this local model yet; train one.")


@dataclass(frozen=True, slots=True)
class Learnt:
    """`beside_cloud` is the personal model where it is to steer; `alone` looks for it where this computer answers
    by itself, also for want of a cloud. `missing` says what was wanted and is not there."""

    alone: Callable[[], Personal | None]
    rewards: Rewards | None = None
    beside_cloud: Personal | None = None
    missing: tuple[Translatable, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What the user wrote that the local model is shown beside a cloud."""
        return self.beside_cloud.texts if self.beside_cloud else ()


class LearntService:
    """Any thread."""

    def __init__(self, rewards: RewardService, personal: PersonalService) -> None:
        self._rewards = rewards
        self._personal = personal

    def usable(self, options: AskOptions, question: str) -> tuple[AskOptions, Learnt]:
        """`options` with what can be done of it, and what that takes."""
        options, rewards, no_rewards = self._rewards.usable(options)
        missing = [no_rewards] if no_rewards else []
        lent = options.profile is not None  # then what this user wrote has no place in it, unless it is asked for

        def alone() -> Personal | None:
            return None if lent else self._personal.for_answer(question)

        beside_cloud = self._personal.for_answer(question, options.shown) if options.personal_gain else None
        if beside_cloud is not None and options.personal_context:
            beside_cloud = dataclasses.replace(beside_cloud, as_context=True)
        if options.personal_gain and beside_cloud is None:
            options = dataclasses.replace(options, personal=0.0)
            missing.append(_NO_PERSONAL)
        return options, Learnt(alone, rewards, beside_cloud, tuple(missing))
