"""A child process that answers one question at a time: for what may take long, or for ever, over a hostile text.

Nobody waits for it: `answered` tells. Bounds: the time for one answer, after which the child is ended and the
question has no answer; how many questions may wait; how often a child may have to be ended until no more are
started, which `given_up` tells; and the memory, which the child bounds itself (`helper_process`). Only bytes come
back. Window thread.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.foundation.child_process import end_process, spawn_context

_START_MS = 15_000
ENDED_AT_MOST = 5
MOST_WAITING = 2_000
_POLL_MS = 8
_IDLE_MS = 120_000
_LONGEST_ANSWER = 16_000_000

_log = logging.getLogger(__name__)


class Helper(QObject):
    """`serve` is run in the child, which is started with the first question, and ended when none comes for long.

    It is to call `helper_process.serve`, whose first message says that it is ready: before, a long question would
    fill the pipe, and the window would wait. Questions are values; one that waits for its answer is not put twice.
    """

    answered = Signal(object, bytes)
    """The question and its answer, empty where there is none."""

    given_up = Signal()
    """No more children are started, until `begin_again`."""

    def __init__(
        self,
        serve: Callable[[Connection], None],
        name: str,
        patience_ms: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._serve = serve
        self._name = name
        self.patience_ms = patience_ms
        self._waiting: OrderedDict[Hashable, None] = OrderedDict()
        self._at_work: Hashable | None = None
        self._ready = False
        self._patience = 0
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._ended = 0
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self.close)

    @property
    def busy(self) -> bool:
        return self._at_work is not None or bool(self._waiting)

    def ask(self, question: Hashable) -> bool:
        """Whether there will be an answer (or word that there is none)."""
        if question == self._at_work or question in self._waiting:
            return True
        if self._ended >= ENDED_AT_MOST or len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting[question] = None
        self._poll.start()
        return True

    def forget(self, is_outdated: Callable[[Hashable], bool]) -> None:
        """Do not answer these any more, if they have not been begun."""
        for one in [one for one in self._waiting if is_outdated(one)]:
            del self._waiting[one]

    def begin_again(self) -> None:
        """Start children again, for what is asked from now on."""
        self._ended = 0

    def close(self) -> None:
        """End the child. It is started again when it is needed."""
        self._poll.stop()
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            end_process(self._process, patience=0.05)
            self._process.close()
        self._process, self._connection, self._at_work, self._ready = None, None, None, False

    def _on_poll(self) -> None:
        if self._connection is not None and (self._at_work is not None or not self._ready):
            self._receive(self._connection)
        if self._at_work is None and (self._ready or self._connection is None):
            self._ask_next()

    def _receive(self, connection: Connection) -> None:
        self._patience -= _POLL_MS
        here, answer = False, b""
        try:
            here = connection.poll()
            answer = connection.recv_bytes(_LONGEST_ANSWER) if here else b""
        except (EOFError, OSError):
            here, self._patience = False, 0
        if not here and self._patience > 0:
            return
        question, self._at_work = self._at_work, None
        if not here:  # longer than anybody would want to wait, or the child is gone
            _log.warning("%s: there was no answer in time", self._name)
            self.close()
            self._ended += 1
            self._poll.start()
        self._ready = here
        if question is not None:
            self.answered.emit(question, answer)
        if not here and self._ended == ENDED_AT_MOST:
            _log.error("%s: given up after %d children", self._name, self._ended)
            self.given_up.emit()

    def _ask_next(self) -> None:
        if not self._waiting:
            self._poll.stop()
            self._idle.start()
            return
        self._idle.stop()
        if self._ended >= ENDED_AT_MOST:
            self.answered.emit(self._waiting.popitem(last=False)[0], b"")
        elif self._connection is None:
            self._start()
            self._patience = _START_MS
        else:
            self._at_work = self._waiting.popitem(last=False)[0]
            self._patience = self.patience_ms
            try:
                self._connection.send(self._at_work)
            except OSError:  # `_receive` will tell
                self._patience = 0

    def _start(self) -> None:
        context = spawn_context()
        here, there = context.Pipe()
        self._process = context.Process(target=self._serve, args=(there,), name=self._name, daemon=True)
        self._process.start()
        there.close()
        self._connection = here
