"""The personal model: what it learns from, and its training."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.augmenting import AugmentingViewModel
from costeer.gui.view_models.training import TrainingViewModel
from costeer.gui.view_models.writings import WritingsViewModel
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.personal.augmenting_page import AugmentingPage
from costeer.gui.widgets.personal.training_page import PersonalTrainingPage
from costeer.gui.widgets.personal.writings_page import WritingsPage

_SIZE = (680, 620)


class PersonalDialog(QDialog):
    """Open beside the window. Window thread only."""

    def __init__(
        self,
        writings: WritingsViewModel,
        augmenting: AugmentingViewModel,
        training: TrainingViewModel,
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Personal model"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 80))
        self.notices = NoticeBar(look)
        self.writings = WritingsPage(writings)
        self.augmenting = AugmentingPage(augmenting)
        self.training = PersonalTrainingPage(training)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("What is shown"))
        self.tabs.addTab(self.writings, self.tr("What it learns from"))
        self.tabs.addTab(self.augmenting, self.tr("More like them"))
        self.tabs.addTab(self.training, self.tr("Training"))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 18)
        column.setSpacing(10)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.notices)

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")
