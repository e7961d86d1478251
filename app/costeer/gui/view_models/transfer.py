"""Importing and exporting conversations behind the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, SignalInstance

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.gui.jobs import Jobs
from costeer.services.transfer import ExportFormat, TransferService

_Work = Callable[[ProgressCallback, CancelToken], object]


class TransferViewModel(QObject):
    """One import or export at a time. `advanced` with a Progress; `imported` and `exported` with their reports."""

    advanced = Signal(object)
    imported = Signal(object)
    exported = Signal(object)
    ended = Signal()
    failed = Signal(Exception)

    def __init__(self, service: TransferService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self._jobs = jobs
        self._cancel: CancelToken | None = None

    @property
    def running(self) -> bool:
        return self._cancel is not None

    def import_files(self, files: Sequence[Path]) -> None:
        self._start(lambda tell, cancel: self._service.import_files(files, tell, cancel), self.imported)

    def export_to_file(self, file: Path, form: ExportFormat, conversation_id: str) -> None:
        """One conversation; a file of that name is replaced: whoever chose it has been asked."""

        def work(tell: ProgressCallback, cancel: CancelToken) -> object:
            wanted = [conversation_id]
            return self._service.export_to_file(file, form, wanted, overwrite=True, progress=tell, cancel=cancel)

        self._start(work, self.exported)

    def export_all(self, folder: Path, form: ExportFormat) -> None:
        """A file for each conversation; none is replaced."""
        self._start(
            lambda tell, cancel: self._service.export_to_folder(folder, form, progress=tell, cancel=cancel),
            self.exported,
        )

    def stop(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()

    def _start(self, work: _Work, done: SignalInstance) -> None:
        if self.running:
            return
        cancel = self._cancel = CancelToken()
        job = self._jobs.run_telling(lambda tell: work(tell, cancel))
        job.advanced.connect(lambda items: self.advanced.emit(items[-1]))
        job.succeeded.connect(done)
        job.failed.connect(self.failed)
        job.ended.connect(self._on_ended)

    def _on_ended(self) -> None:
        self._cancel = None
        self.ended.emit()


def percent_of(progress: Progress) -> int | None:
    """How much is done; None where nobody knows how much there is."""
    return None if not progress.total else round(100 * progress.done / progress.total)
