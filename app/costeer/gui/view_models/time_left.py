"""How long something will still take, from how long it has taken."""

from __future__ import annotations

import time
from collections.abc import Callable

from costeer.foundation.progress import Progress

_FEWEST_SECONDS = 3.0
"""Before that nothing is said, as it would jump."""


class TimeLeft:
    """Each kind of work is timed anew; `pause` leaves out what follows until the next report."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._what: object = None
        self._first = self._done = 0
        self._seconds = 0.0
        self._since: float | None = None

    def advance(self, progress: Progress) -> float | None:
        """Seconds that it will probably still take; None where that is not known yet."""
        now = self._clock()
        if progress.what != self._what or progress.done < self._done:
            self._what, self._first, self._seconds = progress.what, progress.done, 0.0
        elif self._since is not None:
            self._seconds += now - self._since
        self._since, self._done = now, progress.done
        made = progress.done - self._first
        if progress.total is None or made <= 0 or self._seconds < _FEWEST_SECONDS:
            return None
        return self._seconds / made * (progress.total - progress.done)

    def pause(self) -> None:
        self._since = None
