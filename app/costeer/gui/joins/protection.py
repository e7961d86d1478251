"""What the settings ask before the data are encrypted, decrypted, backed up or restored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from costeer.foundation.progress import Progress
from costeer.gui.joins.restoring import RestoreQuestions
from costeer.gui.view_models.protection import ProtectionViewModel
from costeer.gui.view_models.transfer import percent_of
from costeer.gui.widgets.parts import message_box
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.gui.widgets.settings.protection_rows import ProtectionRows
from costeer.gui.widgets.settings_dialog import SettingsDialog
from costeer.gui.wording import translated

_SUFFIX = "costeer-backup"


class ProtectionJoin(QObject):
    """`restart_wanted` once a backup is restored and the user has been told. `busy` says whether an answer is
    being written, which a restored library would know nothing of."""

    restart_wanted = Signal()

    def __init__(
        self, model: ProtectionViewModel, rows: ProtectionRows, busy: Callable[[], bool], dialog: SettingsDialog
    ) -> None:
        super().__init__(dialog)
        self._model = model
        self._dialog = dialog
        self._busy = busy
        rows.encrypt_wanted.connect(self._encrypt)
        rows.decrypt_wanted.connect(self._ask_to_decrypt)
        rows.key_wanted.connect(self._change_key)
        rows.backup_wanted.connect(self._choose_backup)
        rows.restore_wanted.connect(self._choose_to_restore)
        dialog.shown.connect(model.load)
        model.advanced.connect(self._on_advanced)
        model.said.connect(dialog.say)
        model.restored.connect(self._on_restored)
        model.stopped.connect(dialog.notices.clear)
        self._questions = RestoreQuestions(dialog)
        self._questions.answered.connect(model.restore)

    # What is asked

    def _encrypt(self) -> None:
        if self._keychain:
            self._model.encrypt("")
        else:
            self._choose_passphrase(self._model.encrypt)

    def _change_key(self) -> None:
        """The key goes where it is, unless the user wants it elsewhere."""
        if not self._keychain:
            self._choose_passphrase(self._model.change_key)
            return
        box = self._question(
            self.tr("Where shall the new key be kept?"),
            self.tr(
                "In {name}, nothing is asked at a start. A passphrase of yours is asked for at each start, and is "
                "kept nowhere."
            ).format(name=self._keychain),
        )
        keychain = box.addButton(self._keychain, QMessageBox.ButtonRole.AcceptRole)
        own = box.addButton(self.tr("A passphrase…"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        keychain.clicked.connect(lambda: self._model.change_key(""))
        own.clicked.connect(lambda: self._choose_passphrase(self._model.change_key))
        box.open()

    def _ask_to_decrypt(self) -> None:
        box = self._question(
            self.tr("Leave your data unencrypted?"),
            self.tr("Whoever gets at this disk, or at a copy of it, can read all of them."),
        )
        box.setIcon(QMessageBox.Icon.Warning)
        sure = box.addButton(self.tr("Decrypt"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        sure.clicked.connect(self._model.decrypt)
        box.open()

    def _choose_passphrase(self, then: Callable[[str], None]) -> None:
        self._ask_passphrase(
            self.tr(
                "Choose a passphrase for your data on this computer. It is asked for at each start and kept "
                "nowhere: without it, nobody can read them any more, nor can you."
            ),
            self.tr("Encrypt"),
            then,
            twice=True,
        )

    def _choose_backup(self) -> None:
        chooser = self._chooser(self.tr("Where to write the backup"))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix(_SUFFIX)
        chooser.selectFile(f"CoSteer {date.today().isoformat()}.{_SUFFIX}")
        chooser.fileSelected.connect(lambda name: self.back_up(Path(name)))
        chooser.open()

    def back_up(self, file: Path) -> None:
        """Ask for the passphrase of the backup, and write it."""
        self._ask_passphrase(
            self.tr(
                "Choose a passphrase for the backup. It need not be that of your data, and is kept nowhere: "
                "without it, the backup is worth nothing."
            ),
            self.tr("Back up"),
            lambda passphrase: self._model.back_up(file, passphrase),
            twice=True,
        )

    def _choose_to_restore(self) -> None:
        if self._busy():
            self._dialog.say_error(self.tr("An answer is being written; stop it, then restore the backup."))
            return
        self._questions.ask(own=self._is_sealed)

    def restore(self, file: Path) -> None:
        """Ask for the passphrase of the backup, for that of the data if they have one, and use it."""
        self._questions.ask_about(file, own=self._is_sealed)

    # What comes of it

    def _on_advanced(self, progress: Progress) -> None:
        said = self.tr("{what}… {percent} %").format(
            what=translated(progress.what), percent=percent_of(progress) or 0
        )
        self._dialog.notices.say(said, "notice", self.tr("Stop"), self._model.stop)

    def _on_restored(self, kept: object) -> None:
        box = self._question(
            self.tr("The backup is restored. CoSteer closes now; start it again."),
            self.tr("What was here before could not be read, and is kept: {file}").format(file=kept)
            if kept is not None
            else "",
        )
        box.finished.connect(self.restart_wanted)
        box.open()

    # Dialogs

    @property
    def _is_sealed(self) -> bool:
        """Whether a passphrase opens the data, and is to."""
        status = self._model.status
        return status is not None and status.encrypted and (status.place == "passphrase" or not status.keychain)

    @property
    def _keychain(self) -> str:
        return self._model.status.keychain if self._model.status is not None else ""

    def _ask_passphrase(
        self, words: str, accept: str, then: Callable[[str], None], *, twice: bool = False
    ) -> None:
        dialog = PassphraseDialog(self._dialog, words, accept=accept, twice=twice)
        dialog.given.connect(then)
        dialog.open()

    def _chooser(self, title: str) -> QFileDialog:
        chooser = QFileDialog(self._dialog, title, str(Path.home()))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return chooser

    def _question(self, words: str, more: str) -> QMessageBox:
        box = message_box(self._dialog)
        box.setText(words)
        box.setInformativeText(more)
        return box
