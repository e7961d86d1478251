"""What every training of an adapter has in common: steps, the learning rate, checkpoints, going on."""

from __future__ import annotations

import io
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from costeer.learning.base_model import Adapted
from costeer.learning.messages import Advanced, Prepared, TrainingJob, average
from costeer.privacy.sealable_file import SealableFile

_REMEMBERED_STEPS = 20
_SECONDS_BETWEEN_CHECKPOINTS = 20.0


@dataclass
class State:
    """Where a training is; all of it is in a checkpoint. `references` and `held_out` are the objectives' own."""

    digest: str
    references: dict[int, tuple[float, float]] = field(default_factory=dict)
    held_out: list[float] = field(default_factory=list)
    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    hits: list[float] = field(default_factory=list)


class Training:
    """One training; an objective says what a step is. `tell` hears how far it is; `wait` is called between two
    pieces of work, may block as long as the user has it paused, and raises to stop it."""

    def __init__(
        self,
        job: TrainingJob,
        adapted: Adapted,
        tell: Callable[[Prepared | Advanced], None],
        wait: Callable[[], None],
    ) -> None:
        self.job = job
        self.adapted = adapted
        self.tell = tell
        self.wait = wait
        self.state = State(job.digest)
        self.best: dict[str, Any] | None = None
        """The adapter's weights where they were best, for objectives that look."""
        self._optimizer = torch.optim.AdamW(adapted.trained, lr=job.settings.learning_rate, weight_decay=0.0)
        self._kept_at = time.monotonic()

    @property
    def steps_of_epoch(self) -> int:
        return math.ceil(len(self.job.examples) / self.job.settings.per_step)

    @property
    def steps(self) -> int:
        return self.steps_of_epoch * self.job.settings.epochs

    @property
    def losses(self) -> tuple[float, ...]:
        return tuple(self.state.losses)

    @property
    def held_out(self) -> tuple[float, ...]:
        return tuple(self.state.held_out)

    @property
    def seconds(self) -> float:
        """Computing time, that of earlier parts of this training included."""
        return self.state.seconds

    def prepare(self) -> None:
        """What comes before the first step; goes on where it was."""

    def one_example(self, at: int) -> tuple[Any, float]:
        """The loss of example `at`, to be averaged over the step, and 1 where the adapter was right already."""
        raise NotImplementedError

    def is_done(self) -> bool:
        """Whether to end before the last step; asked before each."""
        return False

    def run(self) -> None:
        """Train to the end, from the checkpoint if there is one of this job; the last one is left, as the adapter
        has yet to be written and tried. Raises OSError when a checkpoint cannot be written."""
        self._resume()
        self.prepare()
        for step in range(self.state.step, self.steps):
            if self.is_done():
                break
            self.wait()
            with self.timed():
                loss, hits = self._one_step(step)
            self.state.step = step + 1
            self.state.losses.append(loss)
            self.state.hits.append(hits)
            self.keep_now_and_then()
            self.tell(self._advanced())
        self.is_done()  # for the last epoch
        if self.best is not None:
            self.adapted.load_state(self.best)

    def timed(self) -> _Timed:
        """What is done inside counts as computing time."""
        return _Timed(self.state)

    def _one_step(self, step: int) -> tuple[float, float]:
        settings = self.job.settings
        for group in self._optimizer.param_groups:
            group["lr"] = settings.learning_rate * _rate(step, self.steps, settings.warm_up)
        chosen = self._of_step(step)
        losses, hits = [], 0.0
        for at in chosen:
            loss, hit = self.one_example(at)
            (loss / len(chosen)).backward()
            losses.append(loss.item())
            hits += hit
            self.wait()
        torch.nn.utils.clip_grad_norm_(self.adapted.trained, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return average(losses), hits / len(chosen)

    def _of_step(self, step: int) -> list[int]:
        """Which examples: each epoch goes through all of them in an order of its own, neighbours side by side."""
        size, together = self.job.settings.per_step, self.job.settings.together
        epoch, within = divmod(step, self.steps_of_epoch)
        places = range(len(self.job.examples))
        groups = [places[at : at + together] for at in places[::together]]
        random.Random(f"{self.job.settings.seed} {epoch}").shuffle(groups)
        order = [at for group in groups for at in group]
        return order[within * size : (within + 1) * size]

    def _advanced(self) -> Advanced:
        state = self.state
        per_step = state.seconds / state.step
        return Advanced(
            step=state.step,
            steps=self.steps,
            loss=average(state.losses[-_REMEMBERED_STEPS:]),
            accuracy=average(state.hits[-_REMEMBERED_STEPS:]),
            seconds=state.seconds,
            left=per_step * (self.steps - state.step),
        )

    def keep_now_and_then(self) -> None:
        if time.monotonic() - self._kept_at >= _SECONDS_BETWEEN_CHECKPOINTS:
            self.keep()

    def keep(self) -> None:
        """Write a checkpoint. Raises OSError."""
        kept = {
            "state": vars(self.state),
            "adapter": self.adapted.state(),
            "best": self.best,
            "optimizer": self._optimizer.state_dict(),
        }
        data = io.BytesIO()  # some megabytes; torch would not raise OSError over a full disk
        torch.save(kept, data)
        self._checkpoint.write(data.getvalue())
        self._kept_at = time.monotonic()

    def _resume(self) -> None:
        """From the checkpoint; one that is of another job, or that cannot be read, is no checkpoint."""
        if not self._checkpoint.path.is_file():
            return
        try:
            kept = torch.load(io.BytesIO(self._checkpoint.read()), weights_only=True)
            if kept["state"]["digest"] != self.state.digest:
                return
            state, best = State(**kept["state"]), kept["best"]
        except Exception:  # noqa: BLE001 - torch raises what it likes over a damaged file; begin anew
            return
        self.state, self.best = state, best
        self.adapted.load_state(kept["adapter"])
        self._optimizer.load_state_dict(kept["optimizer"])

    @property
    def _checkpoint(self) -> SealableFile:
        return SealableFile(self.job.folder / "checkpoint.pt", self.job.adapter.key)


class _Timed:
    """Adds the time of a `with` block to a training's."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._state.seconds += time.monotonic() - self._began


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Of the learning rate: up in a straight line, then down in one."""
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return (step + 1) / rising
    return (steps - step) / max(1, steps - rising)
