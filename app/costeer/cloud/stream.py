"""An open answer: a reader thread collects what the cloud sends while the decoder is busy with something else."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled, EndpointError
from costeer.privacy.exchange import Line
from costeer.steering.types import CloudPosition

Deliver = Callable[[CloudPosition | None], None]
"""Gives a position to the taker; None says that the answer is complete, before the last bytes have come."""

Read = Callable[[Line, Deliver], None]
"""Reads one answer to its end on the reader thread. It raises what went wrong, and ends soon after a hang-up."""

_LAST_BYTES_SECONDS = 0.5
_JOIN_SECONDS = 2.0


class ReaderStream:
    """A `steering.types.CloudStream`. Opened, taken from and closed by one thread; `cancel` comes from any.

    The request leaves at once, without waiting for the first `take`. What arrived before a break is still given
    out before the error is raised.
    """

    def __init__(self, read: Read, cancel: CancelToken) -> None:
        self._read = read
        self._cancel = cancel
        self._line = Line()
        self._changed = threading.Condition()
        self._arrived: deque[CloudPosition] = deque()
        self._over = False
        self._error: Exception | None = None
        self._closed = False
        cancel.raise_if_cancelled()
        self._thread = threading.Thread(target=self._run, name="cloud-stream", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> bool:
        """Whether `take` would have to wait: nothing has arrived, and it is neither over nor given up."""
        with self._changed:
            return self._nothing_yet()

    def take(self, most: int) -> list[CloudPosition]:
        """See `CloudStream.take`. After the end it goes on returning an empty list."""
        if most < 1:
            raise BugError("At least one position must be taken, not {most}; please report this.", most=most)
        with self._changed:
            # Bounded by the timeouts of the transport, which end the reader thread.
            while self._nothing_yet():
                self._changed.wait()
            self._cancel.raise_if_cancelled()
            if self._arrived:
                return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]
            self._raise_error()
            return []

    def close(self) -> None:
        """Hang up and wait for the reader thread. Returns at once when it is called again.

        Raises what nobody has seen yet and is not the endpoint's fault (the ledger could not be written). Only a
        thread that is still looking up a name or waiting for a connection cannot be interrupted; it is left to
        end by itself, and sends nothing.
        """
        with self._changed:
            self._closed = True
            ended = self._over
            self._changed.notify_all()
        if ended:
            # The answer is complete: let the thread see the last bytes, so that the ledger says so.
            self._thread.join(_LAST_BYTES_SECONDS)
        self._line.hang_up()
        self._thread.join(_JOIN_SECONDS)
        if not isinstance(self._error, EndpointError):
            self._raise_error()

    def _nothing_yet(self) -> bool:
        return not (self._arrived or self._over or self._closed or self._cancel.cancelled)

    def _raise_error(self) -> None:
        """Raise what ended the reader thread, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            with self._cancel.calling(self._stop_now):
                self._read(self._line, self._deliver)
        except Exception as error:  # noqa: BLE001  # handed over to the thread that takes
            # After a hang-up the endpoint's complaints are our own doing; a ledger that cannot be written is not.
            if not self._line.hung_up or not isinstance(error, EndpointError | Cancelled):
                self._error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _deliver(self, position: CloudPosition | None) -> None:
        with self._changed:
            if position is None:
                self._over = True
            else:
                self._arrived.append(position)
            self._changed.notify_all()

    def _stop_now(self) -> None:
        self._line.hang_up()
        with self._changed:
            self._changed.notify_all()
