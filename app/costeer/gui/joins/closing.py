"""Closing, hiding and ending: what the cross of the window means while an answer is written.

With "Keep running in the tray" the window is hidden, and only Quit ends the program. Without it, closing ends the
program; while an answer is being written it asks first, since what is not written yet would have to be continued.
When the system ends the session nothing is asked: what is written is stored in any case.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QMessageBox, QWidget

from costeer.gui.commands import Commands
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.settings import SettingsViewModel
from costeer.gui.widgets.parts import message_box
from costeer.gui.widgets.tray import Tray


class ClosingJoin(QObject):
    """`may_close` is asked by the window at each attempt to close it; once it closes, the program ends."""

    def __init__(
        self, chat: ChatViewModel, settings: SettingsViewModel, commands: Commands, icon: QIcon, window: QWidget
    ) -> None:
        super().__init__(window)
        self._chat = chat
        self._settings = settings
        self._window = window
        self._sure = False
        self._quitting = False
        self._question: QMessageBox | None = None
        self.tray = Tray(icon, window)
        self.tray.toggle_wanted.connect(self.toggle)
        chat.answer_finished.connect(self._on_answer_finished)
        commands.add("application.show", self.tr("Show or hide the window"), "application", self.toggle)
        commands.add("application.quit", self.tr("Quit"), "application", self.quit, "Ctrl+Q")
        commands.fill(self.tray.menu, "application.show", "chat.new", "", "application.quit")
        QGuiApplication.instance().commitDataRequest.connect(self._on_session_end)  # type: ignore[union-attr]

    def may_close(self) -> bool:
        """Whether the window may close now, which ends the program; if not it is hidden, or the user is asked."""
        if self._sure:
            return True
        if self._settings.window.keep_in_tray and self.tray.available and not self._quitting:
            self._hide()
            return False
        if self._chat.busy:
            self._ask()
            return False
        return True

    def quit(self) -> None:
        """End the program, tray or not; asks while an answer is written."""
        self._quitting = True
        self._window.close()

    def ask_no_more(self) -> None:
        """From now on the window closes when it is told to."""
        self._sure = True

    def leave_now(self) -> None:
        """End the program without asking."""
        self.ask_no_more()
        self._window.close()

    def show_window(self) -> None:
        """From the tray, from behind other windows, or from the task bar."""
        window = self._window
        state = window.windowState() & ~Qt.WindowState.WindowMinimized
        window.setWindowState(state | Qt.WindowState.WindowActive)
        window.show()
        window.raise_()
        window.activateWindow()

    def toggle(self) -> None:
        if self._window.isVisible() and self._window.isActiveWindow() and self.tray.available:
            self._hide()
        else:
            self.show_window()

    def _hide(self) -> None:
        self._window.hide()
        if self._chat.busy:
            self.tray.say(self.tr("The answer is written to its end; the window is brought back here."))

    def _on_answer_finished(self) -> None:
        if not self._window.isVisible():
            self.tray.say(self.tr("The answer is there."))

    def _on_session_end(self) -> None:
        self._sure = True

    def _ask(self) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        box = self._question = message_box(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("An answer is still being written. Close all the same?"))
        box.setInformativeText(self.tr("What is written so far is kept, and you can continue the answer later."))
        stop = box.addButton(self.tr("Stop and close"), QMessageBox.ButtonRole.DestructiveRole)
        stop.clicked.connect(self.leave_now)
        if self.tray.available:
            hide = box.addButton(self.tr("Go on in the tray"), QMessageBox.ButtonRole.ActionRole)
            hide.clicked.connect(self._hide)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.finished.connect(self._on_answered)
        box.open()

    def _on_answered(self) -> None:
        self._question = None
        self._quitting = False
