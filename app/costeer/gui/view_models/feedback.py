"""What the user has said of the answers of the conversation shown: thumbs, and answers in their own words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from costeer.gui.jobs import Jobs
from costeer.gui.view_models.chat import ChatViewModel
from costeer.services.chat import ChatService
from costeer.services.preferences import PreferenceService


class FeedbackViewModel(QObject):
    """A thumb shows at once what was wanted last. Jobs run in order, so that is what is stored in the end; what is
    read while something is still to be stored is not shown. Window thread.

    `rewritten` tells that an answer has another version, in the user's own words; `rewriting_failed` gives the
    words back, with the Desk and the answer that they were written for.
    """

    changed = Signal()
    rewritten = Signal()
    rewriting_failed = Signal(object, str, str)
    failed = Signal(Exception)

    def __init__(
        self,
        service: ChatService,
        preferences: PreferenceService,
        chat: ChatViewModel,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._preferences = preferences
        self._chat = chat
        self._jobs = jobs
        self._thumbs: dict[str, int] = {}
        self._reading = 0
        chat.thread_shown.connect(self.load)

    def thumb_of(self, answer_id: str) -> int:
        """+1, -1, or 0 where there is none."""
        return self._thumbs.get(answer_id, 0)

    def load(self) -> None:
        """Read the thumbs of the conversation shown."""
        if self._chat.conversation_id is None:
            self._reading += 1
            self._take({})
        else:
            self._run(self._chat.conversation_id, lambda: None, lambda: None)

    def rate(self, answer_id: str, value: int) -> None:
        """A thumb (+1 or -1) for an answer on the screen; the one that it has already is taken back."""
        answer = self._chat.message(answer_id)
        if answer is None:
            return
        wanted = 0 if self.thumb_of(answer_id) == value else value
        preferences, conversation_id = self._preferences, answer.conversation

        def work() -> None:
            if wanted:
                preferences.rate(answer_id, wanted)
            else:
                preferences.take_back(answer_id)

        self._take({**self._thumbs, answer_id: wanted})
        self._run(conversation_id, work, self.load)

    def rewrite(self, answer_id: str, text: str) -> None:
        """Put `text` beside an answer, as the version that is shown."""
        desk = self._chat.desk

        def work() -> int | None:
            written = self._service.edit_answer(answer_id, text)
            if written is None:
                return None
            return [one.id for one in self._service.siblings(answer_id)].index(written.id)

        job = self._jobs.run(work)
        job.succeeded.connect(lambda index: self._on_rewritten(answer_id, index))
        job.failed.connect(lambda _: self.rewriting_failed.emit(desk, answer_id, text))
        job.failed.connect(self.failed)

    def _run(self, conversation_id: str, work: Callable[[], None], recover: Callable[[], None]) -> None:
        """Do `work`, then read what is stored of the conversation; `recover` where that failed."""
        self._reading += 1
        reading, preferences = self._reading, self._preferences

        def work_and_read() -> dict[str, int]:
            work()
            return preferences.thumbs(conversation_id)

        job = self._jobs.run(work_and_read)
        job.succeeded.connect(lambda thumbs: self._on_read(reading, thumbs))
        job.failed.connect(self.failed)
        job.failed.connect(lambda _: recover())

    def _on_read(self, reading: int, thumbs: dict[str, int]) -> None:
        if reading == self._reading:
            self._take(thumbs)

    def _take(self, thumbs: dict[str, int]) -> None:
        if thumbs != self._thumbs:
            self._thumbs = thumbs
            self.changed.emit()

    def _on_rewritten(self, answer_id: str, index: int | None) -> None:
        if index is not None:
            self._chat.switch(answer_id, index)
            self.rewritten.emit()
