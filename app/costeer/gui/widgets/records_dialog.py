"""What has left this computer, for whoever wants to look closer than the panel does."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.known import KnownViewModel
from costeer.gui.view_models.timeline import TimelineViewModel
from costeer.gui.widgets.known_page import KnownPage
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.timeline_page import TimelinePage

_SIZE = (1040, 700)


class RecordsDialog(QDialog):
    """Open beside the window, so that both can be read. Window thread only."""

    def __init__(
        self, timeline: TimelineViewModel, known: KnownViewModel, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What left this computer"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 80))
        self.notices = NoticeBar(look)
        self.timeline = TimelinePage(timeline, look)
        self.known = KnownPage(known, look)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("What is shown"))
        self.tabs.addTab(self.timeline, self.tr("Day by day"))
        self.tabs.addTab(self.known, self.tr("What the cloud knows of you"))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 18)
        column.setSpacing(10)
        column.addWidget(self.notices)
        column.addWidget(self.tabs, 1)

    def bring_up(self, page: QWidget) -> None:
        self.notices.clear()
        self.tabs.setCurrentWidget(page)
        self.show()
        self.raise_()
        self.activateWindow()

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")
