"""What is asked before something private is sent, what was decided, and the user's private words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from costeer.gui.jobs import Job, Jobs
from costeer.services.disclosure.asking import Chosen, DisclosureWanted, Reply
from costeer.services.disclosure.service import DisclosureService
from costeer.storage.records import DisclosureChoice, PrivateWord, RememberedChoice, WordLabel


class DisclosuresViewModel(QObject):
    """`wanted` with what is to be asked, `over` when that no longer matters. At most one question is open: an
    answer waits for it. `stand_ins_changed` when the conversation shown has others; `words_changed` and
    `remembered_changed` after each reading; `edited` after an edit that was saved."""

    wanted = Signal(object)
    over = Signal()
    stand_ins_changed = Signal()
    words_changed = Signal()
    remembered_changed = Signal()
    edited = Signal()
    failed = Signal(Exception)

    def __init__(self, disclosures: DisclosureService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._disclosures = disclosures
        self._jobs = jobs
        self._reply: Reply | None = None
        self._conversation: str | None = None
        self.stand_ins: Mapping[str, str] = {}
        """Of the conversation shown: by text, what the cloud is shown in its place."""
        self.words: list[PrivateWord] = []
        self.remembered: list[RememberedChoice] = []

    @property
    def asking(self) -> bool:
        return self._reply is not None

    def ask(self, event: DisclosureWanted) -> None:
        """An answer waits to be sent."""
        self._reply = event.reply
        self.wanted.emit(event.found)

    def choose(self, choices: Mapping[str, DisclosureChoice], remember: tuple[str, ...] = ()) -> None:
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.choose(Chosen(choices, remember))
            self.over.emit()

    def do_not_send(self) -> None:
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.do_not_send()
            self.over.emit()

    def follow(self, conversation_id: str | None) -> None:
        """This conversation is shown now, or has grown."""
        self._conversation = conversation_id
        if conversation_id is None:
            self._put_stand_ins(None, {})
            return
        job = self._jobs.run(lambda: self._disclosures.replacements(conversation_id).by_text)
        job.succeeded.connect(lambda found: self._put_stand_ins(conversation_id, found))
        job.failed.connect(self.failed)

    def load(self) -> None:
        """The words and the choices."""
        job = self._jobs.run(lambda: (self._disclosures.words(), self._disclosures.remembered()))
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def add_word(self, text: str, label: WordLabel) -> None:
        self._edit(lambda: self._disclosures.add_word(text, label))

    def change_word(self, word_id: str, text: str, label: WordLabel) -> None:
        self._edit(lambda: self._disclosures.change_word(word_id, text=text, label=label))

    def remove_word(self, word_id: str) -> None:
        self._edit(lambda: self._disclosures.remove_word(word_id))

    def remember(self, text: str, choice: DisclosureChoice) -> None:
        self._edit(lambda: self._disclosures.remember(text, choice))

    def forget(self, text: str) -> None:
        """Ask again from now on."""
        self._edit(lambda: self._disclosures.forget(text))

    def _edit(self, work: Callable[[], object]) -> Job:
        job = self._jobs.run(work)
        job.succeeded.connect(lambda _: self.edited.emit())
        job.failed.connect(self.failed)
        self.load()
        return job

    def _on_loaded(self, read: tuple[list[PrivateWord], list[RememberedChoice]]) -> None:
        self.words, self.remembered = read
        self.words_changed.emit()
        self.remembered_changed.emit()

    def _put_stand_ins(self, conversation_id: str | None, found: Mapping[str, str]) -> None:
        if conversation_id == self._conversation and found != self.stand_ins:
            self.stand_ins = found
            self.stand_ins_changed.emit()
