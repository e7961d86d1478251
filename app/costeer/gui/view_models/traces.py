"""What is known of the tokens of the answers on the screen, for "Show steering"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from costeer.gui.jobs import Jobs
from costeer.services.chat import ChatService
from costeer.steering.trace import TokenTrace, Written

SHOWN_CANDIDATES = 5
"""Of each token that steering changed; no more are read."""


class TraceViewModel(QObject):
    """Tokens by message. Those of an answer in progress are added as they come; older ones are read when wanted.

    Traces carry their place in the answer, so what was read and what came live can be merged in any order.
    """

    shown_changed = Signal(bool)
    traces_changed = Signal(str)
    failed = Signal(Exception)

    def __init__(self, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._jobs = jobs
        self._shown = False
        self._by_message: dict[str, dict[int, Written]] = {}
        self._complete: set[str] = set()
        self._answers: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        return self._shown

    def show(self, shown: bool) -> None:
        if shown != self._shown:
            self._shown = shown
            self._read_missing()
            self.shown_changed.emit(shown)

    def of(self, message_id: str) -> list[Written]:
        """The traces of an answer, in order, as far as they are known."""
        known = self._by_message.get(message_id, {})
        return [known[index] for index in sorted(known)]

    def follow(self, answers: Iterable[str]) -> None:
        """These answers are on the screen now; what belongs to others is forgotten."""
        self._answers = tuple(answers)
        keep = set(self._answers)
        self._by_message = {key: value for key, value in self._by_message.items() if key in keep}
        self._complete &= keep
        self._read_missing()

    def begin(self, message_id: str) -> None:
        """A new answer starts: all its traces will be added."""
        self._by_message[message_id] = {}
        self._complete.add(message_id)

    def add(self, message_id: str, traces: Sequence[TokenTrace]) -> None:
        self._merge(message_id, {one.index: one if one.changed else one.displayed for one in traces})

    def _read_missing(self) -> None:
        if not self._shown:
            return
        for message_id in self._answers:
            if message_id not in self._complete:
                self._complete.add(message_id)
                self._read(message_id)

    def _read(self, message_id: str) -> None:
        job = self._jobs.run(lambda: self._chat.changes(message_id, SHOWN_CANDIDATES))
        job.succeeded.connect(lambda traces: self._on_read(message_id, traces))
        job.failed.connect(self.failed)

    def _on_read(self, message_id: str, traces: Mapping[int, Written]) -> None:
        if message_id in self._complete:
            self._merge(message_id, traces)
            self.traces_changed.emit(message_id)

    def _merge(self, message_id: str, traces: Mapping[int, Written]) -> None:
        self._by_message.setdefault(message_id, {}).update(traces)
