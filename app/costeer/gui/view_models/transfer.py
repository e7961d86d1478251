"""Importing and exporting conversations behind the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.services.transfer import ExportFormat, TransferService


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
        self._work = LongWork(jobs, self)
        self._work.changed.connect(self._on_changed)
        self._work.failed.connect(self.failed)
        self._work.ended.connect(self.ended)

    @property
    def running(self) -> bool:
        return self._work.running

    def import_files(self, files: Sequence[Path]) -> None:
        self._work.begin(lambda tell, cancel: self._service.import_files(files, tell, cancel), self.imported.emit)

    def export_to_file(self, file: Path, form: ExportFormat, conversation_id: str) -> None:
        """One conversation; a file of that name is replaced: whoever chose it has been asked."""

        def work(tell: ProgressCallback, cancel: CancelToken) -> object:
            wanted = [conversation_id]
            return self._service.export_to_file(file, form, wanted, overwrite=True, progress=tell, cancel=cancel)

        self._work.begin(work, self.exported.emit)

    def export_all(self, folder: Path, form: ExportFormat) -> None:
        """A file for each conversation; none is replaced."""
        self._work.begin(
            lambda tell, cancel: self._service.export_to_folder(folder, form, progress=tell, cancel=cancel),
            self.exported.emit,
        )

    def stop(self) -> None:
        self._work.stop()

    def _on_changed(self) -> None:
        if self._work.progress is not None:
            self.advanced.emit(self._work.progress)


def percent_of(progress: Progress) -> int | None:
    """How much is done; None where nobody knows how much there is."""
    return None if not progress.total else round(100 * progress.done / progress.total)
