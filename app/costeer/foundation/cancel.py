"""The one way to stop long work.

A `CancelToken` is handed down every long call. The caller cancels it from any thread; the work either polls
it between steps, or registers a callback that unblocks what it is waiting for (closing a stream, say).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar

from costeer.foundation.errors import Cancelled

Result = TypeVar("Result")

_LOCK_POLL_SECONDS = 0.1


class CancelToken:
    """Cancelled once, for good. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """Cancel, and run the registered callbacks once, in the calling thread."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when the token has been cancelled."""
        if self._event.is_set():
            raise Cancelled

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `cancel()` calls `callback`; at once if it has already been cancelled."""
        with self._lock:
            already = self._event.is_set()
            if not already:
                self._callbacks.append(callback)
        if already:
            callback()
        try:
            yield
        finally:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)


@contextmanager
def any_of(*tokens: CancelToken | None) -> Iterator[CancelToken]:
    """A token that is cancelled when one of `tokens` is, while the block runs. Raises Cancelled."""
    either = CancelToken()
    with ExitStack() as stack:
        for token in tokens:
            if token is not None:
                stack.enter_context(token.calling(either.cancel))
        either.raise_if_cancelled()
        yield either


@contextmanager
def holding(lock: threading.Lock, cancel: CancelToken) -> Iterator[None]:
    """`lock`, held while the block runs. Raises Cancelled when waiting for it is given up."""
    while not lock.acquire(timeout=_LOCK_POLL_SECONDS):
        cancel.raise_if_cancelled()
    try:
        cancel.raise_if_cancelled()
        yield
    finally:
        lock.release()


def unless_cancelled(call: Callable[[], Result], cancel: CancelToken) -> Result:
    """What `call` returns or raises; Cancelled as soon as `cancel` is cancelled.

    For waits that nothing can interrupt (a name being looked up, a connection coming about): the call has a thread
    of its own, which then ends by itself, and what it still brings is dropped.
    """
    cancel.raise_if_cancelled()
    future: Future[Result] = Future()

    def run() -> None:
        with suppress(InvalidStateError):  # nobody waits any more
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001  # handed to who waits
                future.set_exception(error)
            else:
                future.set_result(result)

    def give_up() -> None:
        future.cancel()

    threading.Thread(target=run, name="unless-cancelled", daemon=True).start()
    with cancel.calling(give_up):
        try:
            return future.result()
        except CancelledError:
            raise Cancelled from None
