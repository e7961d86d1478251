"""How the data on this computer are protected, and what is done about it: one thing at a time, on a worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.gui.wording import size, tr
from costeer.services.at_rest.backups import BackupMade
from costeer.services.at_rest.protection import ProtectionStatus

_Work = Callable[[ProgressCallback, CancelToken], object]


class ProtectionViewModel(QObject):
    """`loaded` after each look; `busy_changed` and `advanced` (with a Progress) while something is done, which
    `stop` breaks off without harm; `said` with what it came to, `stopped` for nothing. `restored` with where the
    former data are kept, if they could not be read; then nothing that the window shows holds any more."""

    loaded = Signal()
    busy_changed = Signal()
    advanced = Signal(Progress)
    said = Signal(str)
    stopped = Signal()
    restored = Signal(object)
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._work = LongWork(jobs, self)
        self._came = False
        self._work.changed.connect(self._on_changed)
        self._work.failed.connect(self._on_failed)
        self._work.ended.connect(self._on_ended)
        self.status: ProtectionStatus | None = None

    @property
    def busy(self) -> bool:
        return self._work.running

    def load(self) -> None:
        """Ask how it is; that may ask the system which keychain it has."""
        job = self._jobs.run_beside(self._app.protection.status)
        job.succeeded.connect(self._on_read)
        job.failed.connect(self.failed)

    def encrypt(self, passphrase: str) -> None:
        """Empty: the key goes to the keychain."""
        protection = self._app.protection
        self._do(
            lambda tell, cancel: protection.encrypt(passphrase, tell=tell, cancel=cancel),
            lambda _: self.said.emit(tr("Your data are encrypted now.")),
        )

    def decrypt(self) -> None:
        protection = self._app.protection
        self._do(
            lambda tell, cancel: protection.decrypt(tell=tell, cancel=cancel),
            lambda _: self.said.emit(tr("Your data are no longer encrypted.")),
        )

    def change_key(self, passphrase: str) -> None:
        """Empty: the key goes to the keychain."""
        protection = self._app.protection
        self._do(
            lambda tell, cancel: protection.change_key(passphrase, tell=tell, cancel=cancel),
            lambda _: self.said.emit(tr("Your data have another key; the former one opens nothing any more.")),
        )

    def back_up(self, file: Path, passphrase: str) -> None:
        backups = self._app.backups
        self._do(
            lambda tell, cancel: backups.back_up(file, passphrase, tell=tell, cancel=cancel), self._on_backed_up
        )

    def restore(self, file: Path, passphrase: str, new_passphrase: str) -> None:
        """`new_passphrase` is to protect the data from now on; empty: the keychain does."""
        backups = self._app.backups
        self._do(
            lambda tell, cancel: backups.restore(file, passphrase, new_passphrase, tell=tell, cancel=cancel),
            self.restored.emit,
        )

    def stop(self) -> None:
        self._work.stop()

    def _do(self, work: _Work, then: Callable[[object], object]) -> None:
        def done(value: object) -> None:
            self._came = True
            then(value)

        if not self.busy:
            self._came = False
            self._work.begin(work, done)

    def _on_changed(self) -> None:
        if self._work.progress is None:
            self.busy_changed.emit()
        else:
            self.advanced.emit(self._work.progress)

    def _on_failed(self, error: Exception) -> None:
        self._came = True
        self.failed.emit(error)

    def _on_backed_up(self, made: object) -> None:
        assert isinstance(made, BackupMade)
        said = tr("The backup is in {file} ({size}), and was read again. Keep its passphrase.")
        self.said.emit(said.format(file=made.file, size=size(made.size)))

    def _on_ended(self) -> None:
        """Nothing came of it: it was stopped."""
        if not self._came:
            self.stopped.emit()
        self.load()

    def _on_read(self, status: ProtectionStatus) -> None:
        self.status = status
        self.loaded.emit()
