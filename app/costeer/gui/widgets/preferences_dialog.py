"""Preferences: what answers are to be like, and what that is learnt from."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.choices import ChoicesViewModel
from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.view_models.weights import WeightsViewModel
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.preferences.choices_page import ChoicesPage
from costeer.gui.widgets.preferences.reward_page import RewardPage
from costeer.gui.widgets.preferences.sliders_page import SlidersPage

_SIZE = (640, 620)


class PreferencesDialog(QDialog):
    """Open beside the window, so that what a slider does can be tried. Window thread only."""

    def __init__(
        self,
        weights: WeightsViewModel,
        choices: ChoicesViewModel,
        training: TrainingViewModel,
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._training = training
        self.setWindowTitle(self.tr("Preferences"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 80))
        self.notices = NoticeBar(look)
        self.sliders = SlidersPage(weights, look)
        self.choices = ChoicesPage(choices)
        self.training = RewardPage(training)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("What is shown"))
        self.tabs.addTab(self.sliders, self.tr("Sliders"))
        self.tabs.addTab(self.choices, self.tr("What you chose"))
        self.tabs.addTab(self.training, self.tr("Training"))
        self.sliders.training_wanted.connect(lambda: self.tabs.setCurrentWidget(self.training))
        training.changed.connect(self._on_training_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 18)
        column.setSpacing(10)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.notices)

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")

    def _on_training_changed(self) -> None:
        self.sliders.say_usable(self._training.used is not None or not self._training.model_name)
