"""Settings: whether the data on this computer are encrypted, backups, and the way back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.protection import ProtectionViewModel
from costeer.gui.widgets.settings.rows import SettingRow, SettingsPage
from costeer.services.at_rest.protection import ProtectionStatus


class ProtectionRows(QObject):
    """A section of `page`. Whoever hears what is wanted asks for the rest: passphrases, files, whether one is
    sure."""

    encrypt_wanted = Signal()
    decrypt_wanted = Signal()
    key_wanted = Signal()
    backup_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, page: SettingsPage, model: ProtectionViewModel, look: Look) -> None:
        super().__init__(page)
        self._model = model
        page.begin_section(self.tr("What is stored on this computer"))
        self.change = QPushButton(self.tr("Encrypt…"))
        self.change.clicked.connect(self._on_change)
        self.key = QPushButton(self.tr("Another key…"))
        self.key.clicked.connect(self.key_wanted)
        self.encryption = page.add(SettingRow(self.tr("Encryption"), " ", _beside(self.key, self.change), look))
        self.back_up = QPushButton(self.tr("Back up…"))
        self.back_up.clicked.connect(self.backup_wanted)
        page.add(
            SettingRow(
                self.tr("Backup"),
                self.tr(
                    "Conversations, profile, memories and the record of what was sent, in one encrypted file with "
                    "a passphrase of its own. The keys of your clouds are not in it."
                ),
                self.back_up,
                look,
            )
        )
        self.restore = QPushButton(self.tr("Restore…"))
        self.restore.clicked.connect(self.restore_wanted)
        page.add(
            SettingRow(
                self.tr("Restore a backup"),
                self.tr("What is in the backup takes the place of what is here now. It is checked first."),
                self.restore,
                look,
            )
        )
        model.loaded.connect(self.refresh)
        model.busy_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        status = self._model.status
        ready = status is not None and not self._model.busy
        for one in (self.change, self.key, self.back_up, self.restore):
            one.setEnabled(ready)
        if status is not None:
            self.encryption.meaning.setText(self._words(status))
            self.change.setText(self.tr("Decrypt…") if status.encrypted else self.tr("Encrypt…"))
            self.key.setVisible(status.encrypted)

    def _words(self, status: ProtectionStatus) -> str:
        if status.encrypted and status.place == "keychain":
            name = status.keychain or self.tr("a keychain")
            return self.tr("Your data are encrypted. The key is in {name}.").format(name=name)
        if status.encrypted:
            return self.tr("Your data are encrypted. Your passphrase is asked for at each start.")
        if status.wished_plain:
            return self.tr("Your data are not encrypted, as you wished. Whoever gets at this disk can read them.")
        if status.keychain:
            said = self.tr("Your data are not encrypted yet. The next start does it, with a key in {name}.")
            return said.format(name=status.keychain)
        return self.tr(
            "Your data are not encrypted, because this computer offers no keychain for the key. Choose a "
            "passphrase to encrypt them with; until then, whoever gets at this disk can read them."
        )

    def _on_change(self) -> None:
        status = self._model.status
        if status is not None:
            (self.decrypt_wanted if status.encrypted else self.encrypt_wanted).emit()


def _beside(*buttons: QPushButton) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    for one in buttons:
        row.addWidget(one)
    return both
