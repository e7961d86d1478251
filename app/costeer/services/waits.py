"""An endpoint that takes no request now is asked again later; this is how whoever wants the answer hears of it.

`cloud/retries` waits on the thread that makes the request, an answer's own or a stream's reader. Nothing else
comes from there meanwhile, so the news goes past the events of an answer: to the board, and from there to whoever
listens.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from costeer.cloud.retries import OnWait, WaitEvent


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
