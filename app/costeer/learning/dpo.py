"""Direct preference optimisation of a LoRA adapter, so that it becomes a token-level reward.

    loss = -log sigmoid(beta * ((log pi(c|x) - log ref(c|x)) - (log pi(r|x) - log ref(r|x))))

(Rafailov et al., arXiv 2305.18290). `ref` is the same model without the adapter. The prompt `x` names a principle,
so what the adapter learns is how text that follows a principle differs from text that does not: its log-ratio is
PAD's reward, `log pi(a|s,p) - log ref(a|s,p)` for a token `a` (arXiv 2410.04070).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from costeer.foundation.errors import BugError
from costeer.learning.base_model import Adapted, answer_logprobs
from costeer.learning.messages import Advanced, DpoSettings, Example, Prepared, TrainingJob
from costeer.learning.training import Training

_READ_TOGETHER = 2
"""Pairs, while nothing is learnt."""


class DpoTraining(Training):
    """What the model without adapter gives each answer is computed first, and once."""

    def __init__(
        self,
        job: TrainingJob,
        adapted: Adapted,
        tell: Callable[[Prepared | Advanced], None],
        wait: Callable[[], None],
    ) -> None:
        super().__init__(job, adapted, tell, wait)
        if not isinstance(job.settings, DpoSettings):
            raise BugError("A training was given the settings of another; please report this.")
        self._beta = job.settings.beta
        self._examples = [_cut(one, job.settings.most_tokens) for one in job.examples if isinstance(one, Example)]

    def prepare(self) -> None:
        """See `Training.prepare`."""
        references = self.state.references
        while len(references) < len(self._examples):
            self.wait()
            some = self._examples[len(references) :][:_READ_TOGETHER]
            with self.timed(), torch.no_grad(), self.adapted.model.disable_adapter():
                found = answer_logprobs(
                    self.adapted.model,
                    [one.prompt for one in some for _ in range(2)],
                    [answer for one in some for answer in (one.chosen, one.rejected)],
                ).tolist()
            references += zip(found[::2], found[1::2], strict=True)
            self.keep_now_and_then()
            self.tell(Prepared(len(references), len(self._examples)))

    def one_example(self, at: int) -> tuple[Any, float]:
        """See `Training.one_example`; the margin is how much more the adapter's log-ratio is for the chosen answer
        than for the rejected one, in nats."""
        example, (chosen, rejected) = self._examples[at], self.state.references[at]
        both = answer_logprobs(
            self.adapted.model, (example.prompt, example.prompt), (example.chosen, example.rejected)
        )
        margin = (both[0] - chosen) - (both[1] - rejected)
        return -torch.nn.functional.logsigmoid(self._beta * margin), float(margin.item() > 0.0)


def _cut(example: Example, most: int) -> Example:
    """Both answers to the room that the prompt leaves."""
    room = max(1, most - len(example.prompt))
    return Example(example.prompt, example.chosen[:room], example.rejected[:room])


def rewards(adapted: Adapted, prompt: Sequence[int], answers: Sequence[Sequence[int]]) -> list[float]:
    """The summed log-ratio of each answer, in nats: what llama.cpp computes of the exported adapter."""
    prompts = [prompt] * len(answers)
    with torch.no_grad():
        with_adapter = answer_logprobs(adapted.model, prompts, answers)
        with adapted.model.disable_adapter():
            without = answer_logprobs(adapted.model, prompts, answers)
    return [float(one) for one in with_adapter - without]
