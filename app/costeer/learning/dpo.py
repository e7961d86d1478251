"""Direct preference optimisation of a LoRA adapter, so that it becomes a token-level reward.

    loss = -log sigmoid(beta * ((log pi(c|x) - log ref(c|x)) - (log pi(r|x) - log ref(r|x))))

(Rafailov et al., arXiv 2305.18290). `ref` is the same model without the adapter. The prompt `x` names a principle,
so what the adapter learns is how text that follows a principle differs from text that does not: its log-ratio is
PAD's reward, `log pi(a|s,p) - log ref(a|s,p)` for a token `a` (arXiv 2410.04070).
"""

from __future__ import annotations

import io
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from costeer.foundation.files import write_atomically
from costeer.learning.base_model import Adapted, answer_logprobs
from costeer.learning.messages import Advanced, Example, Prepared, TrainingJob, average

_READ_TOGETHER = 4
_REMEMBERED_STEPS = 20
_SECONDS_BETWEEN_CHECKPOINTS = 20.0


@dataclass
class _State:
    """Where a training is; all of it is in a checkpoint."""

    digest: str
    references: list[tuple[float, float]] = field(default_factory=list)
    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    hits: list[float] = field(default_factory=list)


class DpoTraining:
    """One training. `tell` hears how far it is; `wait` is called between two pieces of work, may block as long as
    the user has it paused, and raises to stop it."""

    def __init__(
        self,
        job: TrainingJob,
        adapted: Adapted,
        tell: Callable[[Prepared | Advanced], None],
        wait: Callable[[], None],
    ) -> None:
        self._job = job
        self._adapted = adapted
        self._tell = tell
        self._wait = wait
        self._settings = job.settings
        self._examples = [_cut(one, job.settings.most_tokens) for one in job.examples]
        self._optimizer = torch.optim.AdamW(adapted.trained, lr=job.settings.learning_rate, weight_decay=0.0)
        self._state = _State(job.digest)
        self._kept_at = time.monotonic()

    @property
    def steps(self) -> int:
        per_epoch = math.ceil(len(self._examples) / self._settings.pairs_per_step)
        return per_epoch * self._settings.epochs

    @property
    def losses(self) -> tuple[float, ...]:
        return tuple(self._state.losses)

    @property
    def seconds(self) -> float:
        """Computing time, that of earlier parts of this training included."""
        return self._state.seconds

    def run(self) -> None:
        """Train to the end, from the checkpoint if there is one of this job. Raises OSError when a checkpoint
        cannot be written."""
        self._resume()
        self._read_references()
        for step in range(self._state.step, self.steps):
            self._wait()
            began = time.monotonic()
            loss, hits = self._one_step(step)
            state = self._state
            state.step, state.seconds = step + 1, state.seconds + time.monotonic() - began
            state.losses.append(loss)
            state.hits.append(hits)
            self._keep_now_and_then()
            self._tell(self._advanced())
        self._checkpoint.unlink(missing_ok=True)

    def _one_step(self, step: int) -> tuple[float, float]:
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.learning_rate * _rate(step, self.steps, self._settings.warm_up)
        chosen = self._of_step(step)
        losses, hits = [], 0
        for at in chosen:
            margin = self._margin(at)
            loss = -torch.nn.functional.logsigmoid(self._settings.beta * margin)
            (loss / len(chosen)).backward()
            losses.append(loss.item())
            hits += margin.item() > 0.0
            self._wait()
        torch.nn.utils.clip_grad_norm_(self._adapted.trained, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return average(losses), hits / len(chosen)

    def _of_step(self, step: int) -> list[int]:
        """Which examples: each epoch goes through all of them in an order of its own."""
        size = self._settings.pairs_per_step
        per_epoch = self.steps // self._settings.epochs
        epoch, within = divmod(step, per_epoch)
        order = list(range(len(self._examples)))
        random.Random(f"{self._settings.seed} {epoch}").shuffle(order)
        return order[within * size : (within + 1) * size]

    def _margin(self, at: int) -> Any:
        """How much more the adapter's log-ratio is for the chosen answer than for the rejected one, in nats."""
        example, (chosen, rejected) = self._examples[at], self._state.references[at]
        both = answer_logprobs(
            self._adapted.model, (example.prompt, example.prompt), (example.chosen, example.rejected)
        )
        return (both[0] - chosen) - (both[1] - rejected)

    def _read_references(self) -> None:
        """What the model without adapter gives each answer: needed in every epoch, computed once."""
        state = self._state
        while len(state.references) < len(self._examples):
            self._wait()
            began = time.monotonic()
            some = self._examples[len(state.references) :][: _READ_TOGETHER // 2]
            with torch.no_grad(), self._adapted.model.disable_adapter():
                found = answer_logprobs(
                    self._adapted.model,
                    [one.prompt for one in some for _ in range(2)],
                    [answer for one in some for answer in (one.chosen, one.rejected)],
                ).tolist()
            state.references += zip(found[::2], found[1::2], strict=True)
            state.seconds += time.monotonic() - began
            self._keep_now_and_then()
            self._tell(Prepared(len(state.references), len(self._examples)))

    def _advanced(self) -> Advanced:
        state = self._state
        per_step = state.seconds / state.step
        return Advanced(
            step=state.step,
            steps=self.steps,
            loss=average(state.losses[-_REMEMBERED_STEPS:]),
            accuracy=average(state.hits[-_REMEMBERED_STEPS:]),
            seconds=state.seconds,
            left=per_step * (self.steps - state.step),
        )

    def _keep_now_and_then(self) -> None:
        if time.monotonic() - self._kept_at >= _SECONDS_BETWEEN_CHECKPOINTS:
            self.keep()

    def keep(self) -> None:
        """Write a checkpoint. Raises OSError."""
        kept = {
            "state": vars(self._state),
            "adapter": self._adapted.state(),
            "optimizer": self._optimizer.state_dict(),
        }
        data = io.BytesIO()  # some megabytes; torch would not raise OSError over a full disk
        torch.save(kept, data)
        write_atomically(self._checkpoint, data.getvalue())
        self._kept_at = time.monotonic()

    def _resume(self) -> None:
        """From the checkpoint; one that is of another job, or that cannot be read, is no checkpoint."""
        if not self._checkpoint.is_file():
            return
        try:
            kept = torch.load(self._checkpoint, weights_only=True)
        except Exception:  # noqa: BLE001 - torch raises what it likes over a damaged file; begin anew
            return
        if kept["state"]["digest"] != self._state.digest:
            return
        self._state = _State(**kept["state"])
        self._adapted.load_state(kept["adapter"])
        self._optimizer.load_state_dict(kept["optimizer"])

    @property
    def _checkpoint(self) -> Path:
        return self._job.folder / "checkpoint.pt"


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Of the learning rate: up in a straight line, then down in one."""
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return (step + 1) / rising
    return (steps - step) / max(1, steps - rising)


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
