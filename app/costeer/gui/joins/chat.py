"""Writing and answering: the composer and the transcript at the chat."""

from __future__ import annotations

from PySide6.QtCore import QObject

from costeer.gui.commands import Commands
from costeer.gui.joins.links import ask_to_open
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.conversations import ConversationsViewModel
from costeer.gui.view_models.documents import DocumentsViewModel
from costeer.gui.view_models.drafts import DraftsViewModel
from costeer.gui.view_models.threads import Desk
from costeer.gui.widgets.composer import Composer
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.transcript import Transcript
from costeer.gui.wording import phase_words


class ChatJoin(QObject):
    """Keeps what is half written with its conversation, and says why something cannot be asked now."""

    def __init__(
        self,
        chat: ChatViewModel,
        documents: DocumentsViewModel,
        drafts: DraftsViewModel,
        conversations: ConversationsViewModel,
        transcript: Transcript,
        composer: Composer,
        notices: NoticeBar,
        commands: Commands,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._documents = documents
        self._drafts = drafts
        self._conversations = conversations
        self._transcript = transcript
        self._composer = composer
        self._notices = notices
        self._commands = commands
        self._desk = chat.desk
        self._said_busy = ""
        composer.send_wanted.connect(self.send)
        composer.stop_wanted.connect(chat.stop)
        composer.text.textChanged.connect(self._on_typed)
        drafts.loaded.connect(self._on_drafts_loaded)
        transcript.editing.connect(lambda question, text: drafts.put_edit(self._desk, question, text))
        transcript.link_chosen.connect(lambda link: ask_to_open(link, transcript.window()))
        chat.thread_shown.connect(self._on_thread_shown)
        chat.message_put.connect(transcript.put)
        chat.messages_dropped.connect(transcript.drop)
        chat.busy_changed.connect(composer.set_busy)
        chat.phase_changed.connect(lambda phase: transcript.show_phase(phase_words(phase)))
        chat.notice_raised.connect(lambda text: notices.say(text, "notice"))
        chat.prompt_returned.connect(self._on_prompt_returned)
        chat.edit_returned.connect(self._on_edit_returned)
        chat.writing_changed.connect(self._on_writing_changed)
        chat.figures_read.connect(transcript.refresh_figures)
        chat.conversation_touched.connect(self._on_conversation_touched)
        self._add_commands(commands)

    def _add_commands(self, commands: Commands) -> None:
        chat = self._chat
        commands.add("chat.new", self.tr("New conversation"), "chat", lambda: self.open_new(), "Ctrl+N")
        commands.add(
            "chat.temporary",
            self.tr("New temporary conversation, kept nowhere"),
            "chat",
            lambda: self.open_new(temporary=True),
            "Ctrl+Shift+N",
        )
        commands.add("chat.write", self.tr("Go to the message"), "chat", self._composer.setFocus, "Ctrl+L")
        commands.add(
            "chat.stop", self.tr("Stop the answer"), "chat", chat.stop, "Esc", when=lambda: chat.busy_here
        )
        for changed in (chat.busy_changed, chat.thread_shown, chat.message_put):
            changed.connect(commands.refresh)

    def send(self, text: str) -> None:
        reading = self._documents.reading
        if not self.may_ask():
            return
        if reading:
            said = self.tr("{name} is still being read; wait for it, or remove it.").format(name=reading)
            self._notices.say(said, "notice")
            return
        self._composer.text.clear()
        self._chat.send(text, self._documents.take())

    def begin(self, text: str) -> None:
        """A new conversation with `text` in the composer."""
        self.open_new()
        self._composer.text.setPlainText(text)

    def open_new(self, *, temporary: bool = False) -> None:
        self._chat.open_new(temporary=temporary)
        self._composer.setFocus()

    def may_ask(self) -> bool:
        """One answer at a time: while one is written, say where instead of doing nothing."""
        if not self._chat.busy:
            self._notices.clear()
            return True
        if self._chat.busy_here:
            keys = self._commands.keys_of("chat.stop")
            said = self.tr("The answer is still being written; stop it, or wait for its end.")
            if keys:
                said = self.tr("The answer is still being written; stop it with {keys}, or wait for its end.")
            said = said.format(keys=keys)
        else:
            there = self._conversations.conversation(self._chat.writing_conversation)
            said = self.tr("An answer is still being written in “{title}”; stop it there, or wait for its end.")
            said = said.format(title=there.title if there else self.tr("New conversation"))
        self._notices.say(said, "notice")
        self._said_busy = said
        return False

    def _on_writing_changed(self) -> None:
        """Mark where an answer is written; once it is over, no longer say that it is in the way."""
        self._conversations.mark_writing(self._chat.writing_conversation)
        if not self._chat.busy and self._said_busy and self._notices.text.text() == self._said_busy:
            self._notices.clear()
            self._said_busy = ""

    def _on_prompt_returned(self, desk: Desk, prompt: str) -> None:
        """A message that could not be asked goes back to where it was written, unless another was begun there."""
        if not self._drafts.next_question(desk):
            self._drafts.put_next(desk, prompt)
            if desk == self._desk:
                self._composer.put(prompt)

    def _on_edit_returned(self, desk: Desk, question_id: str, prompt: str) -> None:
        self._drafts.put_edit(desk, question_id, prompt)
        if desk == self._desk:
            self._transcript.edit(question_id, prompt)

    def _on_typed(self) -> None:
        self._drafts.put_next(self._desk, self._composer.text.toPlainText())

    def _on_drafts_loaded(self) -> None:
        """Those of an earlier start. The new conversation, which is shown, may have one."""
        self._composer.put(self._drafts.next_question(self._desk))

    def _on_thread_shown(self) -> None:
        if self._chat.desk != self._desk:
            self._desk = self._chat.desk
            self._composer.put(self._drafts.next_question(self._desk))
        self._transcript.show_thread(self._chat.messages, self._chat.turned_at)
        self._transcript.show_phase(phase_words(self._chat.phase))

    def _on_conversation_touched(self) -> None:
        """A new conversation has got its name; what has been begun since its first question goes with it."""
        if self._chat.desk != self._desk:
            before, self._desk = self._desk, self._chat.desk
            self._drafts.put_next(before, "")
            self._on_typed()
