"""The answers that are compared: the cloud's own, steered ones through the whole application, and the cloud's own
where it is told the preference."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from costeer.evaluation.harness.asking import answer_to
from costeer.evaluation.harness.task import Desktop
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.foundation.translatable import Translatable
from costeer.personalization.principles import Dimension
from costeer.personalization.profile import Profile
from costeer.services.options import AskOptions
from costeer.services.training.material import Material
from costeer.services.training.writing import Manner, write_answers

METHODS = {
    "none": "the cloud alone, which knows of no preference",
    "context": "the preference as a line of the profile: context steering by the local model, at its default",
    "reward": "the preference as a reward: the adapter's branch less the one without it, at the given weight",
    "prompt": "the preference told to the cloud, in the prompt: the ceiling; all of it is sent",
}
UNSTEERED = "none"

_AT_ONCE = 32
_ANSWERING = Translatable("Steered answers")


@dataclass(frozen=True, slots=True)
class Question:
    """One row; `line` of the data file, from 1. `text` is what is asked, in the task's words."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`dimension` is None for the unsteered one, which is compared under each of them."""

    method: str
    dimension: Dimension | None
    question: Question
    text: str
    whole: bool
    leak_bits: float = 0.0
    changed: float = 0.0

    @property
    def unit(self) -> str:
        return unit_of(self.method, self.dimension, self.question)


def unit_of(method: str, dimension: Dimension | None, question: Question) -> str:
    return f"answer/{method}/{dimension.id if dimension else '-'}/{question.line}"


def options_of(method: str, dimension: Dimension, weight: float, most_tokens: int) -> AskOptions:
    """Greedy, and with nothing but the preference that is private."""
    plain = AskOptions(max_tokens=most_tokens, profile=Profile())
    if method == "context":
        wish = f"I want answers that are as {dimension.principle} as possible."
        return dataclasses.replace(plain, profile=Profile((("style", wish),)))
    return dataclasses.replace(plain, strength=0.0, preferences={dimension.id: weight})


@dataclass(frozen=True, slots=True)
class Answers:
    """Asks for what the store does not have yet."""

    desktop: Desktop
    material: Material
    store: RunStore
    most_tokens: int
    weight: float
    progress: ProgressCallback
    cancel: CancelToken

    def of_the_cloud(
        self, questions: Sequence[Question], dimensions: Sequence[Dimension], methods: Sequence[str]
    ) -> list[Answer]:
        """ "none" and "prompt"."""
        wanted: list[tuple[str, Dimension | None, Question]] = []
        for question in questions:
            if UNSTEERED in methods:
                wanted.append((UNSTEERED, None, question))
            if "prompt" in methods:
                wanted += [("prompt", one, question) for one in dimensions]
        asked = {
            unit_of(*one): one[2].text if one[1] is None else self.material.under(one[1].principle, one[2].text)
            for one in wanted
        }
        with self.desktop.writing_many(_AT_ONCE):
            written = write_answers(
                self.desktop.endpoints.connect,
                asked,
                self.store,
                Manner(self.most_tokens, _AT_ONCE),
                progress=self.progress,
                cancel=self.cancel,
            )
        return [Answer(*one, written[unit_of(*one)].text, written[unit_of(*one)].whole) for one in wanted]

    def steered(
        self, questions: Sequence[Question], dimensions: Sequence[Dimension], methods: Sequence[str]
    ) -> list[Answer]:
        """ "context" and "reward"."""
        wanted = [
            (method, dimension, question)
            for question in questions
            for dimension in dimensions
            for method in ("context", "reward")
            if method in methods
        ]
        for done, (method, dimension, question) in enumerate(wanted):
            self.cancel.raise_if_cancelled()
            unit = unit_of(method, dimension, question)
            if unit not in self.store:
                self.progress(Progress(_ANSWERING, done, len(wanted)))
                self.store.put(unit, self._ask(method, dimension, question))
        return [_steered(self.store[unit_of(*one)], *one) for one in wanted]

    def _ask(self, method: str, dimension: Dimension, question: Question) -> Json:
        options = options_of(method, dimension, self.weight, self.most_tokens)
        finished = answer_to(self.desktop, question.text, options, self.cancel)
        figures = finished.figures
        return {
            "text": finished.answer.text,
            "whole": figures.tokens < self.most_tokens,
            "leak_bits": figures.leak_bits,
            "changed": figures.steered_tokens / max(1, figures.tokens),
        }


def _steered(told: Json, method: str, dimension: Dimension, question: Question) -> Answer:
    bits, changed = (float(str(told[name])) for name in ("leak_bits", "changed"))
    return Answer(method, dimension, question, str(told["text"]), bool(told["whole"]), bits, changed)
