"""What helps with answers and was given up, at the notices: it is said once, and can be tried again."""

from __future__ import annotations

from PySide6.QtCore import QObject

from costeer.gui.markdown.helper import ENDED_AT_MOST
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.widgets.notice_bar import NoticeBar


class HelpersJoin(QObject):
    """Window thread only. The answers themselves stay readable: code as it is, formulas as their LaTeX."""

    def __init__(self, workshop: Workshop, notices: NoticeBar, window: QObject) -> None:
        super().__init__(window)
        self._workshop = workshop
        self._notices = notices
        workshop.colors.given_up.connect(self._say_code)
        workshop.formulas.given_up.connect(self._say_formulas)

    def _say_code(self) -> None:
        said = self.tr("Code has no colours from here on: what colours it had to be ended {count} times.")
        again = self._workshop.colors.begin_again
        self._notices.say(said.format(count=ENDED_AT_MOST), "notice", self.tr("Try again"), again)

    def _say_formulas(self) -> None:
        said = self.tr("Formulas stay as LaTeX from here on: what draws them had to be ended {count} times.")
        again = self._workshop.formulas.begin_again
        self._notices.say(said.format(count=ENDED_AT_MOST), "notice", self.tr("Try again"), again)
