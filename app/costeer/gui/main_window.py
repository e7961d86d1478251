"""The main window: its parts (`window_parts`) are joined (`joins`), errors are said, and it ends well."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QDialog

from costeer.bootstrap import Application
from costeer.foundation.errors import KeysLocked, KnownError
from costeer.gui.jobs import Job, Jobs
from costeer.gui.joins.afterwards import AfterwardsJoin
from costeer.gui.joins.chat import ChatJoin
from costeer.gui.joins.closing import ClosingJoin
from costeer.gui.joins.clouds import CloudsJoin
from costeer.gui.joins.compare import CompareJoin
from costeer.gui.joins.conversations import ConversationsJoin
from costeer.gui.joins.disclosures import DisclosuresJoin
from costeer.gui.joins.documents import DocumentsJoin
from costeer.gui.joins.feedback import FeedbackJoin
from costeer.gui.joins.first_run import FirstRunJoin
from costeer.gui.joins.helpers import HelpersJoin
from costeer.gui.joins.messages import MessagesJoin
from costeer.gui.joins.palette import PaletteJoin
from costeer.gui.joins.personal import PersonalJoin
from costeer.gui.joins.preferences import PreferencesJoin
from costeer.gui.joins.privacy import PrivacyJoin
from costeer.gui.joins.profile import ProfileJoin
from costeer.gui.joins.records import RecordsJoin
from costeer.gui.joins.report import ReportJoin
from costeer.gui.joins.search import SearchJoin
from costeer.gui.joins.settings import SettingsJoin
from costeer.gui.joins.steering import add_steering_commands, join_steering
from costeer.gui.joins.transfer import TransferJoin
from costeer.gui.joins.why import WhyJoin
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look
from costeer.gui.window_parts import WindowParts
from costeer.gui.window_state import WindowState, put_on_screen
from costeer.gui.wording import sentence

_MENU = (
    *("chat.new", "view.palette", ""),
    *("you.profile", "you.preferences", "you.personal", "you.clouds", "steering.fit", ""),
    *("conversation.import", "conversation.export", "conversation.export_all", ""),
    *("view.list", "view.privacy", "view.full_screen", ""),
    *("application.settings", "application.report", "application.quit"),
)


class MainWindow(WindowParts):
    """Nothing here waits: whatever may block goes through `jobs`. `closed` once the window has been closed, which
    ends the program."""

    closed = Signal()

    def __init__(self, app: Application, jobs: Jobs, look: Look, icon: QIcon) -> None:
        super().__init__(app, jobs, look, icon)
        self._text_size = look.text_size
        self._join()
        self._add_commands()
        self.commands.fill(self.header.menu, *_MENU)
        self.commands.refresh()
        look.changed.connect(self._on_look_changed)
        self.composer.setFocus()

    def load(self) -> None:
        """Read what is stored; to be called once the window is on the screen."""
        self.conversations.load()
        self.drafts.load()
        self.documents.load()
        self.profile.load()
        self.disclosures.load()
        self.clouds.load()

    def warm(self, job: Job) -> None:
        """The models are being loaded; what goes wrong then goes wrong for every answer, so it is said now."""
        job.failed.connect(self.say_error)

    def say_error(self, error: Exception) -> None:
        """Show an error, once: in the dialog that is open, else above the composer."""
        if isinstance(error, KeysLocked):
            self.clouds.ask_for_passphrase()
        text = sentence(error, self._app.paths.log_file)
        open_ones = [one for one in self.findChildren(QDialog) if one.isVisible()]
        for dialog in sorted(open_ones, key=lambda one: not one.isActiveWindow()):
            say = getattr(dialog, "say_error", None)
            if callable(say):
                say(text)
                return
        if isinstance(error, KnownError):
            self.notices.say(text, "error")
        else:
            self.notices.say(text, "error", self.tr("Preview a report…"), self.report_join.open)

    def guide_if_new(self) -> None:
        """Show the guide of the first start if this is one; to be called once the list has been read."""
        self.first_run_join.open_if_new(empty=not self.conversations.listed)

    def leave(self) -> None:
        """Stop the answer, save what is unsaved, listen no more. The jobs may still be at work afterwards."""
        self.closing_join.ask_no_more()
        self.closing_join.tray.hide()
        self.chat.stop_everywhere()
        self.fitting.stop()
        self.comparing.stop()
        self.transfer.stop()
        self.ledger.stop()
        self.forgetting.stop()
        self.protection.stop()
        self.clouds.stop()
        self.steering.flush()
        self.drafts.flush()
        self.privacy.close()
        self.records_join.close()
        self.why_join.model.stop()
        self.afterwards_join.model.stop()
        self.preferences_join.leave()
        self.personal_join.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing_join.may_close():
            event.ignore()
            return
        for dialog in self.findChildren(QDialog):
            dialog.close()
        super().closeEvent(event)
        self.closed.emit()

    def state(self) -> WindowState:
        """What the next start takes up again."""
        at = self.normalGeometry()
        place = (at.x(), at.y(), at.width(), at.height())
        widths, wanted = tuple(self.panes.sizes()), self.panes.wanted
        return WindowState(place, self.isMaximized(), widths, *wanted, self.palette_join.model.recent)

    def restore(self, state: WindowState) -> None:
        """To be called before the window is shown."""
        put_on_screen(self, state.place)
        self.panes.restore(state.widths, (state.list, state.privacy))
        self.palette_join.model.recent = state.recent
        if state.maximized:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def open_profile(self) -> None:
        self.profile.load()
        _bring_up(self.editor)

    def open_fit(self) -> None:
        _bring_up(self.fit_dialog)

    def open_clouds(self) -> None:
        _bring_up(self.clouds_dialog)

    def _open_clouds_to_add(self, adding: bool) -> None:
        self.open_clouds()
        if adding:
            self.clouds_dialog.begin_adding()

    def _join(self) -> None:
        self._join_conversations()
        self._join_answers()
        self._join_program()
        self.sidebar.new_wanted.connect(lambda: self.chat_join.open_new())
        self.sidebar.profile_wanted.connect(self.open_profile)
        self.header.clouds_wanted.connect(self.open_clouds)
        for one in self.children():  # the view models, among others
            failed = getattr(one, "failed", None)
            if isinstance(failed, SignalInstance):
                failed.connect(self.say_error)

    def _join_conversations(self) -> None:
        """Writing, the list, files in and out."""
        chat, transcript, commands = self.chat, self.transcript, self.commands
        self.chat_join = ChatJoin(
            chat,
            self.documents,
            self.drafts,
            self.conversations,
            transcript,
            self.composer,
            self.notices,
            commands,
            self,
        )
        self.messages_join = MessagesJoin(
            chat, self.traces, self._app.costs, self.chat_join, transcript, self.composer, commands, self
        )
        FeedbackJoin(self.feedback, chat, self.chat_join, self.messages_join.answer, transcript, commands, self)
        DocumentsJoin(self.documents, self.composer, transcript, commands, self)
        self.conversations_join = ConversationsJoin(
            self.conversations, chat, self.forgetting, self.sidebar, self.header, self.notices, commands, self
        )
        self.transfer_join = TransferJoin(
            self.transfer,
            lambda: self.conversations_join.shown,
            self.conversations.load,
            self.notices,
            commands,
            self,
        )
        self.search_join = SearchJoin(self.search, chat, self.sidebar, transcript, commands, self)
        self.waits.changed.connect(transcript.show_wait)

    def _join_answers(self) -> None:
        """What steers an answer, what left for it, and why it says what it says."""
        chat, transcript, commands = self.chat, self.transcript, self.commands
        messages = self.messages_join
        join_steering(self.steering, self.traces, chat, self.steering_bar, transcript, self.open_fit)
        self.compare_join = CompareJoin(
            self.comparing, chat, self.steering, self.traces, messages.answer, commands, self._look, self
        )
        self.disclosures_join = DisclosuresJoin(self.disclosures, chat, self.comparing, transcript, self)
        PrivacyJoin(self.privacy, chat, self.steering, self.privacy_panel, self.header, transcript, self)
        self.records_join = RecordsJoin(
            self._app, self._jobs, chat, self.search_join, self.privacy_panel, commands, self._look, self
        )
        self.profile_join = ProfileJoin(
            self.profile, self.editor, self._app.chat, self.search_join, self._jobs, self
        )
        self.afterwards_join = AfterwardsJoin(
            self._app,
            self._jobs,
            chat,
            self.conversations,
            self.profile,
            self.editor,
            self.sidebar,
            commands,
            self.open_profile,
            self,
        )
        self.preferences_join = PreferencesJoin(self._app, self._jobs, chat, commands, self._look, self)
        self.personal_join = PersonalJoin(self._app, self._jobs, chat, commands, self._look, self)
        show_entry = self.profile_join.show_entry
        self.why_join = WhyJoin(
            self._app, self._jobs, chat, messages, transcript, commands, self._look, show_entry, self
        )

    def _join_program(self) -> None:
        """What holds for the whole program."""
        chat, commands = self.chat, self.commands
        fallback = lambda: self._app.endpoint_title  # noqa: E731 - asked at each use
        CloudsJoin(self.clouds, chat, self.header, self.clouds_dialog, self.notices, fallback, self.steering, self)
        HelpersJoin(Workshop.of(self._look), self.notices, self)
        self.palette_join = PaletteJoin(commands, self.conversations, self.conversations_join, self._look, self)
        self.report_join = ReportJoin(self.report, commands, self._look, self)
        self.closing_join = ClosingJoin(chat, self.settings, commands, self.windowIcon(), self)
        self.settings_join = SettingsJoin(
            self.settings,
            self.own_data,
            self.ledger,
            self.clouds,
            self.disclosures,
            self.protection,
            self.steering,
            lambda: chat.busy,
            commands,
            self._look,
            self,
        )
        self.settings_join.restart_wanted.connect(self.closing_join.leave_now)
        self.settings_join.clouds_wanted.connect(self._open_clouds_to_add)
        self.settings_join.report_wanted.connect(self.report_join.open)
        self.first_run_join = FirstRunJoin(
            self.first_run,
            self.settings,
            self.clouds,
            self.chat_join,
            self.steering_bar,
            self.clouds_dialog,
            commands,
            self._look,
            self,
        )

    def _add_commands(self) -> None:
        commands, header = self.commands, self.header
        add_steering_commands(commands, self.steering_bar, self.open_fit)
        commands.add("view.list", self.tr("Show the conversations"), "view", header.list_toggle.toggle, "F9")
        commands.add(
            "view.privacy", self.tr("Show what leaves this computer"), "view", header.privacy_toggle.toggle, "F10"
        )
        commands.add("view.full_screen", self.tr("Full screen"), "view", self._toggle_full_screen, "F11")
        commands.add("view.menu", self.tr("Open the menu"), "view", header.menu_button.showMenu, "Alt+M")
        commands.add("you.profile", self.tr("Profile and memories…"), "you", self.open_profile, "Ctrl+P")
        commands.add("you.clouds", self.tr("Clouds…"), "you", self.open_clouds, "Ctrl+Shift+C")

    def _on_look_changed(self) -> None:
        if self._look.text_size != self._text_size:
            self._text_size = self._look.text_size
            self.panes.fit()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()


def _bring_up(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
