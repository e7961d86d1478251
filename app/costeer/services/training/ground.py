"""What every training of an adapter stands on: the model, where adapters are kept, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import usable_cores
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.learning.messages import (
    Advanced,
    DpoSettings,
    Example,
    Prepared,
    SftSettings,
    Text,
    Trained,
    TrainingJob,
)
from costeer.learning.process import Pause, train
from costeer.local.process import ModelProcess
from costeer.privacy.sealable_file import SealableFile
from costeer.services.training.adapters import AdapterShelf, Kind

MOST_MEMORY = 4_000_000_000
"""Bytes that a training may take beyond what it begins with."""

_TRAINING = Translatable("Training")


@dataclass(frozen=True, slots=True)
class Ground:
    """Of one training of the local model `model`, which is the file `model_file`; on a worker thread."""

    model: ModelProcess
    model_file: Path
    shelf: AdapterShelf
    progress: ProgressCallback
    cancel: CancelToken
    pause: Pause | None = None

    def train(
        self,
        kind: Kind,
        examples: Sequence[Example] | Sequence[Text],
        settings: DpoSettings | SftSettings,
        to: SealableFile,
        reading: Translatable,
        held_out: Sequence[Text] = (),
    ) -> Trained:
        """Compute the adapter and write it. `reading` says what is done before the first step. What a stopped
        training has computed is gone on from the next time. Raises KnownError, Cancelled."""
        job = TrainingJob(
            model_file=self.model_file,
            adapter=to,
            folder=self.shelf.working_folder(kind, self.model_file),
            examples=tuple(examples),  # type: ignore[arg-type]  # all of one kind
            settings=settings,
            threads=usable_cores(),
            most_memory=MOST_MEMORY,
            held_out=tuple(held_out),
        )

        def tell(report: Prepared | Advanced) -> None:
            if isinstance(report, Prepared):
                self.progress(Progress(reading, report.done, report.total))
            else:
                self.progress(Progress(_TRAINING, report.step, report.steps))

        return train(job, tell, self.cancel, self.pause)
