"""Opening the data behind the window: the passphrase, if one protects them, and encrypting them the first time.

The window is on the screen before the database is open, because keychains ask the user and passphrases take time.
What needs the database waits for it on worker threads of its own, so opening has others. Data that cannot be
opened, or whose passphrase is forgotten, can be replaced by a backup.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, DatabaseLocked, DatabaseTooNew, KnownError
from costeer.foundation.progress import Progress
from costeer.foundation.translatable import Translatable
from costeer.gui.jobs import Jobs
from costeer.gui.joins.restoring import RestoreQuestions
from costeer.gui.view_models.transfer import percent_of
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import message_box
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.gui.wording import sentence, translated


class OpeningJoin(QObject):
    """`opened` once the data can be read; `given_up` when the user leaves instead, or nothing can be done."""

    opened = Signal()
    given_up = Signal()

    def __init__(self, app: Application, notices: NoticeBar, log_file: Path, window: QWidget) -> None:
        super().__init__(window)
        self._app = app
        self._jobs = Jobs(self)
        self._notices = notices
        self._log_file = log_file
        self._window = window
        self._stop = CancelToken()
        self._kept: object = None
        self._locked = False
        self.dialog: PassphraseDialog | None = None
        self.questions = RestoreQuestions(window)
        self.questions.answered.connect(self._restore)
        self.questions.declined.connect(self._try_again)

    def begin(self) -> None:
        """Open what is not open yet."""
        if self._app.is_open:
            self.opened.emit()
        else:
            self._open("")

    def close(self, seconds: float) -> bool:
        """Wait no longer for the user, and so long for what is under way; whether that has ended."""
        self._stop.cancel()
        self._app.stop_waiting()
        return self._jobs.wait_for_all(seconds)

    def _open(self, passphrase: str) -> None:
        app, stop = self._app, self._stop
        job = self._jobs.run_telling(lambda tell: app.open(passphrase, tell=tell, cancel=stop))
        job.advanced.connect(self._on_advanced)
        job.succeeded.connect(self._on_opened)
        job.failed.connect(self._on_failed)

    def _on_advanced(self, told: tuple[Progress, ...]) -> None:
        share = percent_of(told[-1])
        said = self.tr("Your data are being encrypted, once… {percent} %").format(percent=share or 0)
        self._notices.say(said, "notice", self.tr("Not now"), self._stop.cancel)

    def _on_opened(self, problem: object) -> None:
        self._close_dialog()
        self._notices.clear()
        if isinstance(problem, Translatable) and problem:
            self._notices.say(translated(problem), "error")
        elif self._kept is not None:
            said = self.tr("What was here before could not be read, and is kept: {file}")
            self._notices.say(said.format(file=self._kept), "notice")
        self.opened.emit()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, DatabaseLocked | BadInput):
            self._ask(translated(error.said) if isinstance(error, BadInput) else "")
            return
        self._close_dialog()
        self._say(error)

    def _try_again(self) -> None:
        """Whoever takes no backup after all is asked for the passphrase, or told what is wrong, as before."""
        self._open("")

    def _say(self, error: Exception) -> None:
        """With the way out that there is: a backup, but not for what a newer version can read; and the passphrase
        where there is one."""
        self._notices.clear()
        box = message_box(self._window)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setWindowTitle("CoSteer")
        box.setText(sentence(error, self._log_file))
        if not isinstance(error, KnownError) or isinstance(error, DatabaseTooNew):
            box.finished.connect(self.given_up)
        else:
            restore = box.addButton(self.tr("Restore a backup…"), QMessageBox.ButtonRole.ActionRole)
            leave, after = self.tr("Quit"), self.given_up.emit
            if self._locked:
                leave, after = self.tr("Enter the passphrase…"), self._try_again
            box.setDefaultButton(box.addButton(leave, QMessageBox.ButtonRole.RejectRole))
            box.finished.connect(lambda _: self._ask_to_restore() if box.clickedButton() == restore else after())
        box.open()

    def _ask_to_restore(self) -> None:
        job = self._jobs.run_beside(self._app.protection.needs_passphrase)
        job.succeeded.connect(lambda own: self.questions.ask(own=own))
        job.failed.connect(self._say)

    def _restore(self, file: Path, passphrase: str, own: str) -> None:
        app, stop = self._app, self._stop
        job = self._jobs.run_telling(
            lambda tell: app.backups.restore(file, passphrase, own, tell=tell, cancel=stop)
        )
        job.advanced.connect(self._on_restoring)
        job.succeeded.connect(lambda kept: self._on_restored(kept, own))
        job.failed.connect(self._say)

    def _on_restoring(self, told: tuple[Progress, ...]) -> None:
        said = self.tr("{what}… {percent} %")
        self._notices.say(said.format(what=translated(told[-1].what), percent=percent_of(told[-1]) or 0), "notice")

    def _on_restored(self, kept: object, own: str) -> None:
        self._kept = kept
        self._open(own)

    def _ask(self, wrong: str) -> None:
        self._locked = True
        if self.dialog is None:
            words = self.tr("Your data on this computer are encrypted. Enter their passphrase to open them.")
            self.dialog = PassphraseDialog(
                self._window,
                words,
                accept=self.tr("Open"),
                cancel=self.tr("Quit"),
                other=self.tr("Restore a backup…"),
                stays=True,
            )
            self.dialog.given.connect(self._open)
            self.dialog.other_wanted.connect(self._restore_instead)
            self.dialog.rejected.connect(self.given_up)
            self.dialog.open()
        self.dialog.again(wrong)

    def _restore_instead(self) -> None:
        self._close_dialog()
        self._ask_to_restore()

    def _close_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.accept()
            self.dialog = None
