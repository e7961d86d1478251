"""From a word of an answer to the line of the profile behind it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from costeer.bootstrap import Application
from costeer.gui.commands import Commands
from costeer.gui.jobs import Jobs
from costeer.gui.joins.messages import MessagesJoin
from costeer.gui.theme import Look
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.why import WhyViewModel
from costeer.gui.widgets.transcript import Transcript
from costeer.gui.widgets.why_dialog import WhyDialog
from costeer.storage.records import Message


class WhyJoin(QObject):
    """Acts on the answer that has the focus, or on the last; in it, on what is selected, or on the word that the
    cursor is at. `open_entry` shows an entry of the profile."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        chat: ChatViewModel,
        messages: MessagesJoin,
        transcript: Transcript,
        commands: Commands,
        look: Look,
        open_entry: Callable[[str], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._chat = chat
        self._messages = messages
        self._transcript = transcript
        self._look = look
        self._open_entry = open_entry
        self._window = window
        self._dialog: WhyDialog | None = None
        self.model = WhyViewModel(app.why, app.chat, jobs, window)
        commands.add(
            "message.why",
            self.tr("Why did it say that…"),
            "chat",
            self.ask,
            "Ctrl+Shift+Y",
            when=lambda: self._answer() is not None,
        )

    @property
    def dialog(self) -> WhyDialog:
        if self._dialog is None:
            self._dialog = WhyDialog(self.model, self._look, self._window)
            self._dialog.entry_wanted.connect(self._open_entry)
        return self._dialog

    def show_why(self, message_id: str, first: int, last: int) -> None:
        """Explain the tokens `first` to `last` of an answer."""
        self.model.explain(message_id, first, last)
        self.dialog.bring_up()

    def ask(self) -> None:
        """Explain what is selected in the answer; without a selection, the word that steering moved the most."""
        answer = self._answer()
        if answer is None:
            return
        widget = self._transcript.answer(answer.id)
        cursor = widget.view.textCursor() if widget is not None else None
        if widget is None or cursor is None or not (cursor.hasSelection() or widget.view.hasFocus()):
            self.model.explain_most(answer.id)
        else:
            shown = widget.view.toPlainText()
            self.model.explain_at(answer.id, shown, cursor.selectionStart(), cursor.selectionEnd())
        self.dialog.bring_up()

    def _answer(self) -> Message | None:
        """Finished: of one that is being written the tokens are still to come."""
        answer = self._messages.answer()
        return answer if answer is not None and answer.id != self._chat.writing_id and answer.text else None
