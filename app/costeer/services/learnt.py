"""What has been learnt on this computer, for one answer: the reward of preferences, and the personal model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from costeer.foundation.translatable import Translatable
from costeer.services.answers.branches import Personal, Rewards
from costeer.services.options import AskOptions
from costeer.services.personal.service import PersonalService
from costeer.services.rewards import RewardService

_NO_PERSONAL = Translatable("There is no personal model for this local model yet; train one.")


@dataclass(frozen=True, slots=True)
class Learnt:
    """`missing` says what was wanted and is not there."""

    rewards: Rewards | None = None
    personal: Personal | None = None
    missing: tuple[Translatable, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What the user wrote that the local model is shown."""
        return self.personal.texts if self.personal else ()


class LearntService:
    """Any thread."""

    def __init__(self, rewards: RewardService, personal: PersonalService) -> None:
        self._rewards = rewards
        self._personal = personal

    def usable(self, options: AskOptions, question: str) -> tuple[AskOptions, Learnt]:
        """`options` with what can be done of it, and what that takes. An answer of this computer alone is the
        personal model's where there is one, also when it is written for want of a cloud."""
        options, rewards, no_rewards = self._rewards.usable(options)
        lent = options.profile is not None
        personal = None if lent else self._personal.for_answer(question)
        no_personal = options.personal_gain > 0.0 and personal is None
        if no_personal:
            options = dataclasses.replace(options, personal=0.0)
        missing = [*([no_rewards] if no_rewards else []), *([_NO_PERSONAL] if no_personal else [])]
        return options, Learnt(rewards, personal, tuple(missing))
