"""The one bridge between the window's thread and the work behind it.

Services block: they read the disk, load models, wait for a cloud. A `Job` runs such work on a worker thread and
tells of it on the thread of the window. The worker never touches a QObject but for one signal that says "look into
the mailbox"; everything else happens on the window's thread, so a slot needs no lock.

Two lanes: `run` is for short work on the database and keeps the order in which it was asked for (an edit must not
overtake the edit before it); `run_beside` and `run_telling` are for work that takes long, side by side.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal

from costeer.foundation.errors import Cancelled, KnownError

DELIVERY_PERIOD = 1 / 30
"""Seconds between two deliveries of a job's items: what comes faster is handed over together."""

_BESIDE_AT_MOST = 4
_LEAVING_SECONDS = 1.0

_log = logging.getLogger(__name__)

Work = Callable[[], object]
TellingWork = Callable[[Callable[[object], None]], object]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How the work ended: with a value, an error, or (neither) cancelled."""

    value: object = None
    error: Exception | None = None
    cancelled: bool = False


class Job(QObject):
    """One piece of work. All signals are emitted on the window's thread, in the order things happened.

    `advanced` carries a tuple of items, those that the work gave since the last delivery; exactly one of
    `succeeded` and `failed` follows, or none when the work raised Cancelled; `ended` comes last, always.
    Connect right after starting: nothing is delivered before control returns to the event loop.
    """

    advanced = Signal(tuple)
    succeeded = Signal(object)
    failed = Signal(Exception)
    ended = Signal()
    _woken = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.left = threading.Event()
        """Set when the worker will not touch this object again. Until then it must not be deleted: the window's
        thread may be told of the end, and be done with it, before the worker has returned from telling."""
        self._lock = threading.Lock()
        self._items: deque[object] = deque()
        self._outcome: _Outcome | None = None
        self._delivered = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)

    def call(self, work: Work) -> None:
        """Run `work` and keep what it returns. On a worker thread, once."""
        try:
            self._finish(_outcome_of(work))
        finally:
            self.left.set()

    def post(self, item: object) -> None:
        """Hand an item over. On any thread, until the work has returned."""
        with self._lock:
            self._items.append(item)
            first = len(self._items) == 1
        if first:
            self._woken.emit()

    def _finish(self, outcome: _Outcome) -> None:
        with self._lock:
            self._outcome = outcome
        # The window may be gone when work outlives the time that closing it allows.
        with contextlib.suppress(RuntimeError):
            self._woken.emit()

    def _on_woken(self) -> None:
        if self._outcome is not None:
            self._deliver()
        elif not self._timer.isActive():
            wait = DELIVERY_PERIOD - (time.monotonic() - self._delivered)
            self._timer.start(max(0, round(wait * 1000)))

    def _deliver(self) -> None:
        with self._lock:
            items = tuple(self._items)
            self._items.clear()
            outcome, self._outcome = self._outcome, None
        self._delivered = time.monotonic()
        if items:
            self.advanced.emit(items)
        if outcome is None:
            return
        self._timer.stop()
        if outcome.error is not None:
            self.failed.emit(outcome.error)
        elif not outcome.cancelled:
            self.succeeded.emit(outcome.value)
        self.ended.emit()


class Jobs(QObject):
    """Starts jobs and keeps them alive until they have ended. Lives on the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: set[Job] = set()
        self._in_order = QThreadPool(self)
        self._in_order.setMaxThreadCount(1)
        self._beside = QThreadPool(self)
        self._beside.setMaxThreadCount(_BESIDE_AT_MOST)

    def run(self, work: Work) -> Job:
        """Short work, in the order it is asked for."""
        job = self._new_job()
        self._in_order.start(lambda: job.call(work))
        return job

    def run_beside(self, work: Work) -> Job:
        """Long work, beside everything else."""
        job = self._new_job()
        self._beside.start(lambda: job.call(work))
        return job

    def run_telling(self, work: TellingWork) -> Job:
        """Long work that is given a function to tell how far it is: what it tells arrives through `advanced`."""
        job = self._new_job()
        self._beside.start(lambda: job.call(lambda: work(job.post)))
        return job

    @property
    def running(self) -> int:
        return len(self._running)

    def wait_for_all(self, seconds: float) -> bool:
        """Block until the workers are idle, at most `seconds`; False when some still work. For closing only.

        What they deliver is still queued afterwards, for the event loop, if it runs again.
        """
        deadline = time.monotonic() + seconds
        idle = True
        for pool in (self._beside, self._in_order):
            idle &= pool.waitForDone(max(1, round((deadline - time.monotonic()) * 1000)))
        return idle

    def _new_job(self) -> Job:
        job = Job(self)
        self._running.add(job)
        job.ended.connect(lambda: self._forget(job))
        return job

    def _forget(self, job: Job) -> None:
        self._running.discard(job)
        if job.left.wait(_LEAVING_SECONDS):  # microseconds, as the worker has nothing left to do
            job.deleteLater()


def _outcome_of(work: Work) -> _Outcome:
    try:
        return _Outcome(value=work())
    except Cancelled:
        return _Outcome(cancelled=True)
    except KnownError as error:
        return _Outcome(error=error)
    except Exception as error:  # noqa: BLE001 - handed to the window, which says so
        _log.exception("Work behind the window failed unexpectedly")
        return _Outcome(error=error)
