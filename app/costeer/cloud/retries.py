"""Asking again, where a request was refused before any work was done for it.

**Again:** no connection came about (refused, reset before anything was sent, not accepted in time, a proxy that
reaches nobody), and the answers 429 and 503, by which a server says that it has not begun. Each attempt is a
request like any other, with an entry of its own in the ledger.

**Never:** what may have been worked on and billed. That is everything after a request has left: no answer in time,
a connection that ends, 500, a broken stream. And 502 and 504, streamed or not: a gateway says by them that
*it* got no answer, and cannot know whether the model behind it had begun to write one. Who asked decides, because
only it knows what it has already got.

Nor is what waiting does not mend: a wrong name, a certificate, a proxy's password, a used-up credit.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, KnownError
from costeer.foundation.translatable import Translatable
from costeer.privacy.exchange import Line

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 8.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class Wait:
    """One wait; two are never equal. `until` is on the clock of `time.monotonic()`; `attempt` is the one that
    follows, counted from 1; `why` is half a sentence that names the endpoint."""

    endpoint: str
    why: Translatable
    until: float
    attempt: int
    attempts: int

    @property
    def seconds_left(self) -> int:
        """From now on, rounded up."""
        return max(0, math.ceil(self.until - time.monotonic()))

    @property
    def sentence(self) -> Translatable:
        """As of now."""
        return Translatable(
            "{why}; it is asked again in {seconds} s (attempt {attempt} of at most {attempts}).",
            why=self.why,
            seconds=self.seconds_left,
            attempt=self.attempt,
            attempts=self.attempts,
        )


@dataclass(frozen=True, slots=True)
class WaitOver:
    """The endpoint is being asked again, or nobody wants the answer any more."""

    wait: Wait


WaitEvent = Wait | WaitOver
OnWait = Callable[[WaitEvent], None]
"""Called on the thread that waits, before and after it does; must be quick and must not raise."""


def ignore_waits(event: WaitEvent) -> None:
    """Nobody wants to hear of them."""


class NotBegun(Exception):
    """An attempt that nothing was done for. Never leaves `Patience.keep_trying`."""

    def __init__(
        self, error: KnownError, why: Translatable, *, asked: float | None = None, connected: bool = True
    ) -> None:
        """`error` is what is raised when it is not tried again; `asked` the seconds that the server wants."""
        super().__init__(str(why))
        self.error = error
        self.why = why
        self.asked = asked
        self.connected = connected


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long is asked again, and who hears of it. Any thread.

    No attempt begins later than `seconds` after the first, so that all is over within 45 where each fails within a
    connection's timeout. A server that wants more than `longest_wait` is not waited for. `connecting` is whether
    also an endpoint is tried again to which there is no connection: pointless where the user waits to hear
    that an address is wrong.
    """

    attempts: int = 4
    seconds: float = 35.0
    longest_wait: float = 30.0
    first_wait: float = 0.5
    connecting: bool = True
    on_wait: OnWait = ignore_waits

    def keep_trying(
        self,
        endpoint: str,
        attempt: Callable[[], Answer],
        line: Line | None = None,
        cancel: CancelToken | None = None,
    ) -> Answer:
        """What `attempt` returns, which raises NotBegun when `endpoint` may be asked again.

        Raises the KnownError of the last attempt, Cancelled as soon as `line` is hung up or `cancel` is cancelled
        while waiting, and whatever else `attempt` raises.
        """
        backoff = tenacity.wait_exponential_jitter(
            multiplier=self.first_wait, max=_LONGEST_PAUSE, jitter=self.first_wait
        )

        def wait(state: tenacity.RetryCallState) -> float:
            asked = _failure(state).asked
            return asked + random.uniform(0.0, self.first_wait) if asked else backoff(state)

        def pause(state: tenacity.RetryCallState) -> None:
            seconds, why = state.upcoming_sleep, _failure(state).why
            log.info("%s; asking again in %.1f seconds", why, seconds)
            told = Wait(endpoint, why, time.monotonic() + seconds, state.attempt_number + 1, self.attempts)
            self.on_wait(told)
            try:
                _pause(seconds, line, cancel)
            finally:
                self.on_wait(WaitOver(told))

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._may_be_tried_again),
            stop=tenacity.stop_after_attempt(self.attempts) | tenacity.stop_before_delay(self.seconds),
            wait=wait,
            before_sleep=pause,  # it alone is told how often was asked
            sleep=lambda _: None,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except NotBegun as failure:
            raise failure.error from failure.__cause__

    def _may_be_tried_again(self, error: BaseException) -> bool:
        if not isinstance(error, NotBegun):
            return False
        return (error.connected or self.connecting) and (error.asked or 0.0) <= self.longest_wait


PATIENT = Patience()


def _failure(state: tenacity.RetryCallState) -> NotBegun:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, NotBegun)
    return error


def _pause(seconds: float, line: Line | None, cancel: CancelToken | None) -> None:
    """Wait. Raises Cancelled at once when nobody wants the answer any more."""
    stop = threading.Event()
    with ExitStack() as stack:
        if line is not None:
            line.opened(stop.set)  # until the next attempt opens something itself
        if cancel is not None:
            stack.enter_context(cancel.calling(stop.set))
        if stop.wait(seconds):
            raise Cancelled
