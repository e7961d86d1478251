"""Files of the conversation on the screen: those that wait for the next question, and those of earlier ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, KnownError
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.chat import ChatViewModel
from costeer.gui.view_models.threads import Desk
from costeer.gui.wording import translated
from costeer.services.documents.files import shown_name
from costeer.services.documents.service import DocumentService
from costeer.storage.records import Document, DocumentScope


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that waits for the next question: being read, read (then it is a `document`), or refused, with the
    `problem` in one sentence. `scope` is what the user wants, which the document gets once there is one."""

    key: int
    name: str
    scope: DocumentScope = "private"
    document: Document | None = None
    problem: str = ""

    @property
    def reading(self) -> bool:
        return self.document is None and not self.problem


class DocumentsViewModel(QObject):
    """`attachments_changed` when what waits has changed, `attached_changed` for what went with questions.

    Files are read on worker threads, and kept at once, also for a conversation that is not stored yet. A file that
    was being read when another conversation was opened waits in its own.
    """

    attachments_changed = Signal()
    attached_changed = Signal()
    failed = Signal(Exception)

    def __init__(
        self, documents: DocumentService, chat: ChatViewModel, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._documents = documents
        self._chat = chat
        self._jobs = jobs
        self._keys = 0
        self._desk = chat.desk
        self._reading: dict[int, CancelToken] = {}
        self._attached: dict[str, tuple[Document, ...]] = {}
        self.attachments: list[Attachment] = []
        chat.thread_shown.connect(self._on_thread_shown)
        chat.answer_started.connect(lambda _: self.load())
        chat.failed.connect(lambda _: self.load())

    @property
    def reading(self) -> str:
        """The name of a file that is still being read; empty when there is none."""
        return next((one.name for one in self.attachments if one.reading), "")

    def of_message(self, message_id: str) -> tuple[Document, ...]:
        """What a question was sent with."""
        return self._attached.get(message_id, ())

    def load(self) -> None:
        """Read what there is for the conversation shown; what was not sent waits again."""
        if self._chat.desk != self._desk:  # the new conversation is stored now, and has what came meanwhile, too
            self._desk = self._chat.desk
            self._adopt([one.document for one in self.attachments if one.document is not None])
        desk = self._desk
        job = self._jobs.run(lambda: self._documents.of_conversation(desk.conversation, temporary=desk.temporary))
        job.succeeded.connect(lambda found: self._on_loaded(desk, found))
        job.failed.connect(self.failed)

    def add(self, files: Sequence[Path]) -> None:
        """Read files, each for itself, and keep them for the next question; private until the user says else."""
        keys = [self._attach(shown_name(file)) for file in files]
        self.attachments_changed.emit()
        self._read_all(self._desk, keys, files)

    def set_scope(self, key: int, scope: DocumentScope) -> None:
        one = self._find(key)
        if one is None or one.scope == scope:
            return
        self._replace(dataclasses.replace(one, scope=scope))
        if one.document is not None:
            self._store_scope(key, one.document, scope)

    def remove(self, key: int) -> None:
        """Take a file away; one that is being read is not read any further."""
        one = self._find(key)
        if one is None:
            return
        if key in self._reading:
            self._reading.pop(key).cancel()
        self.attachments.remove(one)
        self.attachments_changed.emit()
        if one.document is not None:
            document_id = one.document.id
            self._jobs.run(lambda: self._documents.remove(document_id)).failed.connect(self.failed)

    def take(self) -> tuple[str, ...]:
        """The ids of what is ready, which is going with a question now."""
        ready = tuple(one.document.id for one in self.attachments if one.document is not None)
        self.attachments = [one for one in self.attachments if one.reading]
        self.attachments_changed.emit()
        return ready

    def read_text(self, document: Document, then: Callable[[str], None]) -> None:
        """Have its text read."""
        job = self._jobs.run(lambda: self._documents.text(document.id))
        job.succeeded.connect(then)
        job.failed.connect(self.failed)

    def _attach(self, name: str) -> int:
        self._keys += 1
        self.attachments.append(Attachment(self._keys, name))
        self._reading[self._keys] = CancelToken()
        return self._keys

    def _read_all(self, desk: Desk, keys: Sequence[int], files: Sequence[Path]) -> None:
        reading = [(key, file, self._reading[key]) for key, file in zip(keys, files, strict=True)]
        add = partial(self._documents.add, desk.conversation, temporary=desk.temporary)

        def read(tell: Callable[[object], None]) -> None:
            """One after the other, so that they keep their order, whatever becomes of each."""
            for key, file, cancel in reading:
                try:
                    tell((key, add(file, "private", cancel)))
                except Cancelled:
                    tell((key, None))
                except KnownError as error:
                    tell((key, error))

        job = self._jobs.run_telling(read)
        job.advanced.connect(self._on_advanced)
        job.failed.connect(self.failed)
        job.ended.connect(lambda: self._on_ended(keys))

    def _on_advanced(self, items: Sequence[tuple[int, Document | KnownError | None]]) -> None:
        for key, outcome in items:
            if isinstance(outcome, Document):
                self._on_read(key, outcome)
            elif outcome is not None:
                self._on_refused(key, outcome)
            self._reading.pop(key, None)

    def _on_read(self, key: int, document: Document) -> None:
        one = self._find(key)
        if one is not None:
            self._replace(dataclasses.replace(one, name=document.name, document=document))
            self._adopt([document])
            if one.scope != document.scope:
                self._store_scope(key, document, one.scope)
        elif key not in self._reading:  # taken away in the moment it was read
            self._jobs.run(lambda: self._documents.remove(document.id)).failed.connect(self.failed)

    def _on_ended(self, keys: Sequence[int]) -> None:
        """Whatever happened, none of them is being read any more."""
        for key in keys:
            self._reading.pop(key, None)
        self.attachments = [one for one in self.attachments if not (one.reading and one.key in keys)]
        self.attachments_changed.emit()
        if not self._reading:
            self.load()

    def _on_refused(self, key: int, error: KnownError) -> None:
        """Said where the file is; where that is no longer shown, as any other error."""
        one = self._find(key)
        if one is not None:
            self._replace(dataclasses.replace(one, problem=translated(error.said)))
        elif key in self._reading:
            self.failed.emit(error)

    def _store_scope(self, key: int, document: Document, scope: DocumentScope) -> None:
        job = self._jobs.run(lambda: self._documents.set_scope(document.id, scope))
        job.succeeded.connect(lambda changed: self._on_scope_stored(key, changed))
        job.failed.connect(self.failed)

    def _on_scope_stored(self, key: int, document: Document) -> None:
        one = self._find(key)
        if one is not None:
            self._replace(dataclasses.replace(one, document=document))

    def _find(self, key: int) -> Attachment | None:
        return next((one for one in self.attachments if one.key == key), None)

    def _replace(self, new: Attachment) -> None:
        self.attachments = [new if one.key == new.key else one for one in self.attachments]
        self.attachments_changed.emit()

    def _on_thread_shown(self) -> None:
        if self._chat.desk != self._desk:
            self._desk = self._chat.desk
            self.attachments = []
            self._attached = {}
            self.attachments_changed.emit()
        self.load()

    def _adopt(self, documents: Sequence[Document]) -> None:
        conversation = self._desk.conversation
        left = [one.id for one in documents if one.conversation is None]
        if conversation is not None and left:
            self._jobs.run(lambda: self._documents.adopt(left, conversation)).failed.connect(self.failed)

    def _on_loaded(self, desk: Desk, found: list[Document]) -> None:
        if desk != self._desk:
            return
        attached: dict[str, tuple[Document, ...]] = {}
        for one in found:
            if one.message is not None:
                attached[one.message] = (*attached.get(one.message, ()), one)
        if attached != self._attached:
            self._attached = attached
            self.attached_changed.emit()
        waiting = {one.id: one for one in found if one.message is None}
        known = {one.document.id for one in self.attachments if one.document}
        kept = [one for one in self.attachments if one.document is None or one.document.id in waiting]
        # One that is being read may be stored already; it is told of when its reading ends.
        new = [] if self.reading else [one for one in waiting.values() if one.id not in known]
        if new or len(kept) < len(self.attachments):
            self._keys += len(new)
            first = self._keys - len(new) + 1
            more = [Attachment(first + at, one.name, one.scope, one) for at, one in enumerate(new)]
            self.attachments = [*kept, *more]
            self.attachments_changed.emit()
