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


class DpoTraining(Training):
    """What the model without adapter gives an answer is computed when it is first needed, and once."""

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

    def one_example(self, at: int) -> tuple[Any, float]:
        """See `Training.one_example`; the margin is how much more the adapter's log-ratio is for the chosen answer
        than for the rejected one, in nats."""
        references = self.state.references
        if at not in references:
            with torch.no_grad(), self.adapted.model.disable_adapter():
                chosen, rejected = self._both(at).tolist()
            references[at] = chosen, rejected
        chosen, rejected = references[at]
        both = self._both(at)
        margin = (both[0] - chosen) - (both[1] - rejected)
        return -torch.nn.functional.logsigmoid(self._beta * margin), float(margin.item() > 0.0)

    def _both(self, at: int) -> Any:
        """What the model gives either answer. Always of two rows of the same width: in bfloat16 other shapes round
        otherwise, by half a nat in a sum, and a difference of the same shapes has nearly none of it."""
        one = self._examples[at]
        return answer_logprobs(self.adapted.model, (one.prompt, one.prompt), (one.chosen, one.rejected))


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
