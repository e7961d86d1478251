"""What the guide of the first start stores: a few entries of the profile, and that it was shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.gui.jobs import Jobs
from costeer.storage.records import ProfileKind

Answer = tuple[ProfileKind, str]


class FirstRunViewModel(QObject):
    """`saved` once the answers are in the profile, so that the next answer is steered by them."""

    saved = Signal()
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._profile = app.profile
        self._jobs = jobs

    def save(self, answers: Sequence[Answer]) -> None:
        """Add what was answered; an entry that is there already is not added again."""

        def work() -> None:
            known = {one.text for one in self._profile.entries()}
            for kind, text in answers:
                if text.strip() and text.strip() not in known:
                    self._profile.add(kind, text)

        job = self._jobs.run(work)
        job.succeeded.connect(lambda _: self.saved.emit())
        job.failed.connect(self.failed)
