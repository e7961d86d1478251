"""An adapter of the local model: its versions, and training a new one while the user does other things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.learning.process import Pause
from costeer.services.training.adapters import Adapter, Kind
from costeer.services.training.quiet import Quiet

Train = Callable[[Any, ProgressCallback, CancelToken, Pause], object]

_LOOK_MS = 3000

_ANSWERING = Translatable("an answer is being written")
_BY_USER = Translatable("you have paused it")


class TrainingViewModel(QObject):
    """Of one kind of adapter; one training at a time. It waits while the user wants it to, while an answer is
    written, and, where `considerate`, while the computer has other things to do or runs on its battery.

    `changed` whenever anything that is shown here is another.
    """

    changed = Signal()
    failed = Signal(Exception)
    ended = Signal()

    def __init__(
        self,
        app: Application,
        kind: Kind,
        train: Train,
        jobs: Jobs,
        busy: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """`train` takes a plan; `busy`: whether an answer is being written."""
        super().__init__(parent)
        self._app = app
        self._kind = kind
        self._train = train
        self._jobs = jobs
        self._busy = busy
        self._work = LongWork(jobs, self)
        self._work.failed.connect(self.failed)
        self._work.ended.connect(self._on_ended)
        self._work.changed.connect(self.changed)
        self._pause = Pause()
        self._by_user = False
        self._quiet: Quiet | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.considerate = True
        self.model_name = ""
        self.versions: list[Adapter] = []
        self.used: int | None = None
        self.waits_for = NOTHING
        """Why a training that was begun does not compute just now."""
        self.result: Any = None
        """What the last training here came to, as `train` returned it."""

    @property
    def running(self) -> bool:
        return self._work.running

    @property
    def progress(self) -> Progress | None:
        return self._work.progress

    @property
    def seconds_left(self) -> float | None:
        return self._work.seconds_left

    @property
    def paused_by_user(self) -> bool:
        return self._by_user

    def load(self) -> None:
        """Read the versions for the local model that is chosen now."""

        def read() -> tuple[str, list[Adapter], int | None]:
            file = self._app.find_model(self._app.settings.local_model)
            used = self._app.adapters.in_use(self._kind, file)
            return file.name, self._app.adapters.all(self._kind, file), used.version if used else None

        job = self._jobs.run(read)
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def use(self, version: int | None) -> None:
        """None: none of them."""
        self._edit(lambda file: self._app.adapters.use(self._kind, file, version))

    def delete(self, version: int) -> None:
        self._edit(lambda file: self._app.adapters.delete(self._kind, file, version))

    def start(self, plan: Any) -> None:
        """Begin, or go on where a training of the same plan was stopped."""
        if self.running:
            return
        pause = self._pause = Pause()
        self._by_user, self.result, self._quiet = False, None, Quiet()
        self._work.begin(lambda tell, cancel: self._train(plan, tell, cancel, pause), self._on_trained)
        self._timer.start()
        self._look()

    def pause(self, on: bool) -> None:
        self._by_user = on
        self._look()

    def set_considerate(self, on: bool) -> None:
        self.considerate = on
        self._look()

    def stop(self) -> None:
        """What has been computed is kept, and gone on from the next time."""
        self._work.stop()

    def _look(self) -> None:
        if not self.running:
            return
        self.waits_for = self._why_not()
        self._pause.on = bool(self.waits_for)
        if self._pause.on:
            self._work.waits()
        self.changed.emit()

    def _why_not(self) -> Translatable:
        if self._by_user:
            return _BY_USER
        if self._busy():
            return _ANSWERING
        why_not = self._quiet.why_not() if self._quiet is not None else NOTHING
        return why_not if self.considerate else NOTHING

    def _edit(self, work: Callable[..., None]) -> None:
        job = self._jobs.run(lambda: work(self._app.find_model(self._app.settings.local_model)))
        job.failed.connect(self.failed)
        self.load()

    def _on_loaded(self, read: tuple[str, list[Adapter], int | None]) -> None:
        self.model_name, self.versions, self.used = read
        self.changed.emit()

    def _on_trained(self, result: object) -> None:
        self.result = result

    def _on_ended(self) -> None:
        self._timer.stop()
        self.waits_for = NOTHING
        self.load()
        self.ended.emit()
