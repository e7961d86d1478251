"""One answer beside another to the same question, written with other strengths."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from costeer.foundation.cancel import CancelToken
from costeer.gui.jobs import Jobs
from costeer.services.chat import ChatService
from costeer.services.disclosure.asking import DisclosureWanted
from costeer.services.events import AnswerFinished, AnswerStarted, PhaseChanged, TokensAppended
from costeer.services.options import AskOptions
from costeer.services.preferences import PreferenceService
from costeer.steering.trace import Written
from costeer.storage.records import AnswerFigures, Message


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """`strength` is what it was written with; `figures` are None until they are known."""

    message: Message
    strength: float
    traces: tuple[Written, ...] = ()
    figures: AnswerFigures | None = None


class CompareViewModel(QObject):
    """`left` is the answer there was, `right` another one, which is written anew for each strength that is tried.

    Every answer that is written stays beside the others in the conversation. `picked` tells which was taken; then
    the pick is kept as a preference, as far as there were two.
    """

    changed = Signal()
    grown = Signal()
    picked = Signal(str)
    disclosure_wanted = Signal(object)
    asked_no_more = Signal()
    failed = Signal(Exception)

    def __init__(
        self, chat: ChatService, preferences: PreferenceService, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._preferences = preferences
        self._jobs = jobs
        self._cancel: CancelToken | None = None
        self.left: Side | None = None
        self.right: Side | None = None
        self.phase = ""

    @property
    def running(self) -> bool:
        return self._cancel is not None

    def open(
        self, answer: Message, strength: float, traces: Sequence[Written], figures: AnswerFigures | None
    ) -> None:
        """Begin with an answer that was written with `strength`. Without traces they are read."""
        self.left, self.right = Side(answer, strength, tuple(traces), figures), None
        if not traces:
            job = self._jobs.run(lambda: self._chat.traces(answer.id))
            job.succeeded.connect(lambda found: self._on_traces_read(answer.id, found))
            job.failed.connect(self.failed)
        self.changed.emit()

    def write(self, options: AskOptions) -> None:
        """Write the right side with `options`. Nothing happens while one is being written."""
        left = self.left
        if left is None or self.running:
            return
        cancel = self._cancel = CancelToken()
        self.right = None

        def work(tell: Callable[[object], None]) -> None:
            for event in self._chat.regenerate(left.message.id, options, cancel):
                tell(event)

        job = self._jobs.run_telling(work)
        job.advanced.connect(lambda events: self._on_advanced(events, options.effective_strength))
        job.failed.connect(self.failed)
        job.ended.connect(self._on_ended)
        self.changed.emit()

    def stop(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()

    def pick(self, side: Side) -> None:
        """Go on with this one. The other was there to choose from, so this is a preference."""
        other = self.right if side is self.left else self.left
        chosen, rejected = side.message.id, other.message.id if other is not None else None

        def work() -> None:
            if rejected is not None:
                self._preferences.record("compare", chosen, rejected)
            self._chat.show(chosen)

        job = self._jobs.run(work)
        job.succeeded.connect(lambda _: self.picked.emit(chosen))
        job.failed.connect(self.failed)

    def leave(self) -> None:
        """Close without a choice: the answer there was is shown again."""
        self.stop()
        if self.left is not None:
            shown = self.left.message.id
            job = self._jobs.run(lambda: self._chat.show(shown))
            job.succeeded.connect(lambda _: self.picked.emit(shown))
            job.failed.connect(self.failed)

    def _on_traces_read(self, answer_id: str, traces: Sequence[Written]) -> None:
        if self.left is not None and self.left.message.id == answer_id:
            self.left = dataclasses.replace(self.left, traces=tuple(traces))
            self.changed.emit()

    def _on_advanced(self, events: tuple[object, ...], strength: float) -> None:
        for event in events:
            match event:
                case AnswerStarted():
                    self.right = Side(event.answer, strength)
                case TokensAppended() if self.right is not None:
                    message = self.right.message
                    message = dataclasses.replace(message, text=message.text + event.text)
                    traces = (*self.right.traces, *event.tokens)
                    self.right = dataclasses.replace(self.right, message=message, traces=traces)
                case DisclosureWanted():
                    self.disclosure_wanted.emit(event)
                case PhaseChanged():
                    self.phase = event.phase
                case AnswerFinished() if self.right is not None:
                    self.right = dataclasses.replace(self.right, message=event.answer, figures=event.figures)
        self.grown.emit()

    def _on_ended(self) -> None:
        self._cancel = None
        self.phase = ""
        self.asked_no_more.emit()
        self.changed.emit()
