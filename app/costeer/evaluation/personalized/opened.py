"""What both models say along a text that answers a case: the local branches, the cloud, and the cloud that is
shown the context. All of them run on this computer, so that every number can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from costeer.evaluation.cogenesis import Case
from costeer.evaluation.personalized.formulas import Views
from costeer.evaluation.personalized.told import likeliest
from costeer.foundation.cancel import CancelToken
from costeer.local.process import LocalSession, ModelProcess
from costeer.services.answers.branches import open_branches, render_local
from costeer.services.answers.prompts import ChatMessage
from costeer.services.answers.sketch import CONTRAST, with_sketch
from costeer.services.options import AskOptions
from costeer.steering.choice import Chooser
from costeer.steering.distributions import log_softmax
from costeer.steering.policy import Policy
from costeer.steering.types import CloudPosition, Float32Array, FloatArray
from costeer.steering.vocabulary import Vocabulary, check_same_vocabulary

_AT_ONCE = 8
"""Positions whose logits are held at a time."""


@dataclass(frozen=True, slots=True)
class Models:
    """`shown` is a second process with the cloud's file: so each keeps its own prompt in its cache."""

    local: ModelProcess
    cloud: ModelProcess
    shown: ModelProcess


@dataclass(frozen=True, slots=True)
class Written:
    """A greedy answer. `whole`: it came to its end. `changed` tokens are not the cloud's own, and so each of them
    cut a stream short."""

    text: str
    tokens: int
    whole: bool
    changed: int = 0
    leak_bits: float = 0.0


class OpenedCase:
    """One case; one thread. Raises VocabularyMismatch, PromptTooLong, ModelError, Cancelled."""

    def __init__(self, models: Models, case: Case, cancel: CancelToken, *, shown: bool) -> None:
        """`shown`: whether the cloud that is shown the context will be asked for."""
        messages: list[ChatMessage] = [{"role": "user", "content": case.prompt}]
        self._models, self._case, self._messages = models, case, messages
        text = render_local(models.cloud, messages, cancel)
        prompt = models.cloud.tokenize(text)
        names = (models.local.describe().name, models.cloud.describe().name)
        begin = check_same_vocabulary(models.local.tokenize(text), prompt, *names)
        branches = open_branches(models.local, messages, case.profile, case.history, cancel, begin)
        self._local: LocalSession = branches.session
        self._cloud: LocalSession = models.cloud.open(prompt, cancel=cancel)
        self._shown: LocalSession | None = None
        if shown:
            alone = open_branches(models.shown, messages, case.profile, case.history, cancel, alone=True)
            self._shown = alone.session
        info = models.local.describe()
        self.vocabulary = Vocabulary(info.token_bytes, info.end_tokens)
        self._size = min(info.n_vocab, models.cloud.describe().n_vocab)
        self._cancel = cancel

    def views(self, answer: Sequence[int]) -> Iterator[Views]:
        """Of each position of `answer`, which is forced on all of them."""
        for start in range(0, len(answer), _AT_ONCE):
            self._cancel.raise_if_cancelled()
            wanted = range(start, min(start + _AT_ONCE, len(answer)))
            forced = answer[: wanted[-1]]
            local = self._local.logits(forced, wanted)
            cloud = self._cloud.logits(forced, wanted)[:, 0]
            shown = [None] * len(wanted) if self._shown is None else self._shown.logits(forced, wanted)[:, 0]
            for (with_context, without), its, theirs in zip(local, cloud, shown, strict=True):
                yield Views(
                    cloud=self._logprobs(its),
                    local=self._logprobs(with_context),
                    plain=self._logprobs(without),
                    shown=None if theirs is None else self._logprobs(theirs),
                )

    def by_the_cloud(self, most: int) -> Written:
        """Its own answer."""
        return self._greedy(self._cloud, 0, most)

    def by_the_cloud_shown_all(self, most: int) -> Written:
        """Its own answer where it is shown the context."""
        assert self._shown is not None
        return self._greedy(self._shown, 0, most)

    def by_the_local_model(self, most: int) -> Written:
        """Its own answer with the context: nothing is asked of a cloud."""
        return self._greedy(self._local, 0, most)

    def rewritten(self, draft: str, most: int) -> Written:
        """As the local model, which has the context, makes of a draft of the cloud's: the draft was written to the
        question alone, and nothing goes back. The session of the steered answers is read again when it is next
        wanted."""
        branches = open_branches(
            self._models.local,
            with_sketch(self._messages, draft),
            self._case.profile,
            self._case.history,
            self._cancel,
        )
        options = AskOptions()
        chooser = Chooser(options.policy, self.vocabulary)
        for _ in range(most):
            self._cancel.raise_if_cancelled()
            (row,) = branches.session.score(chooser.answer, [len(chooser.answer)])
            if chooser.locally(row, CONTRAST * options.strength).ends:
                return self._written(chooser.answer, whole=True)
        return self._written(chooser.answer, whole=False)

    def steered(self, policy: Policy, most: int, told: int) -> Written:
        """As the engine decides with a cloud that tells its `told` likeliest tokens."""
        chooser, changed = Chooser(policy, self.vocabulary), 0
        for _ in range(most):
            self._cancel.raise_if_cancelled()
            position = self._position(chooser.answer, told)
            step = chooser.without_local(position)
            if step is None:
                (row,) = self._local.score(chooser.answer, [len(chooser.answer)])
                step = chooser.decide(position, row)
            changed += step.trace.token != position.token
            if step.ends:
                return self._written(chooser.answer, changed, chooser.meter.bits, whole=True)
        return self._written(chooser.answer, changed, chooser.meter.bits, whole=False)

    def _position(self, answer: Sequence[int], told: int) -> CloudPosition:
        logprobs = self._logprobs(self._cloud.logits(answer, [len(answer)])[0, 0])
        top = likeliest(logprobs, told)
        return CloudPosition(int(top[0]), top, logprobs[top], self.vocabulary.text_bytes(int(top[0])))

    def _greedy(self, session: LocalSession, branch: int, most: int) -> Written:
        answer: list[int] = []
        for _ in range(most):
            self._cancel.raise_if_cancelled()
            token = int(session.logits(answer, [len(answer)])[0, branch, : self._size].argmax())
            if token in self.vocabulary.end_tokens:
                return self._written(answer, whole=True)
            answer.append(token)
        return self._written(answer, whole=False)

    def _written(self, answer: Sequence[int], changed: int = 0, bits: float = 0.0, *, whole: bool) -> Written:
        text = self.vocabulary.join(answer).decode("utf-8", "replace")
        return Written(text.strip(), len(answer), whole, changed, bits)

    def _logprobs(self, logits: Float32Array) -> FloatArray:
        return log_softmax(logits[: self._size].astype(np.float64))


Writer = Callable[[OpenedCase, int], Written]
"""Writes an answer of at most so many tokens."""
