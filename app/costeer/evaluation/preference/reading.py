"""What models say of answers that have been written: the cloud's own, with and without being told the preference,
and the local one with and without the reward adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from costeer.evaluation.preference.answers import Answer, Question
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import RunStore
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.personalization.principles import Dimension, under_principle
from costeer.privacy.sealable_file import SealableFile
from costeer.services.training.material import Material
from costeer.services.training.reward import open_reward

Read = Callable[[Sequence[int]], float]
"""Of an answer's tokens, a sum over them, in nats."""

Under = tuple[Answer, Dimension | None]
"""An answer, and the preference under which it is read; None: under none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The sum over the tokens of an answer, in nats."""

    total: float
    tokens: int

    @property
    def mean(self) -> float:
        """A token."""
        return self.total / self.tokens


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what the store does not have yet; `kind` names its units, `model` is started when one is missing."""

    kind: str
    what: Translatable
    start: Callable[[], ModelProcess]
    open: Callable[[ModelProcess, Question, Dimension | None], Read]
    store: RunStore
    progress: ProgressCallback
    cancel: CancelToken

    def read(self, wanted: Iterable[Under]) -> dict[Under, Reading]:
        """Answers to one question under one preference share a prompt, so they are read one after the other."""
        groups: dict[tuple[Question, Dimension | None], dict[str, Answer]] = {}
        for answer, dimension in wanted:
            groups.setdefault((answer.question, dimension), {})[answer.unit] = answer
        found: dict[Under, Reading] = {}
        done, total = 0, sum(map(len, groups.values()))
        for (question, dimension), answers in groups.items():
            read: Read | None = None
            for answer in answers.values():
                self.cancel.raise_if_cancelled()
                unit = f"{self.kind}/{dimension.id if dimension else '-'}/{answer.unit}"
                if unit not in self.store:
                    model = self.start()
                    read = read or self.open(model, question, dimension)
                    tokens = _tokens(model, answer)
                    self.store.put(unit, {"total": read(tokens), "tokens": len(tokens)})
                    self.progress(Progress(self.what, done, total))
                done += 1
                told = self.store[unit]
                found[answer, dimension] = Reading(float(str(told["total"])), int(str(told["tokens"])))
        return found


def cloud_opening(
    material: Material, cancel: CancelToken
) -> Callable[[ModelProcess, Question, Dimension | None], Read]:
    """The log-likelihood of an answer to the cloud's model, told the preference or not."""

    def opening(model: ModelProcess, question: Question, dimension: Dimension | None) -> Read:
        asked = question.text if dimension is None else material.under(dimension.principle, question.text)
        prompt = model.tokenize(model.render([{"role": "user", "content": asked}], cancel))
        session = model.open(prompt, cancel=cancel)

        return lambda answer: float(session.log_likelihoods(answer)[0])

    return opening


def reward_opening(
    adapter: SealableFile, cancel: CancelToken
) -> Callable[[ModelProcess, Question, Dimension | None], Read]:
    """The summed reward of an answer under a preference."""

    def opening(model: ModelProcess, question: Question, dimension: Dimension | None) -> Read:
        assert dimension is not None
        asked = under_principle(question.text, dimension.principle)
        prompt = model.tokenize(model.render([{"role": "user", "content": asked}], cancel))
        return open_reward(model, adapter, prompt, cancel)

    return opening


def _tokens(model: ModelProcess, answer: Answer) -> list[int]:
    """With the end where it came to one; never nothing."""
    tokens = list(model.tokenize(answer.text, False))
    end = min(model.describe().end_tokens, default=None)
    return [*tokens, end] if end is not None and (answer.whole or not tokens) else tokens
