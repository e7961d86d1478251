"""The main window: puts view models and widgets together, and nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMainWindow, QMessageBox, QVBoxLayout, QWidget

from costeer.bootstrap import Application
from costeer.foundation.errors import KeysLocked
from costeer.gui.jobs import Job, Jobs
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.clouds import CloudsViewModel
from costeer.gui.view_models.conversations import ConversationListModel
from costeer.gui.view_models.fitting import FittingViewModel
from costeer.gui.view_models.privacy import PrivacyViewModel
from costeer.gui.view_models.profile import ProfileViewModel
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.view_models.traces import TraceViewModel
from costeer.gui.view_models.waits import WaitsViewModel
from costeer.gui.widgets.clouds_dialog import CloudsDialog
from costeer.gui.widgets.composer import Composer
from costeer.gui.widgets.fit_dialog import FitDialog
from costeer.gui.widgets.header import CLOUDS_KEYS, Header
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.panes import Panes
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.gui.widgets.privacy_panel import PrivacyPanel
from costeer.gui.widgets.profile_editor import ProfileEditor
from costeer.gui.widgets.sidebar import Sidebar
from costeer.gui.widgets.steering_bar import SteeringBar
from costeer.gui.widgets.transcript import COLUMN_WIDTH, Transcript
from costeer.gui.wording import phase_words, sentence
from costeer.storage.records import Conversation

_SIZE = (1200, 800)
_FRAME = (8, 40)
"""About what the window manager puts around a window, in logical pixels."""

_CHAT_LEAST, _HEIGHT_LEAST = 450, 400
_OPENABLE = ("http", "https", "mailto")


class MainWindow(QMainWindow):
    """Nothing here waits: whatever may block goes through `jobs`. `closed` once the window has been closed."""

    closed = Signal()

    def __init__(self, app: Application, jobs: Jobs, look: Look, icon: QIcon) -> None:
        super().__init__()
        self._app = app
        self._jobs = jobs
        self._drafts: dict[str | None, str] = {}
        self._draft_of: str | None = None
        self._said_busy = ""
        self.conversations = ConversationListModel(app.chat, jobs, self)
        self.steering = SteeringViewModel(app, jobs, self)
        self.fitting = FittingViewModel(app.fitting, self.steering, jobs, self)
        self.traces = TraceViewModel(app.chat, jobs, self)
        self.waits = WaitsViewModel(app.waits, lambda: app.endpoint_title, self)
        self.chat = ChatViewModel(app.chat, self.traces, self.steering.options, self.waits, jobs, self)
        self.profile = ProfileViewModel(app.profile, jobs, self)
        self.privacy = PrivacyViewModel(app, jobs, self)
        self.clouds = CloudsViewModel(app.clouds, app.costs, jobs, self)

        self.sidebar = Sidebar(self.conversations, look, icon)
        self.header = Header(app.endpoint_title, look)
        self.transcript = Transcript(
            look, lambda one: self.traces.of(one) if self.traces.shown else (), self.chat.figures_of
        )
        self.notices = NoticeBar(look)
        self.composer = Composer(look)
        self.steering_bar = SteeringBar()
        self.privacy_panel = PrivacyPanel(self.privacy.requests, look)
        self.editor = ProfileEditor(self.profile, self.steering, look, self)
        self.fit_dialog = FitDialog(self.fitting, look, self)
        self.clouds_dialog = CloudsDialog(self.clouds, look, self)

        self.setWindowTitle("CoSteer")
        self.setWindowIcon(icon)
        self._lay_out()
        self._take_first_size()
        self._join_chat()
        self._join_lists()
        self._join_steering()
        self._join_privacy()
        self._join_clouds()
        self._add_shortcuts()
        self.composer.setFocus()

    def load(self) -> None:
        """Read what is stored; to be called once the window is on the screen."""
        self.conversations.load()
        self.profile.load()
        self.clouds.load()

    def warm(self, job: Job) -> None:
        """The models are being loaded; what goes wrong then goes wrong for every answer, so it is said now."""
        job.failed.connect(self.say_error)

    def say_error(self, error: Exception) -> None:
        """Show an error, once: in the dialog that is open, else above the composer."""
        if isinstance(error, KeysLocked):
            self.clouds.ask_for_passphrase()
        text = sentence(error, self._app.paths.log_file)
        for dialog in (self.clouds_dialog, self.fit_dialog, self.editor):
            if dialog.isVisible():
                dialog.say_error(text)
                return
        self.notices.say(text, "error")

    def leave(self) -> None:
        """Stop the answer, save what is unsaved, listen no more. The jobs may still be at work afterwards."""
        self.chat.stop_everywhere()
        self.fitting.stop()
        self.clouds.stop()
        self.steering.flush()
        self.privacy.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        for dialog in (self.editor, self.fit_dialog, self.clouds_dialog):
            dialog.close()
        super().closeEvent(event)
        self.closed.emit()

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
        pane.setMinimumWidth(_CHAT_LEAST)
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.transcript, 1)
        column.addLayout(centred)
        panes = Panes(self.sidebar, pane, self.privacy_panel, self.header.list_toggle, self.header.privacy_toggle)
        self.setCentralWidget(panes)

    def _take_first_size(self) -> None:
        """As large as is pleasant, never larger than the screen; the panes give way, so it may get narrow."""
        self.setMinimumSize(_CHAT_LEAST, _HEIGHT_LEAST)
        room = self.screen().availableSize()
        width, height = (
            min(one, most - frame) for one, most, frame in zip(_SIZE, room.toTuple(), _FRAME, strict=True)
        )
        self.resize(max(_CHAT_LEAST, width), max(_HEIGHT_LEAST, height))

    def _join_chat(self) -> None:
        chat = self.chat
        self.composer.send_wanted.connect(self._on_send)
        self.composer.stop_wanted.connect(chat.stop)
        self.transcript.regenerate_wanted.connect(self._on_regenerate)
        self.transcript.continue_wanted.connect(self._on_continue)
        self.transcript.link_chosen.connect(self._on_link_chosen)
        chat.thread_shown.connect(self._on_thread_shown)
        chat.message_put.connect(self.transcript.put)
        chat.messages_dropped.connect(self.transcript.drop)
        chat.busy_changed.connect(self.composer.set_busy)
        chat.phase_changed.connect(lambda phase: self.transcript.show_phase(phase_words(phase)))
        self.waits.changed.connect(self.transcript.show_wait)
        chat.notice_raised.connect(lambda text: self.notices.say(text, "notice"))
        chat.prompt_returned.connect(self._on_prompt_returned)
        chat.writing_changed.connect(self._on_writing_changed)
        chat.figures_read.connect(self._on_figures_read)
        chat.conversation_touched.connect(self._on_conversation_touched)

    def _join_lists(self) -> None:
        self.sidebar.new_wanted.connect(self._on_new)
        self.sidebar.open_wanted.connect(self.chat.open)
        self.sidebar.delete_wanted.connect(self._ask_to_delete)
        self.header.delete_wanted.connect(self._on_delete_shown)
        self.sidebar.profile_wanted.connect(self.open_profile)
        self.conversations.deleted.connect(self.chat.forget)
        self.conversations.deleted.connect(lambda one: self._drafts.pop(one, None))
        self.conversations.loaded.connect(self._show_title)
        lists = (self.conversations, self.chat, self.profile)
        for model in (*lists, self.steering, self.fitting, self.traces, self.privacy):
            model.failed.connect(self.say_error)

    def _join_steering(self) -> None:
        steering, bar, options = self.steering, self.steering_bar, self.steering_bar.options
        bar.put(steering.chosen)
        bar.enabled_chosen.connect(steering.set_enabled)
        bar.strength_chosen.connect(steering.set_strength)
        bar.mark_chosen.connect(steering.set_strength)
        bar.shown_chosen.connect(self.traces.show)
        options.temperature_chosen.connect(steering.set_temperature)
        options.cloud_draws_chosen.connect(steering.set_cloud_draws)
        options.asking_ahead_chosen.connect(steering.set_asking_ahead)
        options.fit_wanted.connect(self.open_fit)
        options.forget_wanted.connect(steering.forget_fitted)
        steering.changed.connect(lambda: bar.put(steering.chosen))
        self.traces.shown_changed.connect(lambda _: self.transcript.refresh_traces())
        self.traces.traces_changed.connect(self.transcript.refresh_traces)

    def _join_privacy(self) -> None:
        privacy, panel = self.privacy, self.privacy_panel
        privacy.activity_changed.connect(panel.show_activity)
        privacy.totals_changed.connect(panel.show_totals)
        privacy.figures_changed.connect(lambda: panel.show_figures(privacy.traffic, privacy.figures, privacy.wire))
        panel.words_wanted.connect(privacy.read_in_words)
        privacy.words_read.connect(panel.show_words)
        self.chat.answer_started.connect(lambda one: privacy.follow(one))
        self.chat.traffic_changed.connect(privacy.take)
        self.chat.answer_finished.connect(lambda one: privacy.finish(one, self.chat.figures_of(one)))
        self.transcript.figures_wanted.connect(lambda one: privacy.follow(one, self.chat.figures_of(one)))

    def _join_clouds(self) -> None:
        self.header.clouds_wanted.connect(self.open_clouds)
        self.clouds.loaded.connect(self._show_endpoint)
        self.clouds.failed.connect(self.say_error)
        self.clouds.passphrase_wanted.connect(self._ask_for_passphrase)
        self.clouds.unlocked.connect(self.notices.clear)
        # An answer may have been the test of its endpoint, or have found it to be otherwise.
        self.chat.answer_finished.connect(lambda _: self.clouds.load())

    def _add_shortcuts(self) -> None:
        for keys, slot in (
            ("Ctrl+N", self._on_new),
            ("Esc", self.chat.stop),
            ("Ctrl+R", self._on_regenerate),
            ("Ctrl+G", self._on_continue),
            ("Ctrl+,", self.open_profile),
            (CLOUDS_KEYS, self.open_clouds),
            ("Ctrl+H", self.steering_bar.show_steering.toggle),
            ("Ctrl+L", self.composer.setFocus),
            ("F9", self.header.list_toggle.toggle),
            ("F10", self.header.privacy_toggle.toggle),
        ):
            QShortcut(QKeySequence(keys), self, slot)

    def open_profile(self) -> None:
        self.profile.load()
        _bring_up(self.editor)

    def open_fit(self) -> None:
        _bring_up(self.fit_dialog)

    def open_clouds(self) -> None:
        _bring_up(self.clouds_dialog)

    def _on_send(self, text: str) -> None:
        if self._may_ask():
            self.composer.text.clear()
            self.chat.send(text)

    def _on_regenerate(self) -> None:
        if self._may_ask():
            self.chat.regenerate()

    def _on_continue(self) -> None:
        if self._may_ask():
            self.chat.continue_answer()

    def _may_ask(self) -> bool:
        """One answer at a time: while one is written, say where instead of doing nothing."""
        if not self.chat.busy:
            self.notices.clear()
            return True
        if self.chat.busy_here:
            said = self.tr("The answer is still being written; stop it with Esc, or wait for its end.")
        else:
            there = self.conversations.conversation(self.conversations.row_of(self.chat.writing_conversation))
            said = self.tr("An answer is still being written in “{title}”; stop it there, or wait for its end.")
            said = said.format(title=there.title if there else self.tr("New conversation"))
        self.notices.say(said, "notice")
        self._said_busy = said
        return False

    def _on_writing_changed(self) -> None:
        """Mark where an answer is written; once it is over, no longer say that it is in the way."""
        self.conversations.mark_writing(self.chat.writing_conversation)
        if not self.chat.busy and self._said_busy and self.notices.text.text() == self._said_busy:
            self.notices.clear()
            self._said_busy = ""

    def _on_prompt_returned(self, conversation_id: str | None, prompt: str) -> None:
        """A message that could not be asked goes back to where it was written."""
        if conversation_id == self.chat.conversation_id:
            self.composer.put_back(prompt)
        else:
            self._drafts.setdefault(conversation_id, prompt)

    def _on_figures_read(self, message_id: str) -> None:
        self.transcript.refresh_figures(message_id)
        self.privacy.finish(message_id, self.chat.figures_of(message_id))

    def _change_draft(self) -> None:
        """What is half written belongs to its conversation."""
        wanted, before = self.chat.conversation_id, self._draft_of
        self._draft_of = wanted
        if wanted != before:
            self._drafts[before] = self.composer.text.toPlainText()
            self.composer.text.setPlainText(self._drafts.pop(wanted, ""))

    def _on_new(self) -> None:
        self.chat.open_new()
        self.composer.setFocus()

    def _on_thread_shown(self) -> None:
        self._change_draft()
        self.transcript.show_thread(self.chat.messages)
        self.transcript.show_phase(phase_words(self.chat.phase))
        last = self.chat.last_answer
        self.privacy.follow(last.id if last else None, self.chat.figures_of(last.id) if last else None)
        self._show_title()

    def _on_conversation_touched(self) -> None:
        self._draft_of = self.chat.conversation_id  # a new conversation has got its name
        self._show_title()
        self.conversations.load()

    def _show_endpoint(self) -> None:
        used = self.clouds.list.in_use
        self.header.put_endpoint(used.title if used else self._app.endpoint_title, used.tier if used else None)

    def _ask_for_passphrase(self, begun: bool) -> None:
        over = self.clouds_dialog if self.clouds_dialog.isVisible() else self
        dialog = PassphraseDialog(over, begun=begun)
        dialog.given.connect(self.clouds.unlock)
        dialog.open()

    def _show_title(self) -> None:
        wanted = self.chat.conversation_id
        self.sidebar.select(wanted)
        shown = self.conversations.conversation(self.conversations.row_of(wanted))
        self.header.put(shown.title if shown else "")

    def _on_delete_shown(self) -> None:
        shown = self.conversations.conversation(self.conversations.row_of(self.chat.conversation_id))
        if shown is not None:
            self._ask_to_delete(shown)

    def _ask_to_delete(self, conversation: Conversation) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Delete “{title}”?").format(title=conversation.title or self.tr("New conversation")))
        box.setInformativeText(
            self.tr(
                "Its messages are removed from this computer for good. "
                "The record of what was sent to the cloud stays."
            )
        )
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wanted = conversation.id
        delete.clicked.connect(lambda: self.chat.when_free(wanted, lambda: self.conversations.delete(wanted)))
        box.open()

    def _on_link_chosen(self, link: QUrl) -> None:
        """Following a link tells its server something, so the user is asked and shown where it goes."""
        if link.scheme() not in _OPENABLE:
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Open this address in your browser?"))
        box.setInformativeText(link.toDisplayString())
        box.setStandardButtons(QMessageBox.StandardButton.Open | QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.button(QMessageBox.StandardButton.Open).clicked.connect(lambda: QDesktopServices.openUrl(link))
        box.open()


def _bring_up(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
