"""Whether a long training may take the processor just now: on mains, and with nobody else in need of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from costeer.foundation.cpu import usable_cores
from costeer.foundation.translatable import NOTHING, Translatable

MOST_BY_OTHERS = 0.3
"""Of all processors: what other programs may take before the computer counts as busy."""

_ON_BATTERY = Translatable("the computer runs on its battery")
_BUSY = Translatable("other programs need the processor")


def on_mains() -> bool:
    """True too where there is no battery, or none that can be asked."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is None or battery.power_plugged is not False


class Quiet:
    """Looks at what has happened since it was asked before, so it is asked every few seconds. One thread."""

    def __init__(self, mains: Callable[[], bool] = on_mains) -> None:
        self._mains = mains
        self._before = (time.monotonic(), *_spent())

    def why_not(self) -> Translatable:
        """What speaks against it; nothing: it may go on."""
        now = (time.monotonic(), *_spent())
        seconds, busy, ours = (after - before for after, before in zip(now, self._before, strict=True))
        self._before = now
        if not self._mains():
            return _ON_BATTERY
        by_others = (busy - ours) / (seconds * usable_cores()) if seconds > 0.0 else 0.0
        return _BUSY if by_others > MOST_BY_OTHERS else NOTHING


def _spent() -> tuple[float, float]:
    """Processor seconds, of everybody and of this program with what it has started, so far."""
    times = psutil.cpu_times()
    busy = sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)
    own = psutil.Process()
    ours = 0.0
    for one in (own, *own.children(recursive=True)):
        try:
            taken = one.cpu_times()
        except psutil.Error:  # it has just ended
            continue
        ours += taken.user + taken.system
    return busy, ours
