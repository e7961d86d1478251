"""The profile at the window: its files, and the messages that memories were taken from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from costeer.gui.jobs import Jobs
from costeer.gui.joins.search import SearchJoin
from costeer.gui.view_models.profile import ProfileViewModel
from costeer.gui.widgets.parts import message_box
from costeer.gui.widgets.profile_editor import ProfileEditor
from costeer.services.chat import ChatService


class ProfileJoin(QObject):
    """Nothing here waits: the dialogs are open beside the window."""

    def __init__(
        self,
        model: ProfileViewModel,
        editor: ProfileEditor,
        chat: ChatService,
        search: SearchJoin,
        jobs: Jobs,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model = model
        self._editor = editor
        self._chat = chat
        self._search = search
        self._jobs = jobs
        self._window = window
        self._folder = str(Path.home())
        editor.origin_wanted.connect(self.show_message)
        editor.import_wanted.connect(self._choose_import)
        editor.export_wanted.connect(self._choose_export)

    def show_entry(self, entry_id: str) -> None:
        """In the profile; where it is no longer there, the profile as it is."""
        self._model.reveal(entry_id)
        self._editor.show()
        self._editor.raise_()
        self._editor.activateWindow()

    def show_message(self, message_id: str) -> None:
        """In its conversation, wherever that is."""
        job = self._jobs.run(lambda: self._chat.message(message_id).conversation)
        job.succeeded.connect(lambda conversation: self._search.open_message(conversation, message_id))
        job.succeeded.connect(lambda _: self._window.activateWindow())
        job.failed.connect(self._model.failed)

    def _choose_import(self) -> None:
        dialog = self._dialog(self.tr("Import a profile"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Profiles (*.toml *.json *.txt *.md)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.ask_how_to_import(Path(name)))
        dialog.open()

    def ask_how_to_import(self, file: Path) -> None:
        """Beside what there is, or in its place."""
        if not any(model.count for model in self._model.sections.values()):
            self._model.import_file(file, replace=False)
            return
        box = message_box(self._editor)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Add the entries of {file} to your profile, or replace it?").format(file=file.name))
        box.setInformativeText(self.tr("Replacing removes all facts, style and notes there are. Memories stay."))
        add = box.addButton(self.tr("Add"), QMessageBox.ButtonRole.AcceptRole)
        replace = box.addButton(self.tr("Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(add)
        add.clicked.connect(lambda: self._model.import_file(file, replace=False))
        replace.clicked.connect(lambda: self._model.import_file(file, replace=True))
        box.open()

    def _choose_export(self) -> None:
        dialog = self._dialog(self.tr("Export the profile"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Profiles (*.toml)")])
        dialog.setDefaultSuffix("toml")
        dialog.fileSelected.connect(lambda name: self._model.export(Path(name)))
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._editor, title, self._folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.directoryEntered.connect(self._on_folder_entered)
        return dialog

    def _on_folder_entered(self, folder: str) -> None:
        self._folder = folder
