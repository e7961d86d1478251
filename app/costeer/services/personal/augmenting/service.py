"""More texts like the user's: what would be sent, having them written, and keeping those that are worth it.

What has been written is kept as "proposed" until it has been sifted, so that what was paid for is there when the
work was stopped; the next time it goes on with topics that have not been written about.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.learning.extra import SIEVE, check_installed
from costeer.local.process import ModelProcess
from costeer.services.chat import ChatService
from costeer.services.costs import CostService
from costeer.services.disclosure.placeholders import Replacements, forms_in
from costeer.services.disclosure.service import DisclosureService, Outgoing
from costeer.services.endpoints import EndpointService
from costeer.services.local_model import LocalModelService
from costeer.services.personal.asking import PersonalPrompts
from costeer.services.personal.augmenting.gates import Bits, Sifted, sift
from costeer.services.personal.augmenting.material import read_augmentation
from costeer.services.personal.augmenting.plan import AugmentationPlan, Augmented, Preview, Sample
from costeer.services.personal.augmenting.writing import (
    LEAST_TEXT_TOKENS,
    TASK_TOKENS,
    TEXT_TOKENS_FACTOR,
    Writer,
    topics_of,
)
from costeer.services.personal.service import PersonalService
from costeer.services.personal.training import split
from costeer.services.profile import ProfileService
from costeer.storage.records import Writing

_TOKENS_PER_WORD = 1.5
_ROUND_TRIPS = 3.5
"""Of an answer that is steered: how often, with a margin, its prompt is sent again."""

_WRITING = Translatable("The cloud writes texts like yours")
_SIFTING = Translatable("The local model reads what was written")


class AugmentationService:
    """Any thread; one run at a time is the callers' business."""

    def __init__(
        self,
        personal: PersonalService,
        chat: ChatService,
        costs: CostService,
        disclosures: DisclosureService,
        profile: ProfileService,
        models: LocalModelService,
        endpoints: EndpointService,
    ) -> None:
        self._personal = personal
        self._chat = chat
        self._costs = costs
        self._disclosures = disclosures
        self._profile = profile
        self._models = models
        self._endpoints = endpoints
        self._material = read_augmentation()

    def preview(self, plan: AugmentationPlan) -> Preview:
        """What would be sent. Nothing is. Raises BadInput, also where the user has too few texts, where a bound on
        money has no prices, and where all topics have been written about."""
        plan.check()
        self._check_money(plan)
        own = self._shown()
        topics = topics_of(self._material, plan, self._done())
        if not topics and not self._proposed():
            raise BadInput(
                "Texts about all topics have been written; forget some that were made for training to have more."
            )
        requests = tuple(self._material.for_tasks(one, plan.tasks_at_once) for one in topics)
        samples = self._redacted(own) if plan.way == "samples" else ()
        sent, written = self._at_most(plan, own, samples)
        cloud = self._endpoints.title
        prices = self._costs.prices(cloud)
        money = 0.0 if prices is None else (sent * prices.price_input + written * prices.price_output) / 1e6
        bounds = ((plan.most_tokens, sent + written), (plan.most_money, money))
        part = min((bound / whole for bound, whole in bounds if 0 < bound < whole), default=1.0)
        currency = "" if prices is None else prices.currency
        tokens = round(part * (sent + written))
        return Preview(requests, samples, tokens, None if prices is None else part * money, currency, cloud)

    def run(
        self,
        plan: AugmentationPlan,
        approved: Sequence[Sample],
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Augmented:
        """Have texts written and keep those that pass the gates; from then on they are learnt from. `approved` are
        the samples of the preview that the user lets be sent; the private way needs none.

        Raises BadInput, EndpointError and other KnownErrors, Cancelled; what was written by then is kept, and the
        next run goes on.
        """
        plan.check()
        check_installed(SIEVE)
        self._check_money(plan)
        with self._personal.augmenting_alone():
            return self._run(plan, approved, progress, cancel)

    def _run(
        self,
        plan: AugmentationPlan,
        approved: Sequence[Sample],
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Augmented:
        started = time.monotonic()
        own = self._shown()
        model = self._models.ready(cancel=cancel)
        longest = self._longest(model, own)
        writer = Writer(
            self._chat,
            self._costs,
            self._material,
            plan,
            self._shown,
            self._learnt_from,
            approved,
            longest,
            cancel,
        )
        written = unfinished = 0

        def tell() -> None:
            nonlocal written
            written += 1
            progress(Progress(_WRITING, written, plan.texts))

        progress(Progress(_WRITING, 0, plan.texts))
        for one in writer.texts(self._done(), tell):
            if one.text:
                self._personal.keep([one], "proposed")
            else:
                unfinished += 1
        sifted = self._sift(plan, model, progress, cancel)
        return Augmented(
            written=written,
            kept=len(sifted.kept),
            unfinished=unfinished,
            fell=sifted.fell,
            spent=writer.purse.spent,
            budget_used_up=writer.purse.empty and written < plan.texts,
            seconds=time.monotonic() - started,
        )

    def _check_money(self, plan: AugmentationPlan) -> None:
        """Raises BadInput where a bound on money would bound nothing."""
        cloud = self._endpoints.title
        if plan.most_money and self._costs.prices(cloud) is None:
            raise BadInput(
                "Money is bounded, but no prices of {cloud} are entered; enter them, or bound the tokens instead.",
                cloud=cloud,
            )

    def _shown(self) -> list[Writing]:
        """Those of the user's own that are trained on; what is held out to try an adapter on stays unseen."""
        training, _ = split([one.writing for one in self._personal.all() if one.state == "used"])
        return [one for one in training if one.source != "synthetic"]

    def _learnt_from(self) -> frozenset[str]:
        """What the personal model in use knows."""
        adapter = self._personal.adapter()
        return frozenset() if adapter is None else adapter.learnt_from

    def _done(self) -> set[str]:
        """Topics that there are texts about, and those that the user does not want to be sent."""
        written = {one.writing.name for one in self._personal.all() if one.writing.source == "synthetic"}
        return written | {one for one in self._material.topics if self._is_private(one)}

    def _is_private(self, text: str) -> bool:
        """As the guards see it, whose placeholders have been filled in by now."""
        guards = self._disclosures
        return bool(guards.texts().places_in(text) or guards.nameable([text])) or any(forms_in(text))

    def _proposed(self) -> list[Writing]:
        """What has not been sifted yet."""
        return [one.writing for one in self._personal.all() if one.state == "proposed"]

    def _redacted(self, own: Sequence[Writing]) -> tuple[Sample, ...]:
        """With placeholders for all that is private: as the guards would have it, in one numbering for all."""
        conversation = self._chat.create(temporary=True)
        try:
            outgoing = [Outgoing(one.text, own=True) for one in own]
            found = self._disclosures.undecided(conversation.id, outgoing)
            decided = self._disclosures.replacements(conversation.id)
            stand_ins = Replacements({**decided.by_text, **{one.text: one.instead for one in found}})
        finally:
            self._chat.purge(conversation.id)
        samples = []
        for one in own:
            sent = stand_ins.replaced(one.text)
            used = set(forms_in(sent)) - set(forms_in(one.text))
            replaced = tuple((form, text) for form, text in stand_ins.fills.items() if form in used)
            samples.append(Sample(one.id, sent, replaced))
        return tuple(samples)

    def _at_most(
        self, plan: AugmentationPlan, own: Sequence[Writing], samples: Sequence[Sample]
    ) -> tuple[int, int]:
        """Tokens sent and written, by a rule of thumb."""
        lists = math.ceil(plan.texts / plan.tasks_at_once)
        text = int(TEXT_TOKENS_FACTOR * _TOKENS_PER_WORD * max(len(one.text.split()) for one in own))
        before = int(_TOKENS_PER_WORD * max((len(one.sent.split()) for one in samples), default=0)) * plan.shown
        again = 1.0 if plan.way == "samples" else _ROUND_TRIPS * text / 8
        written = lists * TASK_TOKENS * plan.tasks_at_once + int(plan.texts * text * 1.5)
        sent = lists * 2 * TASK_TOKENS + int(plan.texts * (TASK_TOKENS + before + text / 2) * again)
        return sent, written

    def _longest(self, model: ModelProcess, own: Sequence[Writing]) -> int:
        longest = max(len(model.tokenize(one.text, False)) for one in own)
        return max(LEAST_TEXT_TOKENS, int(TEXT_TOKENS_FACTOR * longest))

    def _sift(
        self,
        plan: AugmentationPlan,
        model: ModelProcess,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Sifted:
        """What was proposed is learnt from, or left out: then it is still there for the user to say otherwise."""
        own = self._shown()  # as it is now: something may have been forgotten since
        proposed = self._proposed()
        with PersonalPrompts(model, self._profile.current(), own) as prompts:
            sifted = sift(
                proposed,
                own,
                is_private=self._is_private,
                bits=bits_behind(prompts, model, len(proposed) + len(own), progress, cancel),
                most=plan.texts,
            )
        kept = {one.id for one in sifted.kept}
        self._personal.use(kept, used=True)
        self._personal.use([one.id for one in proposed if one.id not in kept], used=False)
        return sifted


def bits_behind(
    prompts: PersonalPrompts, model: ModelProcess, total: int, progress: ProgressCallback, cancel: CancelToken
) -> Bits:
    """How many bits a token of a text takes the local model that is shown what the user wrote."""
    read: dict[str, float] = {}

    def bits(one: Writing) -> float:
        if one.id not in read:
            tokens = model.tokenize(one.text, False)
            session = model.open(prompts.tokens(one.prompt, cancel, one), cancel=cancel)
            read[one.id] = -float(session.log_likelihoods(tokens)[0]) / math.log(2.0) / len(tokens)
            progress(Progress(_SIFTING, len(read), total))
        return read[one.id]

    return bits
