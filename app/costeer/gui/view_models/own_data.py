"""What lies on this computer, for the pages of the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.gui.jobs import Jobs
from costeer.gui.wording import counted, size, tr
from costeer.services.own_data import DataUse, ModelOnDisk

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _Read:
    use: DataUse
    models: tuple[ModelOnDisk, ...]
    in_bin: int


class OwnDataViewModel(QObject):
    """`loaded` after every reading. `said` with what an action came to, in a sentence; `busy_changed` while one is
    under way. `forgotten` once the keys are gone, which comes before the folders are deleted, with the backups
    that could not be removed."""

    loaded = Signal()
    busy_changed = Signal()
    said = Signal(str)
    forgotten = Signal(object)
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self.use: DataUse | None = None
        self.models: tuple[ModelOnDisk, ...] = ()
        self.in_bin = 0
        self.busy = False

    @property
    def folder(self) -> Path:
        return self._app.paths.data

    def load(self) -> None:
        app = self._app

        def read() -> _Read:
            return _Read(app.own_data.use(), tuple(app.own_data.models()), len(app.chat.bin()))

        job = self._jobs.run_beside(read)
        job.succeeded.connect(self._on_read)
        job.failed.connect(self.failed)

    def remove_copies(self) -> None:
        self._act(
            self._app.own_data.remove_copies,
            lambda freed: tr("{size} freed; a copy is made again when it is next needed.").format(
                size=size(freed)
            ),
        )

    def empty_bin(self) -> None:
        self._act(
            self._app.housekeeping.empty_bin,
            lambda count: counted(
                count,
                tr("{count} conversation was deleted for good."),
                tr("{count} conversations were deleted for good."),
            ),
        )

    def forget_all(self) -> None:
        """The first step of deleting everything."""
        job = self._jobs.run_beside(self._app.own_data.forget_all)
        job.succeeded.connect(self.forgotten.emit)
        job.failed.connect(self.failed)

    def _act(self, work: Callable[[], Outcome], words: Callable[[Outcome], str]) -> None:
        """One at a time; then the sizes are read anew."""
        if self.busy:
            return
        self._set_busy(True)
        job = self._jobs.run_beside(work)
        job.succeeded.connect(lambda value: self.said.emit(words(value)))
        job.failed.connect(self.failed)
        job.ended.connect(lambda: self._set_busy(False))
        job.ended.connect(self.load)

    def _set_busy(self, busy: bool) -> None:
        self.busy = busy
        self.busy_changed.emit()

    def _on_read(self, read: _Read) -> None:
        self.use, self.models, self.in_bin = read.use, read.models, read.in_bin
        self.loaded.emit()
