"""What is half written: the next question of each conversation, and the questions that are being changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.gui.jobs import Jobs
from costeer.gui.view_models.threads import Desk
from costeer.services.chat import ChatService
from costeer.storage.records import Draft

SAVED_AFTER_MS = 1000
"""What is being typed is stored once it rests for so long, and at the latest when the window closes."""


class DraftsViewModel(QObject):
    """Texts by desk and question; without a question, the next one. What is written here counts more than what
    was stored. Window thread.

    `loaded` once what an earlier start left has been read.
    """

    loaded = Signal()
    failed = Signal(Exception)

    def __init__(self, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._jobs = jobs
        self._texts: dict[tuple[Desk, str | None], str] = {}
        self._unsaved: dict[tuple[Desk, str | None], None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self._save)

    def load(self) -> None:
        job = self._jobs.run(self._chat.drafts)
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def next_question(self, desk: Desk) -> str:
        return self._texts.get((desk, None), "")

    def edit_of(self, desk: Desk, question: str) -> str | None:
        """The text of an open editor; None where it is not open."""
        return self._texts.get((desk, question))

    def put_next(self, desk: Desk, text: str) -> None:
        self._put((desk, None), text or None)

    def put_edit(self, desk: Desk, question: str, text: str | None) -> None:
        """None when the editor is closed."""
        self._put((desk, question), text)

    def flush(self) -> None:
        """Save now what would be saved soon."""
        self._timer.stop()
        self._save()

    def _put(self, place: tuple[Desk, str | None], text: str | None) -> None:
        if self._texts.get(place) == text:
            return
        if text is None:
            del self._texts[place]
        else:
            self._texts[place] = text
        if not place[0].temporary:
            self._unsaved[place] = None
            self._timer.start()

    def _save(self) -> None:
        places, self._unsaved = self._unsaved, {}
        kept = [
            Draft(desk.conversation, question, self._texts.get((desk, question), "")) for desk, question in places
        ]

        def save() -> None:
            for one in kept:
                self._chat.keep_draft(one)

        if kept:
            self._jobs.run(save).failed.connect(self.failed)

    def _on_loaded(self, found: list[Draft]) -> None:
        for one in found:
            place = Desk(one.conversation), one.question
            if place not in self._unsaved:
                self._texts.setdefault(place, one.text)
        self.loaded.emit()
