"""What has left this computer, beyond the answer that is shown: by day."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.theme import Look
from costeer.gui.view_models.timeline import TimelineViewModel
from costeer.gui.widgets.privacy_panel import PrivacyPanel
from costeer.gui.widgets.records_dialog import RecordsDialog


class RecordsJoin(QObject):
    """Makes the dialog when it is first wanted: a start does without."""

    def __init__(
        self, app: Application, jobs: Jobs, panel: PrivacyPanel, commands: Commands, look: Look, window: QWidget
    ) -> None:
        super().__init__(window)
        self._look = look
        self._window = window
        self._dialog: RecordsDialog | None = None
        self.timeline = TimelineViewModel(app.audit, jobs, window)
        panel.timeline_wanted.connect(self.open_timeline)
        commands.add(
            "privacy.timeline", self.tr("What left this computer, day by day"), "view", self.open_timeline
        )

    @property
    def dialog(self) -> RecordsDialog:
        if self._dialog is None:
            self._dialog = RecordsDialog(self.timeline, self._look, self._window)
        return self._dialog

    def open_timeline(self) -> None:
        self.timeline.load()
        self.dialog.bring_up(self.dialog.timeline)
        self.dialog.timeline.chart.setFocus()

    def close(self) -> None:
        """Ask for nothing more."""
        self.timeline.payloads.close()
