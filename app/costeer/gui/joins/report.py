"""The report of a mistake: the dialog at what makes and saves it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.view_models.report import ReportViewModel
from costeer.gui.widgets.report_dialog import ReportDialog


class ReportJoin(QObject):
    """The dialog is made when it is first opened; the report is made at each opening."""

    def __init__(self, model: ReportViewModel, commands: Commands, look: Look, window: QWidget) -> None:
        super().__init__(window)
        self._model = model
        self._look = look
        self._window = window
        self._dialog: ReportDialog | None = None
        commands.add("application.report", self.tr("Report a problem…"), "application", self.open)

    @property
    def dialog(self) -> ReportDialog:
        if self._dialog is None:
            self._dialog = ReportDialog(self._look, self._window)
            self._dialog.save_wanted.connect(self._choose_file)
            self._model.loaded.connect(self._dialog.put)
            self._model.saved.connect(self._on_saved)
        return self._dialog

    def open(self) -> None:
        dialog = self.dialog
        self._model.load()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        dialog.told.setFocus()

    def _choose_file(self, text: str) -> None:
        chooser = QFileDialog(self.dialog, self.tr("Where to save the report"))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix("md")
        chooser.selectFile("costeer-report.md")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(lambda file: self._model.save(text, Path(file)))
        chooser.open()

    def _on_saved(self, file: str) -> None:
        self.dialog.say(self.tr("Saved in {file}.").format(file=file))
