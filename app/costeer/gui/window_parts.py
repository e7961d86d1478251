"""What the main window is made of: its view models, its widgets, and where these stand. No behaviour."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.view_models.compare import CompareViewModel
from costeer.gui.view_models.conversations import ConversationsViewModel
from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.view_models.documents import DocumentsViewModel
from costeer.gui.view_models.drafts import DraftsViewModel
from costeer.gui.view_models.feedback import FeedbackViewModel
from costeer.gui.view_models.first_run import FirstRunViewModel
from costeer.gui.view_models.fitting import FittingViewModel
from costeer.gui.view_models.ledger import LedgerViewModel
from costeer.gui.view_models.own_data import OwnDataViewModel
from costeer.gui.view_models.privacy import PrivacyViewModel
from costeer.gui.view_models.profile import ProfileViewModel
from costeer.gui.view_models.protection import ProtectionViewModel
from costeer.gui.view_models.report import ReportViewModel
from costeer.gui.view_models.search import SearchModel
from costeer.gui.view_models.sections import SectionsModel
from costeer.gui.view_models.settings import SettingsViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.view_models.traces import TraceViewModel
from costeer.gui.view_models.transfer import TransferViewModel
from costeer.gui.view_models.waits import WaitsViewModel
from costeer.gui.widgets.clouds_dialog import CloudsDialog
from costeer.gui.widgets.composer import Composer
from costeer.gui.widgets.fit_dialog import FitDialog
from costeer.gui.widgets.header import Header
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.panes import Panes
from costeer.gui.widgets.privacy_panel import PrivacyPanel
from costeer.gui.widgets.profile_editor import ProfileEditor
from costeer.gui.widgets.sidebar import Sidebar
from costeer.gui.widgets.steering_bar import SteeringBar
from costeer.gui.widgets.transcript import COLUMN_WIDTH, MessageSources, Transcript
from costeer.gui.wording import name_words

_SIZE = (1200, 800)
_FRAME = (8, 40)
"""About what the window manager puts around a window, in logical pixels."""

_CHAT_LEAST, _HEIGHT_LEAST = 450, 400


class WindowParts(QMainWindow):
    """A feature adds its view model and widget here, and its join in `MainWindow`. The view models are children
    of the window, which says what they tell with `failed`."""

    def __init__(self, app: Application, jobs: Jobs, look: Look, icon: QIcon) -> None:
        super().__init__()
        self._app = app
        self._jobs = jobs
        self._look = look
        self.commands = Commands(self, app.settings.window.shortcuts)
        self._make_models(app, jobs)
        self._make_widgets(app, icon)
        self.setWindowTitle("CoSteer")
        self.setWindowIcon(icon)
        self._lay_out()
        self._take_first_size()

    def _make_models(self, app: Application, jobs: Jobs) -> None:
        self.settings = SettingsViewModel(app, jobs, self)
        self.own_data = OwnDataViewModel(app, jobs, self)
        self.ledger = LedgerViewModel(app, jobs, self)
        self.forgetting = LedgerViewModel(app, jobs, self)
        self.protection = ProtectionViewModel(app, jobs, self)
        self.first_run = FirstRunViewModel(app, jobs, self)
        self.report = ReportViewModel(app, jobs, self)
        self.conversations = ConversationsViewModel(app.chat, jobs, self)
        self.sections = SectionsModel(self.conversations, self)
        self.search = SearchModel(app.chat, jobs, self)
        self.steering = SteeringViewModel(app, jobs, self)
        self.fitting = FittingViewModel(app.fitting, self.steering, jobs, self)
        self.traces = TraceViewModel(app.chat, jobs, self)
        self.comparing = CompareViewModel(app.chat, app.preferences, jobs, self)
        self.waits = WaitsViewModel(app.waits, lambda: app.endpoint_title, self)
        self.chat = ChatViewModel(app.chat, self.traces, self.steering.options, self.waits, jobs, self)
        self.feedback = FeedbackViewModel(app.chat, app.preferences, self.chat, jobs, self)
        self.disclosures = DisclosuresViewModel(app.disclosures, jobs, self)
        self.transfer = TransferViewModel(app.transfer, jobs, self)
        self.documents = DocumentsViewModel(app.documents, self.chat, jobs, self)
        self.drafts = DraftsViewModel(app.chat, jobs, self)
        self.profile = ProfileViewModel(app.profile, jobs, self)
        self.privacy = PrivacyViewModel(app, jobs, self)
        self.clouds = CloudsViewModel(app.clouds, app.costs, jobs, self)

    def _make_widgets(self, app: Application, icon: QIcon) -> None:
        look, commands, traces = self._look, self.commands, self.traces
        self.sidebar = Sidebar(self.sections, self.search, look, icon, commands)
        self.header = Header(name_words(app.endpoint_title), look, commands)
        marks = lambda one: traces.of(one) if traces.shown else ()  # noqa: E731 - asked at each use
        chat = self.chat
        edits = lambda one: self.drafts.edit_of(chat.desk, one)  # noqa: E731
        stand_ins = lambda: self.disclosures.stand_ins  # noqa: E731
        sources = MessageSources(
            marks,
            chat.figures_of,
            chat.branch_of,
            self.documents.of_message,
            edits,
            self.feedback.thumb_of,
            stand_ins,
        )
        self.transcript = Transcript(look, commands, sources)
        self.notices = NoticeBar(look)
        self.composer = Composer(look, commands)
        self.steering_bar = SteeringBar(commands)
        self.privacy_panel = PrivacyPanel(self.privacy.requests, look)
        self.editor = ProfileEditor(self.profile, self.disclosures, self.steering, look, self)
        self.fit_dialog = FitDialog(self.fitting, look, self)
        self.clouds_dialog = CloudsDialog(self.clouds, look, self)

    def _lay_out(self) -> None:
        foot = QWidget()
        foot.setMaximumWidth(COLUMN_WIDTH + 40)
        below = QVBoxLayout(foot)
        below.setContentsMargins(20, 4, 20, 12)
        below.setSpacing(10)
        below.addWidget(self.notices)
        below.addWidget(self.composer)
        below.addWidget(self.steering_bar)
        centred = QHBoxLayout()
        centred.addWidget(foot)
        pane = QWidget()
        pane.setObjectName("chatPane")
        column = QVBoxLayout(pane)
        column.addStrut(_CHAT_LEAST)  # a minimum width of the pane's own would hide that its content needs more
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.transcript, 1)
        column.addLayout(centred)
        header = self.header
        self.panes = Panes(self.sidebar, pane, self.privacy_panel, header.list_toggle, header.privacy_toggle)
        self.setCentralWidget(self.panes)

    def _take_first_size(self) -> None:
        """As large as is pleasant, never larger than the screen; the panes give way, so it may get narrow."""
        self.setMinimumSize(_CHAT_LEAST, _HEIGHT_LEAST)
        room = self.screen().availableSize()
        width, height = (
            min(one, most - frame) for one, most, frame in zip(_SIZE, room.toTuple(), _FRAME, strict=True)
        )
        self.resize(max(_CHAT_LEAST, width), max(_HEIGHT_LEAST, height))
