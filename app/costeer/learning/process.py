"""A training as the application sees it: a child process that reports, and can be paused and stopped.

What a killed or stopped training has computed is in its folder, and the same job goes on from there.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from costeer.foundation.cancel import CancelToken
from costeer.foundation.child_process import end_process, how_it_was_lost, spawn_context
from costeer.foundation.errors import Cancelled, KnownError
from costeer.learning.messages import (
    GO,
    PAUSE,
    STOP,
    Advanced,
    NotTrained,
    Prepared,
    Stopped,
    Trained,
    TrainingJob,
)
from costeer.learning.worker import run_training

log = logging.getLogger(__name__)

_GLANCE_SECONDS = 0.1
_STOP_PATIENCE = 60.0
"""Seconds that a stopped training has for the step it is in, and for its checkpoint."""


@dataclass(slots=True)
class Pause:
    """Whether the training is to wait. Set from any thread."""

    on: bool = False


def train(
    job: TrainingJob,
    tell: Callable[[Prepared | Advanced], None],
    cancel: CancelToken,
    pause: Pause | None = None,
) -> Trained:
    """Train to the end, or as far as `cancel` lets it; `tell` runs on this thread.

    Raises KnownError with what stands in the way (a missing extra, a full disk, too little memory), Cancelled.
    """
    context = spawn_context()
    ours, theirs = context.Pipe()
    child = context.Process(target=run_training, args=(theirs,), name="costeer-training", daemon=True)
    child.start()
    theirs.close()
    paused = False
    give_up = math.inf
    try:
        ours.send(job)
        while time.monotonic() < give_up:  # and ends with the child
            stopped = give_up < math.inf
            if cancel.cancelled and not stopped:
                give_up = time.monotonic() + _STOP_PATIENCE
                ours.send(STOP)
            elif pause is not None and pause.on != paused and not stopped:
                paused = pause.on
                ours.send(PAUSE if paused else GO)
            if not ours.poll(_GLANCE_SECONDS):
                continue
            report = ours.recv()
            if isinstance(report, Trained):
                return report
            if isinstance(report, Stopped):
                raise Cancelled
            if isinstance(report, NotTrained):
                if report.log:
                    log.error("The training failed:\n%s", "\n".join(report.log))
                raise report.error
            if not stopped:
                tell(report)
        raise Cancelled
    except (EOFError, OSError) as error:
        child.join(_STOP_PATIENCE)
        lost = how_it_was_lost(child)
        log.warning("The training process %s", lost)
        raise KnownError(
            "The training process {how}; start the training again, and it goes on from where it was.",
            how=lost.said,
        ) from error
    finally:
        ours.close()
        end_process(child)
