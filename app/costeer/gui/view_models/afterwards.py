"""What the local model does after an answer, while nobody waits: a title, and memories to be proposed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KnownError
from costeer.gui.jobs import Jobs

_log = logging.getLogger(__name__)


class AfterwardsViewModel(QObject):
    """One conversation at a time, the one that was answered last first. The next question ends it at once; it is
    taken up again after that answer.

    `titled` when a conversation has got a title, `proposed` when there are new memories to look at.
    `ended` whenever it pauses. What goes wrong is in the log: nobody asked for it, and the answers say when the
    model does not run.
    """

    titled = Signal()
    proposed = Signal()
    ended = Signal()
    failed = Signal(Exception)

    def __init__(
        self, app: Application, jobs: Jobs, busy: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        """`busy`: whether an answer is being written."""
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._busy = busy
        self._waiting: list[str] = []
        self._cancel: CancelToken | None = None
        self._closed = False

    @property
    def working(self) -> bool:
        """Whether there is something that is done or to be done."""
        return self._cancel is not None or bool(self._waiting)

    def take(self, answer_id: str) -> None:
        """An answer is finished."""
        self._waiting = [answer_id, *(one for one in self._waiting if one != answer_id)]
        self.go_on()

    def go_on(self) -> None:
        """An answer has begun or ended: get out of its way, or go on."""
        if self._busy():
            self.interrupt()
        elif self._cancel is None and self._waiting and not self._closed:
            self._start(self._waiting.pop(0))

    def interrupt(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()

    def stop(self) -> None:
        """For good."""
        self._closed = True
        self._waiting = []
        self.interrupt()

    def _start(self, answer_id: str) -> None:
        app = self._app
        cancel = self._cancel = CancelToken()
        wanted = app.settings

        def work(tell: Callable[[object], None]) -> None:
            conversation = app.chat.conversation(app.chat.message(answer_id).conversation)
            if wanted.find_titles and app.titles.entitle(conversation.id, cancel).title != conversation.title:
                tell("titled")
            if wanted.propose_memories and app.memories.propose(conversation.id, cancel):
                tell("proposed")

        job = self._jobs.run_telling(work)
        job.advanced.connect(self._on_found)
        job.failed.connect(self._on_failed)
        job.ended.connect(lambda: self._on_ended(answer_id, cancel))

    def _on_found(self, found: tuple[str, ...]) -> None:
        if "titled" in found:
            self.titled.emit()
        if "proposed" in found:
            self.proposed.emit()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, KnownError):
            _log.warning("nothing was done after an answer: %s", type(error).__name__)
        else:
            self.failed.emit(error)

    def _on_ended(self, answer_id: str, cancel: CancelToken) -> None:
        self._cancel = None
        if cancel.cancelled and not self._closed:
            self._waiting.insert(0, answer_id)
        self.ended.emit()
        self.go_on()
