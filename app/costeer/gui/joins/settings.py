"""The settings at what they change: the look, the keys, the models, the data on this computer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QSystemTrayIcon, QWidget

from costeer.gui.commands import Commands
from costeer.gui.joins.ledger import LedgerJoin
from costeer.gui.joins.protection import ProtectionJoin
from costeer.gui.theme import LARGEST_TEXT, SMALLEST_TEXT, Look
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.view_models.ledger import LedgerViewModel
from costeer.gui.view_models.own_data import OwnDataViewModel
from costeer.gui.view_models.protection import ProtectionViewModel
from costeer.gui.view_models.settings import SettingsViewModel, with_field
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.widgets.parts import message_box
from costeer.gui.widgets.settings.appearance_page import AppearancePage
from costeer.gui.widgets.settings.endpoints_page import EndpointsPage
from costeer.gui.widgets.settings.ledger_page import LedgerPage
from costeer.gui.widgets.settings.models_page import ModelsPage
from costeer.gui.widgets.settings.privacy_page import PrivacyPage
from costeer.gui.widgets.settings.protection_rows import ProtectionRows
from costeer.gui.widgets.settings.rows import RowMaker, SettingsPage
from costeer.gui.widgets.settings.shortcuts_page import ShortcutsPage
from costeer.gui.widgets.settings.storage_page import StoragePage
from costeer.gui.widgets.settings_dialog import SettingsDialog

_STEP = 10


class SettingsJoin(QObject):
    """The dialog is made when it is first opened. `erase_wanted` once the user has confirmed twice and the keys
    are gone; `restart_wanted` once a backup is restored; `report_wanted` for a preview of an error report;
    `clouds_wanted` with whether one is to be added."""

    erase_wanted = Signal()
    restart_wanted = Signal()
    report_wanted = Signal()
    clouds_wanted = Signal(bool)

    def __init__(
        self,
        settings: SettingsViewModel,
        data: OwnDataViewModel,
        ledger: LedgerViewModel,
        clouds: CloudsViewModel,
        disclosures: DisclosuresViewModel,
        protection: ProtectionViewModel,
        steering: SteeringViewModel,
        busy: Callable[[], bool],
        commands: Commands,
        look: Look,
        window: QWidget,
    ) -> None:
        """`busy`: whether an answer is being written."""
        super().__init__(window)
        self._settings = settings
        self._data = data
        self._ledger = ledger
        self._clouds = clouds
        self._disclosures = disclosures
        self._protection = protection
        self._steering = steering
        self._busy = busy
        self._commands = commands
        self._look = look
        self._window = window
        self._dialog: SettingsDialog | None = None
        self._days = settings.settings.ledger_days
        self.ledger_join = LedgerJoin(ledger, lambda: self.dialog, self)
        settings.changed.connect(self._on_changed)
        data.forgotten.connect(self._on_forgotten)
        self._add_commands()

    @property
    def dialog(self) -> SettingsDialog:
        if self._dialog is None:
            self._dialog = self._make()
        return self._dialog

    @property
    def made(self) -> SettingsDialog | None:
        """The dialog, if it has been opened."""
        return self._dialog

    def open(self) -> None:
        dialog = self.dialog
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _add_commands(self) -> None:
        add, size = self._commands.add, self._change_size
        add("application.settings", self.tr("Settings…"), "application", self.open, "Ctrl+,")
        add("view.larger", self.tr("Larger text"), "view", lambda: size(_STEP), "Ctrl++")
        add("view.smaller", self.tr("Smaller text"), "view", lambda: size(-_STEP), "Ctrl+-")
        usual: Callable[[], None] = lambda: self._settings.put_window(text_size=100)  # noqa: E731
        add("view.usual_size", self.tr("Text in its usual size"), "view", usual, "Ctrl+0")
        add("view.theme", self.tr("Light or dark"), "view", self._switch_theme)

    def _change_size(self, step: int) -> None:
        wanted = self._settings.window.text_size + step
        self._settings.put_window(text_size=min(LARGEST_TEXT, max(SMALLEST_TEXT, wanted)))

    def _switch_theme(self) -> None:
        self._settings.put_window(theme="light" if self._look.theme.name == "dark" else "dark")

    def _on_changed(self) -> None:
        window = self._settings.window
        self._look.take(window)
        self._commands.use(window.shortcuts)
        if self._settings.settings.ledger_days != self._days:
            self._load_ledger()

    def _load_ledger(self) -> None:
        self._days = self._settings.settings.ledger_days
        self._ledger.load(self._days)

    def _make(self) -> SettingsDialog:
        make = RowMaker(self._settings, self._look)
        endpoints = EndpointsPage(self._clouds, self._look)
        endpoints.clouds_wanted.connect(lambda: self.clouds_wanted.emit(False))
        endpoints.adding_wanted.connect(lambda: self.clouds_wanted.emit(True))
        models = ModelsPage(make, self._data, self._look)
        models.choosing_wanted.connect(self._choose_model)
        storage = StoragePage(self._data, self._look)
        storage.folder_wanted.connect(self._open_folder)
        storage.erase_wanted.connect(self._ask_to_erase)
        privacy = PrivacyPage(make, self._disclosures, self._steering, self._look)
        privacy.report_wanted.connect(self.report_wanted)
        ledger = LedgerPage(make, self._settings, self._ledger, self._look)
        ledger.export_wanted.connect(self.ledger_join.choose_export)
        ledger.report_wanted.connect(lambda: self.ledger_join.choose_report())
        ledger.removal_wanted.connect(lambda: self.ledger_join.ask_to_remove(self._days))
        ledger.forgetting_wanted.connect(lambda: self.ledger_join.ask_to_forget(None))
        protection_rows = ProtectionRows(privacy, self._protection, self._look)
        tray = QSystemTrayIcon.isSystemTrayAvailable()
        appearance = AppearancePage(make, tray=tray)
        shortcuts = ShortcutsPage(self._commands, self._settings, self._look)
        pages: tuple[SettingsPage, ...] = (endpoints, models, appearance, shortcuts, storage, privacy, ledger)
        dialog = SettingsDialog(pages, self._look, self._window)
        dialog.shown.connect(self._data.load)
        dialog.shown.connect(self._load_ledger)
        dialog.shown.connect(self._clouds.load)
        dialog.shown.connect(self._disclosures.load)
        dialog.shown.connect(self._clouds.load_form)
        for one in (self._data, self._ledger):
            one.said.connect(dialog.say)
            one.busy_changed.connect(self._on_busy_changed)
        self.protection_join = ProtectionJoin(self._protection, protection_rows, self._busy, dialog)
        self.protection_join.restart_wanted.connect(self.restart_wanted)
        return dialog

    def _on_busy_changed(self) -> None:
        """What was done may have changed what there is."""
        if not self._ledger.busy and not self._data.busy:
            self._load_ledger()

    def _choose_model(self) -> None:
        chooser = QFileDialog(self.dialog, self.tr("A model file"))
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilter(self.tr("Models ({patterns})").format(patterns="*.gguf"))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(self.use_model)
        chooser.open()

    def use_model(self, file: str) -> None:
        """Steer with the model in `file` from the next answer on."""
        self._settings.put(lambda settings: with_field(settings, "local_model", file))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._data.folder)))

    def _ask_to_erase(self) -> None:
        """Twice, each time with Cancel as what Enter does."""
        self._ask(
            self.tr("Delete everything that CoSteer keeps on this computer?"),
            self.tr(
                "All conversations, your profile and memories, the keys of your clouds, settings, models you "
                "added, the record of what was sent and the backups you made here are removed for good. The "
                "application ends."
            ),
            self.tr("Continue"),
            self._ask_again,
        )

    def _ask_again(self) -> None:
        self._ask(
            self.tr("This cannot be undone. Delete all of it now?"),
            str(self._data.folder),
            self.tr("Delete everything"),
            self._data.forget_all,
        )

    def _on_forgotten(self, left: list[Path]) -> None:
        """What stays is told before the application ends."""
        if not left:
            self.erase_wanted.emit()
            return
        box = message_box(self.dialog)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(self.tr("Some backups are not where they were made, and are not deleted."))
        box.setInformativeText("\n".join(str(one) for one in left))
        box.finished.connect(self.erase_wanted)
        box.open()

    def _ask(self, question: str, more: str, answer: str, then: Callable[[], None]) -> None:
        box = message_box(self.dialog)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(question)
        box.setInformativeText(more)
        button = box.addButton(answer, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        button.clicked.connect(then)
        box.open()
