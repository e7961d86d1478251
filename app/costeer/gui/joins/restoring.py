"""What is asked before a backup is restored: which one, its passphrase, and one for the data if they need one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from costeer.gui.widgets.passphrase_dialog import PassphraseDialog


class RestoreQuestions(QObject):
    """`answered` with the file, its passphrase, and the one that opens the data from then on (empty: none is
    wanted); `declined` when the user leaves a question. They are asked over the window `over`, on its thread."""

    answered = Signal(object, str, str)
    declined = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over

    def ask(self, *, own: bool) -> None:
        """`own`: whether the data are to be opened by a passphrase."""
        chooser = QFileDialog(self._over, self.tr("The backup to restore"), str(Path.home()))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.fileSelected.connect(lambda name: self.ask_about(Path(name), own=own))
        chooser.rejected.connect(self.declined)
        chooser.open()

    def ask_about(self, file: Path, *, own: bool) -> None:
        """As `ask`, of a backup that was chosen already."""

        def given(passphrase: str) -> None:
            if own:
                self._ask_own(lambda chosen: self.answered.emit(file, passphrase, chosen))
            else:
                self.answered.emit(file, passphrase, "")

        words = self.tr(
            "Enter the passphrase of the backup. What is in it takes the place of what is here now, which is then "
            "gone."
        )
        self._show(PassphraseDialog(self._over, words, accept=self.tr("Restore")), given)

    def _ask_own(self, then: Callable[[str], None]) -> None:
        words = self.tr(
            "Choose a passphrase for your data on this computer. It is asked for at each start and kept nowhere: "
            "without it, nobody can read them any more, nor can you."
        )
        self._show(PassphraseDialog(self._over, words, accept=self.tr("Restore"), twice=True), then)

    def _show(self, dialog: PassphraseDialog, then: Callable[[str], None]) -> None:
        dialog.given.connect(then)
        dialog.rejected.connect(self.declined)
        dialog.open()
