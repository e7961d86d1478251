"""Has a cloud write texts like the user's. Each is an answer like any other: steered, guarded, metered and
recorded, in the ledger as made for the purpose "augmentation".

Two ways. *Private*: the cloud gets a task that it wrote itself, and the answer is steered by what the local model
is shown of the user's; only final tokens leave. *Samples*: some of the user's texts, redacted and approved, stand
before the task, and the answer is the cloud's own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, BugError, KnownError
from costeer.foundation.translatable import Translatable
from costeer.personalization.profile import Profile
from costeer.services.answers.task import is_told
from costeer.services.chat import ChatService
from costeer.services.costs import CostService
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from costeer.services.personal.augmenting.material import AugmentationMaterial, tasks_in
from costeer.services.personal.augmenting.plan import AugmentationPlan, Sample, Spent
from costeer.storage.nearest import Nearest
from costeer.storage.records import Writing

TASK_TOKENS = 40
"""Of one task in a list, at most."""

TEXT_TOKENS_FACTOR, LEAST_TEXT_TOKENS = 1.5, 48
"""A text may be so much longer than the longest of the user's."""

_TEMPERATURE, _TOP_P = 0.7, 0.95
"""Of the cloud's own texts, so that those of one topic differ; steered ones are greedy, as a draw of both models
together soon loses the thread."""

_NO_CLOUD = Translatable("The cloud cannot be reached, so no texts are written; try again later.")


@dataclass(slots=True)
class Purse:
    """What has been spent of what may be. What an answer takes is known when it is there: `dearest` is the most
    that one has taken, and where so much is not left, no other is begun."""

    plan: AugmentationPlan
    spent: Spent = field(default_factory=Spent)
    dearest: Spent = field(default_factory=Spent)

    @property
    def empty(self) -> bool:
        tokens = self.spent.tokens + self.dearest.tokens
        money = (self.spent.money or 0.0) + (self.dearest.money or 0.0)
        return 0 < self.plan.most_tokens < tokens or 0.0 < self.plan.most_money < money

    def pay(self, tokens: int, money: float | None, currency: str, leak_bits: float = 0.0) -> None:
        self.dearest = Spent(max(tokens, self.dearest.tokens), max(money or 0.0, self.dearest.money or 0.0))
        before = self.spent.money
        total = before if money is None else (before or 0.0) + money
        spent = self.spent
        self.spent = Spent(spent.tokens + tokens, total, currency or spent.currency, spent.leak_bits + leak_bits)


class Writer:
    """Used on one worker thread. `own` tells the user's texts that may be shown now, `learnt_from` the ids of
    those that the personal model knows; `samples` are those, redacted, that may be sent, as long as they are among
    the first. `longest` is the most tokens of one text."""

    def __init__(
        self,
        chat: ChatService,
        costs: CostService,
        material: AugmentationMaterial,
        plan: AugmentationPlan,
        own: Callable[[], Sequence[Writing]],
        learnt_from: Callable[[], Collection[str]],
        samples: Sequence[Sample],
        longest: int,
        cancel: CancelToken,
    ) -> None:
        self._chat = chat
        self._costs = costs
        self._material = material
        self._plan = plan
        self._own = own
        self._learnt_from = learnt_from
        self._samples = list(samples)
        self._longest = longest
        self._cancel = cancel
        self.purse = Purse(plan)

    def texts(self, done: Collection[str], tell: Callable[[], None]) -> Iterator[Writing]:
        """New ones, about topics that are not in `done`, until there are enough or the purse is empty; `tell` is
        called after each. Raises KnownError, Cancelled."""
        left = self._plan.texts
        if self._plan.way == "samples":
            self._sendable()  # before anything is paid for
        for topic in topics_of(self._material, self._plan, done):
            for task in self._tasks(topic):
                if left <= 0 or self.purse.empty:
                    return
                text, made_from = self._text(task)
                left -= 1
                tell()
                yield Writing("synthetic", task, text, topic, tuple(sorted(made_from)))

    def _tasks(self, topic: str) -> list[str]:
        if self.purse.empty:
            return []
        count = self._plan.tasks_at_once
        asked = self._material.for_tasks(topic, count)
        plain = AskOptions(
            enabled=False,
            max_tokens=TASK_TOKENS * count,
            profile=Profile(),
            when_found="refuse",
            purpose="augmentation",
        )
        return tasks_in(self._answer(asked, plain), count) or [self._material.task.format(topic=topic)]

    def _text(self, task: str) -> tuple[str, set[str]]:
        """And the ids of the user's texts that it was made from."""
        chance = random.Random(task)
        options = AskOptions(
            temperature=_TEMPERATURE,
            top_p=_TOP_P,
            seed=chance.randrange(2**31),
            seed_is_secret=True,
            max_tokens=self._longest,
            profile=Profile(),
            when_found="replace",
            purpose="augmentation",
            enabled=False,
        )
        if self._plan.way == "private":
            own = self._shown(task, chance)
            steered = dataclasses.replace(
                options,
                enabled=True,
                temperature=0.0,
                strength=self._plan.strength,
                mixture=self._plan.mixture,
                personal=1.0 if self._plan.personal else 0.0,
                personal_context=True,
                profile=Profile((("style", self._material.style),)),
                shown=tuple(one.text for one in own),
            )
            learnt_from = self._learnt_from() if self._plan.personal else ()
            return self._answer(task, steered), {*learnt_from, *(one.id for one in own)}
        samples = self._sendable()
        some = chance.sample(samples, min(self._plan.shown, len(samples)))
        asked = self._material.behind_samples([one.sent for one in some], task)
        return self._answer(asked, options), {one.id for one in some}

    def _shown(self, task: str, chance: random.Random) -> list[Writing]:
        """What resembles the task, and others up to the number that is shown."""
        own = self._own()
        with contextlib.closing(Nearest([f"{one.prompt}\n{one.text}" for one in own])) as nearest:
            near = nearest.to(task, self._plan.shown)
        others = [at for at in range(len(own)) if at not in near]
        more = chance.sample(others, min(len(others), self._plan.shown - len(near)))
        return [own[at] for at in (*near, *more)]

    def _sendable(self) -> list[Sample]:
        """What was approved and has not been forgotten or left out since. Raises BadInput where that is none."""
        own = {one.id for one in self._own()}
        samples = [one for one in self._samples if one.id in own]
        if not samples:
            raise BadInput("There are no texts that may be sent; choose some, or the private way.")
        return samples

    def _answer(self, question: str, options: AskOptions) -> str:
        """In a temporary conversation, which is gone afterwards; empty where it did not come to its end. Raises
        KnownError, also where this computer would have had to answer alone."""
        conversation = self._chat.create(temporary=True)
        finished: AnswerFinished | None = None
        try:
            for event in self._chat.ask(conversation.id, question, options, self._cancel):
                if isinstance(event, AnswerFinished):
                    finished = event
            self._cancel.raise_if_cancelled()
            if finished is None:
                raise BugError("The answer ended without saying so; please report this.")
            if not is_told(finished.figures):
                raise KnownError(_NO_CLOUD)
            cost = self._costs.of_answer(finished.figures)
            tokens = cost.input_tokens + cost.output_tokens
            self.purse.pay(tokens, cost.money, cost.currency, finished.figures.leak_bits)
            whole = finished.figures.tokens < options.max_tokens
            return finished.answer.text.strip() if whole else ""
        finally:
            self._chat.purge(conversation.id)


def topics_of(material: AugmentationMaterial, plan: AugmentationPlan, done: Collection[str]) -> list[str]:
    """Those that are written about next: as many as are needed where a cloud gives fewer tasks than asked for."""
    return [one for one in material.topics if one not in done][: 2 * -(-plan.texts // plan.tasks_at_once)]
