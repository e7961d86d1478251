"""What has left this computer, beyond the answer that is shown: by day, and every string."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.joins.ledger import LedgerJoin
from costeer.gui.joins.search import SearchJoin
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.known import KnownViewModel
from costeer.gui.view_models.ledger import LedgerViewModel
from costeer.gui.view_models.timeline import TimelineViewModel
from costeer.gui.widgets.privacy_panel import PrivacyPanel
from costeer.gui.widgets.records_dialog import RecordsDialog
from costeer.services.known import KnownString


class RecordsJoin(QObject):
    """Makes the dialog when it is first wanted: a start does without."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        chat: ChatViewModel,
        search: SearchJoin,
        panel: PrivacyPanel,
        commands: Commands,
        look: Look,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._chat = chat
        self.ledger = LedgerViewModel(app, jobs, window)
        self.ledger_join = LedgerJoin(self.ledger, lambda: self.dialog, self)
        self._search = search
        self._look = look
        self._window = window
        self._dialog: RecordsDialog | None = None
        self.timeline = TimelineViewModel(app.audit, jobs, window)
        self.known = KnownViewModel(app.audit, jobs, window)
        panel.timeline_wanted.connect(self.open_timeline)
        panel.known_wanted.connect(self.open_known)
        title = self.tr("What left this computer, day by day…")
        commands.add("privacy.timeline", title, "view", self.open_timeline)
        commands.add("privacy.known", self.tr("What the cloud knows of me…"), "view", self.open_known)

    @property
    def dialog(self) -> RecordsDialog:
        if self._dialog is None:
            self._dialog = made = RecordsDialog(self.timeline, self.known, self._look, self._window)
            made.timeline.report_wanted.connect(self.ledger_join.choose_report)
            made.known.scope_chosen.connect(self._load)
            self.ledger.said.connect(lambda text: made.notices.say(text, "notice"))
            self.ledger.busy_changed.connect(lambda: made.timeline.report.setEnabled(not self.ledger.busy))
            made.known.message_wanted.connect(self._on_message_wanted)
            made.known.export_wanted.connect(self._choose_file)
            made.tabs.currentChanged.connect(lambda _: self._on_page_changed())
            exported = self.tr("Everything that was sent is listed in {file}.")
            self.known.exported.connect(lambda file: made.notices.say(exported.format(file=file), "notice"))
        return self._dialog

    def open_timeline(self) -> None:
        self.timeline.load()
        self.dialog.bring_up(self.dialog.timeline)
        self.dialog.timeline.chart.setFocus()

    def open_known(self) -> None:
        self._load(here=self._chat.conversation_id is not None)
        self.dialog.bring_up(self.dialog.known)
        self.dialog.known.field.setFocus()

    def close(self) -> None:
        """Ask for nothing more."""
        self.timeline.payloads.close()
        self.known.stop()
        self.ledger.stop()

    def _load(self, here: bool) -> None:
        """What was sent in the conversation that is shown, or ever. Of a temporary one nothing is on record."""
        conversation = None if self._chat.temporary else self._chat.conversation_id
        here = here and conversation is not None
        self.known.load(conversation if here else None)
        self.dialog.known.put_scope(here=here, there_is_one=conversation is not None)

    def _on_page_changed(self) -> None:
        """Whoever turns to a page that has not been filled yet sees it filled."""
        if self.dialog.tabs.currentWidget() is self.dialog.timeline:
            self.timeline.load()
        elif not self.known.busy and not self.known.known.requests:
            self._load(here=self._chat.conversation_id is not None)

    def _on_message_wanted(self, one: KnownString) -> None:
        if one.conversation is not None and one.message is not None:
            self._search.open_message(one.conversation, one.message)
            self._window.activateWindow()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self.dialog, self.tr("Export what was sent"), str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Text (*.txt)")])
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(lambda name: self.known.export(Path(name)))
        dialog.open()
