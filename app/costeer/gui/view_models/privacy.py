"""What leaves this computer, live: the indicator, the figures of an answer, its requests."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from costeer.bootstrap import Application
from costeer.foundation.door import Refusal, UnannouncedConnection
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.payloads import PayloadViewModel
from costeer.gui.view_models.requests import MOST_LISTED, RequestListModel
from costeer.services.events import TrafficChanged
from costeer.services.traffic import MessageTraffic, TrafficState
from costeer.storage.records import AnswerFigures
from costeer.storage.repositories import ExchangeLine

Activity = Literal["idle", "sending", "waiting", "receiving"]

PERIOD_MS = 50
"""How often the indicator and the list of requests are brought up to date, at most."""

_REREAD_MS = 300
_REST_AFTER_READ = 8
"""An answer of many requests takes long to read: the next reading waits this many times what the last one took."""


class PrivacyViewModel(QObject):
    """Follows one answer; the indicator follows everything.

    The traffic board calls from worker threads; what it says is kept under a lock and handed over by a queued
    signal. A request that left since the last look is shown as sending, however short it was.
    """

    activity_changed = Signal(str)
    totals_changed = Signal(object)
    figures_changed = Signal()
    failed = Signal(Exception)
    _traffic_came = Signal()
    _refused = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._audit = app.audit
        self._chat = app.chat
        self._board = app.traffic
        self._jobs = jobs
        self.requests = RequestListModel(self)
        self.payloads = PayloadViewModel(app.audit, jobs, self)
        self.payloads.failed.connect(self.failed)
        self.activity: Activity = "idle"
        self.message_id: str | None = None
        self.traffic: TrafficChanged | None = None
        self.figures: AnswerFigures | None = None
        self._by_message: dict[str, TrafficChanged] = {}
        self._requests_seen = 0
        self._lock = threading.Lock()
        self._latest: TrafficState | None = None
        self._sent_since = False
        self._shown_timer = self._once(PERIOD_MS, self._show_traffic)
        self._reread_timer = self._once(_REREAD_MS, self._read)
        self._bits_of_others: float | None = None
        self._reading = False
        self._read_again = False
        self._read_began = 0.0
        self._traffic_came.connect(self._on_traffic_came, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = app.traffic.subscribe(self._hear)
        self._refused.connect(self.failed, Qt.ConnectionType.QueuedConnection)
        self._stop_watching = app.audit.watch_refusals(self._hear_refusal)

    def _hear_refusal(self, refusal: Refusal) -> None:
        self._refused.emit(UnannouncedConnection(refusal))

    def close(self) -> None:
        self._unsubscribe()
        self._stop_watching()
        self._shown_timer.stop()
        self._reread_timer.stop()
        self.payloads.close()

    def follow(
        self,
        message_id: str | None,
        figures: AnswerFigures | None = None,
        conversation_id: str | None = None,
    ) -> None:
        """Show this answer's figures and requests; `figures` are those stored with it."""
        self.message_id = message_id
        self.traffic = self._by_message.get(message_id or "")
        self.figures = figures
        self._bits_of_others = None
        self.requests.clear()
        self.figures_changed.emit()
        if message_id is not None:
            self._read()
        if conversation_id is not None:
            self._read_bits(conversation_id, message_id)

    @property
    def conversation_bits(self) -> float | None:
        """What the conversation has given away, with what the answer being written has so far; None: not known."""
        if self._bits_of_others is None:
            return None
        told = self.figures or self.traffic
        return self._bits_of_others + (told.leak_bits if told else 0.0)

    @property
    def wire(self) -> MessageTraffic | None:
        """What the answer being written has caused on the wire so far; None when it is over."""
        over = self.message_id is None or self.figures is not None
        live = None if over else self._board.of_message(self.message_id or "")
        return live if live and live.requests else None

    def take(self, message_id: str, traffic: TrafficChanged) -> None:
        """An answer in progress tells what has crossed the transport."""
        self._by_message[message_id] = traffic
        if message_id == self.message_id:
            self.traffic = traffic
            self.figures_changed.emit()
            if not self._reread_timer.isActive():
                self._reread_timer.start()

    def finish(self, message_id: str, figures: AnswerFigures | None) -> None:
        """The answer is over; its requests are read once more, responses included."""
        if message_id == self.message_id:
            self.figures = figures
            self.figures_changed.emit()
            self._reread_timer.start()

    def _once(self, milliseconds: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    def _hear(self, state: TrafficState) -> None:
        """On any thread."""
        with self._lock:
            first = self._latest is None
            self._latest = state
            self._sent_since |= state.activity == "sending"
        if first:
            self._traffic_came.emit()

    def _on_traffic_came(self) -> None:
        if not self._shown_timer.isActive():
            self._shown_timer.start()

    def _show_traffic(self) -> None:
        with self._lock:
            state, self._latest = self._latest, None
            sent, self._sent_since = self._sent_since, False
        if state is None:
            return
        self.activity = "sending" if sent else state.activity
        self.activity_changed.emit(self.activity)
        self.totals_changed.emit(state)
        if self.message_id is not None and self.figures is None:
            self.figures_changed.emit()
            if state.requests != self._requests_seen and not self._reread_timer.isActive():
                self._reread_timer.start()
        self._requests_seen = state.requests
        if self.activity != state.activity:
            self._hear(state)

    def _read(self) -> None:
        wanted = self.message_id
        if wanted is None:
            return
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        self._read_began = time.monotonic()
        after = self.requests.settled
        read = partial(self._audit.exchanges, wanted, after=after, newest=MOST_LISTED)
        job = self._jobs.run_beside(read)
        job.succeeded.connect(lambda lines: self._on_read(wanted, lines))
        job.failed.connect(self.failed)
        job.ended.connect(self._on_read_ended)

    def _on_read(self, wanted: str, lines: list[ExchangeLine]) -> None:
        if wanted == self.message_id:
            # Where all were read there is no need to know how many there are, which may be more by now.
            known = self.wire or self.traffic or self.figures
            self.requests.take(lines, known.requests if known and len(lines) == MOST_LISTED else 0)

    def _read_bits(self, conversation_id: str, message_id: str | None) -> None:
        job = self._jobs.run(lambda: self._chat.leak(conversation_id, message_id).bits)
        job.succeeded.connect(lambda bits: self._on_bits_read(message_id, bits))
        job.failed.connect(self.failed)

    def _on_bits_read(self, message_id: str | None, bits: float) -> None:
        if message_id == self.message_id:
            self._bits_of_others = bits
            self.figures_changed.emit()

    def _on_read_ended(self) -> None:
        self._reading = False
        took = time.monotonic() - self._read_began
        self._reread_timer.setInterval(max(_REREAD_MS, round(took * 1000 * _REST_AFTER_READ)))
        if self._read_again:
            self._read_again = False
            self._read()
