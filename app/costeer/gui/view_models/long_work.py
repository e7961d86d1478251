"""Long work behind a view model, one piece at a time: how far it is, stopping it, what came of it, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.time_left import TimeLeft

Work = Callable[[ProgressCallback, CancelToken], object]


class LongWork(QObject):
    """`changed` when a piece has begun, has got further, or has ended; `failed` when it could not be done, and
    `ended` in any case."""

    changed = Signal()
    failed = Signal(Exception)
    ended = Signal()

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._cancel: CancelToken | None = None
        self._left = TimeLeft()
        self.progress: Progress | None = None
        self.seconds_left: float | None = None
        """None where that is not known yet."""

    @property
    def running(self) -> bool:
        return self._cancel is not None

    def begin(self, work: Work, then: Callable[[Any], object]) -> None:
        """Nothing happens while another piece is under way. `then` gets what `work` returned, before the end."""
        if self.running:
            return
        cancel = self._cancel = CancelToken()
        self._left = TimeLeft()
        job = self._jobs.run_telling(lambda tell: work(tell, cancel))
        job.advanced.connect(self._on_advanced)
        job.succeeded.connect(then)
        job.failed.connect(self.failed)
        job.ended.connect(self._on_ended)
        self.changed.emit()

    def stop(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()

    def waits(self) -> None:
        """The time until it next gets further says nothing of how long the rest takes."""
        self._left.pause()

    def _on_advanced(self, told: tuple[Progress, ...]) -> None:
        self.progress = told[-1]
        self.seconds_left = self._left.advance(told[-1])
        self.changed.emit()

    def _on_ended(self) -> None:
        self._cancel = self.progress = self.seconds_left = None
        self.ended.emit()
        self.changed.emit()
