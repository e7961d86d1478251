"""Preferences at the window: the dialog, and what it does beyond itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.choices import ChoicesViewModel
from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.view_models.weights import WeightsViewModel
from costeer.gui.widgets.preferences_dialog import PreferencesDialog
from costeer.services.dimensions import Weighed
from costeer.services.preferences import ToldPreference


class PreferencesJoin(QObject):
    """Makes the dialog when it is first wanted: a start does without. A training goes on when it is closed."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        chat: ChatViewModel,
        commands: Commands,
        look: Look,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._look = look
        self._window = window
        self._folder = str(Path.home())
        self._dialog: PreferencesDialog | None = None
        self.weights = WeightsViewModel(app.dimensions, app.taste, jobs, window)
        self.choices = ChoicesViewModel(app.preferences, jobs, window)
        self.training = TrainingViewModel(
            app, "reward", app.training.train_reward, jobs, lambda: chat.busy, window
        )
        commands.add("you.preferences", self.tr("Preferences…"), "you", self.open, "Ctrl+Shift+P")

    @property
    def dialog(self) -> PreferencesDialog:
        if self._dialog is None:
            self._dialog = made = PreferencesDialog(
                self.weights, self.choices, self.training, self._look, self._window
            )
            self.weights.removed.connect(self._on_weight_removed)
            self.choices.removed.connect(self._on_choice_removed)
            self.choices.exported.connect(self._on_exported)
            made.choices.export_wanted.connect(self._choose_file)
        return self._dialog

    def open(self) -> None:
        self.weights.load()
        self.choices.load()
        self.training.load()
        dialog = self.dialog
        dialog.notices.clear()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def leave(self) -> None:
        """Keep what is not kept yet, and compute no more; a training goes on the next time it is begun."""
        self.weights.flush()
        self.weights.stop()
        self.training.stop()

    def _on_weight_removed(self, removed: Weighed) -> None:
        said = self.tr("“{text}” was removed.").format(text=removed.dimension.principle)
        self.dialog.notices.say(said, "notice", self.tr("Undo"), lambda: self.weights.put_back(removed))

    def _on_choice_removed(self, removed: ToldPreference) -> None:
        said = self.tr("It was taken back.")
        self.dialog.notices.say(said, "notice", self.tr("Undo"), lambda: self.choices.put_back(removed))

    def _on_exported(self, file: Path) -> None:
        self.dialog.notices.say(self.tr("It is all in {file}.").format(file=file), "notice")

    def _choose_file(self) -> None:
        chooser = QFileDialog(self.dialog, self.tr("Export what you chose"), self._folder)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters([self.tr("A JSON object a line (*.jsonl)")])
        chooser.setDefaultSuffix("jsonl")
        chooser.fileSelected.connect(lambda name: self.choices.export(Path(name)))
        chooser.open()
