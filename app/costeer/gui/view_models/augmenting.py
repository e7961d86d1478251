"""More texts like the user's: what would be sent for them, having them written, and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from costeer.foundation.errors import CoSteerError
from costeer.foundation.progress import Progress
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.services.personal.augmenting.plan import AugmentationPlan, Augmented, Preview, Sample
from costeer.services.personal.augmenting.service import AugmentationService


class AugmentingViewModel(QObject):
    """`changed` whenever anything that is shown here is another; `written` when there are new texts."""

    changed = Signal()
    written = Signal()
    failed = Signal(Exception)

    def __init__(self, augmentation: AugmentationService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._augmentation = augmentation
        self._jobs = jobs
        self._work = LongWork(jobs, self)
        self._work.failed.connect(self.failed)
        self._work.changed.connect(self.changed)
        self._work.ended.connect(self._on_ended)
        self._asked = 0
        self.plan = AugmentationPlan()
        self.preview: Preview | None = None
        """What would be sent by `plan`; None while that is not known, or cannot be."""
        self.why_not: CoSteerError | None = None
        """Why there is no preview."""
        self.result: Augmented | None = None

    @property
    def running(self) -> bool:
        return self._work.running

    @property
    def progress(self) -> Progress | None:
        return self._work.progress

    @property
    def seconds_left(self) -> float | None:
        return self._work.seconds_left

    def load(self) -> None:
        """Find out what would be sent."""
        self._asked += 1
        asked, plan = self._asked, self.plan
        job = self._jobs.run(lambda: self._augmentation.preview(plan))
        job.succeeded.connect(lambda preview: self._on_preview(asked, preview, None))
        job.failed.connect(lambda error: self._on_no_preview(asked, error))

    def change(self, **changes: object) -> None:
        """Fields of the plan."""
        self.plan = dataclasses.replace(self.plan, **changes)  # type: ignore[arg-type]
        self.preview = self.result = None
        self.load()
        self.changed.emit()

    def start(self, left_out: Collection[str] = ()) -> None:
        """Send what the preview shows, but for the samples `left_out`, by id."""
        if self.running or self.preview is None:
            return
        approved: list[Sample] = [one for one in self.preview.samples if one.id not in left_out]
        plan, self.result = self.plan, None
        self._work.begin(lambda tell, cancel: self._augmentation.run(plan, approved, tell, cancel), self._on_done)

    def stop(self) -> None:
        """What was written by then is kept, and gone on from the next time."""
        self._work.stop()

    def _on_preview(self, asked: int, preview: Preview | None, why_not: CoSteerError | None) -> None:
        if asked == self._asked:
            self.preview, self.why_not = preview, why_not
            self.changed.emit()

    def _on_no_preview(self, asked: int, error: Exception) -> None:
        """What was foreseen is said where the preview would be, all else as everywhere."""
        if not isinstance(error, CoSteerError):
            self.failed.emit(error)
        self._on_preview(asked, None, error if isinstance(error, CoSteerError) else None)

    def _on_done(self, result: Augmented) -> None:
        self.result = result

    def _on_ended(self) -> None:
        self.load()
        self.written.emit()
