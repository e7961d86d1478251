"""How the data on this computer are protected, and what is done about it: one thing at a time, on a worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.gui.jobs import Jobs
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
        self._cancel: CancelToken | None = None
        self.status: ProtectionStatus | None = None

    @property
    def busy(self) -> bool:
        return self._cancel is not None

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
        if self._cancel is not None:
            self._cancel.cancel()

    def _do(self, work: _Work, then: Callable[[object], object]) -> None:
        if self.busy:
            return
        cancel = self._cancel = CancelToken()
        came: list[bool] = []
        self.busy_changed.emit()
        job = self._jobs.run_telling(lambda tell: work(tell, cancel))
        job.advanced.connect(lambda told: self.advanced.emit(told[-1]))
        for outcome in (job.succeeded, job.failed):
            outcome.connect(lambda _: came.append(True))
        job.succeeded.connect(then)
        job.failed.connect(self.failed)
        job.ended.connect(lambda: self._on_ended(stopped=not came))

    def _on_backed_up(self, made: object) -> None:
        assert isinstance(made, BackupMade)
        said = tr("The backup is in {file} ({size}), and was read again. Keep its passphrase.")
        self.said.emit(said.format(file=made.file, size=size(made.size)))

    def _on_ended(self, *, stopped: bool) -> None:
        self._cancel = None
        if stopped:
            self.stopped.emit()
        self.busy_changed.emit()
        self.load()

    def _on_read(self, status: ProtectionStatus) -> None:
        self.status = status
        self.loaded.emit()
