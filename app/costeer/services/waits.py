"""An endpoint that takes no request now is asked again later; this is how whoever wants the answer hears of it.

`cloud/retries` waits on the thread that makes the request, an answer's own or a stream's reader. Nothing else
comes from there meanwhile, so the news goes past the events of an answer: from the `Patience` to the board, from
the board to whoever listens.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from costeer.cloud.retries import Patience
from costeer.foundation.cancel import CancelToken
from costeer.privacy.exchange import Line

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class Wait:
    """One wait; two are never equal. `until` is on the clock of `time.monotonic()`; `attempt` is the one that
    follows, counted from 1; `why` is half a sentence that names the endpoint."""

    endpoint: str
    why: str
    until: float
    attempt: int
    attempts: int

    @property
    def seconds_left(self) -> int:
        """From now on, rounded up."""
        return max(0, math.ceil(self.until - time.monotonic()))

    @property
    def sentence(self) -> str:
        """As of now."""
        return (
            f"{self.why}; it is asked again in {self.seconds_left} s "
            f"(attempt {self.attempt} of at most {self.attempts})."
        )


@dataclass(frozen=True, slots=True)
class WaitOver:
    """The endpoint is being asked again, or nobody wants the answer any more."""

    wait: Wait


WaitEvent = Wait | WaitOver
OnWait = Callable[[WaitEvent], None]
"""Called on the thread that waits; must be quick and must not raise."""


def ignore_waits(event: WaitEvent) -> None:
    """Nobody wants to hear of them."""


@dataclass(frozen=True, slots=True)
class TellingPatience(Patience):
    """A Patience that tells of each wait at `endpoint` when it begins and when it is over, and which attempt comes
    next. Its `on_wait` is not called."""

    endpoint: str = ""
    tell: OnWait = ignore_waits

    def keep_trying(
        self, attempt: Callable[[], Answer], line: Line | None = None, cancel: CancelToken | None = None
    ) -> Answer:
        """See `Patience.keep_trying`."""
        course = _Course(self)

        def counted() -> Answer:
            course.begin_attempt()
            return attempt()

        patience = Patience(
            self.attempts, self.seconds, self.longest_wait, self.first_wait, self.connecting, course.begin_wait
        )
        try:
            return patience.keep_trying(counted, line, cancel)
        finally:
            course.end_wait()


@dataclass(slots=True)
class _Course:
    """How far one request has got. On the thread that makes it."""

    patience: TellingPatience
    attempts: int = 0
    wait: Wait | None = None

    def begin_attempt(self) -> None:
        self.end_wait()
        self.attempts += 1

    def begin_wait(self, seconds: float, why: str) -> None:
        until = time.monotonic() + seconds
        self.wait = Wait(self.patience.endpoint, why, until, self.attempts + 1, self.patience.attempts)
        self.patience.tell(self.wait)

    def end_wait(self) -> None:
        if self.wait is not None:
            over, self.wait = WaitOver(self.wait), None
            self.patience.tell(over)


class WaitBoard:
    """Passes on what is waited for. Any thread; listeners are called on the thread that waits, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[OnWait, ...] = ()

    def hear(self, event: WaitEvent) -> None:
        # Under the lock, so that nobody is called any more who has stopped listening.
        with self._lock:
            for listener in self._listeners:
                listener(event)

    @contextmanager
    def telling(self, listener: OnWait) -> Iterator[None]:
        """While the block runs, `listener` hears of every wait that begins or ends."""
        with self._lock:
            self._listeners = (*self._listeners, listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)
