"""The report of a mistake that is being looked at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QSysInfo, Signal, qVersion
from PySide6.QtGui import QGuiApplication

from costeer.bootstrap import Application
from costeer.gui.jobs import Jobs


class ReportViewModel(QObject):
    """`loaded` with the text, made anew at each `load`; `saved` with the file it was written to."""

    loaded = Signal(str)
    saved = Signal(str)
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report = app.error_report
        self._jobs = jobs

    def load(self) -> None:
        scales = ", ".join(f"{one.devicePixelRatio():g}" for one in QGuiApplication.screens())
        more = (
            ("Qt", f"{qVersion()} on {QGuiApplication.platformName()}"),
            ("Desktop", QSysInfo.prettyProductName()),
            ("Scale of the screens", scales),
        )
        job = self._jobs.run_beside(lambda: self._report.text(more))
        job.succeeded.connect(lambda text: self.loaded.emit(text))
        job.failed.connect(self.failed)

    def save(self, text: str, file: Path) -> None:
        job = self._jobs.run_beside(lambda: self._report.save(text, file))
        job.succeeded.connect(lambda _: self.saved.emit(str(file)))
        job.failed.connect(self.failed)
