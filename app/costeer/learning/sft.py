"""Supervised fine-tuning of a LoRA adapter: `loss = -mean log pi(a_t | x, a_<t)` over the tokens of an answer.

Few texts are soon learnt by heart. So texts that are held out are read before the training and after each epoch,
and it ends when they have not become likelier; the adapter is that of the epoch at which they were likeliest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from costeer.learning.base_model import Adapted, answer_logprobs
from costeer.learning.messages import Advanced, Prepared, Text, TrainingJob
from costeer.learning.training import Training


class SftTraining(Training):
    """`state.held_out` has one value for each epoch that has been looked at, the first before any."""

    def __init__(
        self,
        job: TrainingJob,
        adapted: Adapted,
        tell: Callable[[Prepared | Advanced], None],
        wait: Callable[[], None],
    ) -> None:
        super().__init__(job, adapted, tell, wait)
        most = job.settings.most_tokens
        self._examples = [_cut(one, most) for one in job.examples if isinstance(one, Text)]
        self._held_out = [_cut(one, most) for one in job.held_out]

    def prepare(self) -> None:
        """See `Training.prepare`."""
        self._look()

    def one_example(self, at: int) -> tuple[Any, float]:
        """See `Training.one_example`."""
        example = self._examples[at]
        (total,) = answer_logprobs(self.adapted.model, (example.prompt,), (example.answer,))
        return -total / len(example.answer), 0.0

    def is_done(self) -> bool:
        """See `Training.is_done`: an epoch that made nothing better is the last."""
        self._look()
        seen = self.state.held_out
        return len(seen) > 1 and seen[-1] > min(seen[:-1])

    def _look(self) -> None:
        """Read the texts that are held out, once an epoch has ended."""
        epochs = self.state.step // self.steps_of_epoch
        if not self._held_out or len(self.state.held_out) > epochs or self.state.step % self.steps_of_epoch:
            return
        total, tokens = 0.0, 0
        for at, text in enumerate(self._held_out):
            self.wait()
            with self.timed(), torch.no_grad():
                (found,) = answer_logprobs(self.adapted.model, (text.prompt,), (text.answer,))
            total, tokens = total - float(found), tokens + len(text.answer)
            self.tell(Prepared(at + 1, len(self._held_out)))
        self.state.held_out.append(total / tokens)
        if self.state.held_out[-1] == min(self.state.held_out):
            self.best = {name: one.detach().clone() for name, one in self.adapted.state().items()}
        self.keep_now_and_then()


def _cut(text: Text, most: int) -> Text:
    """The answer to the room that the prompt leaves."""
    return Text(text.prompt, text.answer[: max(1, most - len(text.prompt))])
