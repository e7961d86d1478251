"""Does steering help me? What is to be read, how far it is, what came out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from costeer.foundation.progress import Progress
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.services.fitting import FitPoint, FitResult, FittingService


class FittingViewModel(QObject):
    """One fit at a time. A point that is worth it becomes the slider's mark as soon as it is found."""

    changed = Signal()
    failed = Signal(Exception)

    def __init__(
        self, service: FittingService, steering: SteeringViewModel, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._steering = steering
        self._work = LongWork(jobs, self)
        self._work.failed.connect(self.failed)
        self._work.changed.connect(self.changed)
        self.files: tuple[Path, ...] = ()
        self.messages = True
        self.result: FitResult | None = None

    @property
    def running(self) -> bool:
        return self._work.running

    @property
    def progress(self) -> Progress | None:
        return self._work.progress

    @property
    def ready(self) -> bool:
        """Whether there is something to read and nothing under way."""
        return not self.running and (self.messages or bool(self.files))

    def set_messages(self, messages: bool) -> None:
        """Whether the user's own messages are read."""
        self.messages = messages
        self.changed.emit()

    def add_files(self, files: Iterable[Path]) -> None:
        self.files = tuple(dict.fromkeys((*self.files, *files)))
        self.changed.emit()

    def clear_files(self) -> None:
        self.files = ()
        self.changed.emit()

    def start(self) -> None:
        if not self.ready:
            return
        files, messages = self.files, self.messages
        self.result = None
        self._work.begin(
            lambda tell, cancel: self._service.fit(files, messages=messages, progress=tell, cancel=cancel),
            self._on_fitted,
        )

    @property
    def used(self) -> bool:
        """Whether the strength that fits is the one in force."""
        chosen = self._steering.chosen
        return self.result is not None and self.result.fitted == FitPoint(chosen.strength, chosen.mixture)

    def use(self) -> None:
        """Steer by the strength that fits from now on, in this conversation or, where none is open, as usual."""
        if self.result is not None and self.result.better:
            self._steering.set_strength(self.result.fitted.strength)
            self.changed.emit()

    def stop(self) -> None:
        self._work.stop()

    def _on_fitted(self, result: FitResult) -> None:
        self.result = result
        if result.better:
            self._steering.set_fitted(result.fitted)
