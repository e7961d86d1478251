"""How long the window's thread keeps events waiting."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

_INTERVAL = 4
_STEP = 1.0


@dataclass(frozen=True, slots=True)
class Stalls:
    """Milliseconds that an event waits which comes at any moment of the measured time: median, 99th percentile,
    and the longest. A stall of a second therefore weighs a thousand times as much as one of a millisecond.

    `busiest` is the most that the thread itself computed between two turns: what a stall is on a computer that has
    nothing else to do.
    """

    p50: float
    p99: float
    longest: float
    seconds: float
    busiest: float = 0.0


class LoopProbe(QObject):
    """A timer of 4 ms on the window's thread; what it is late by is what any other event would have waited."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gaps: list[float] = []
        self._last = self._spent = self._busiest = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        self._gaps = []
        self._last, self._spent, self._busiest = time.perf_counter(), time.thread_time(), 0.0
        self._timer.start()

    def stop(self) -> Stalls:
        """What was measured since `start`."""
        self._on_tick()
        self._timer.stop()
        return dataclasses.replace(stalls(self._gaps), busiest=self._busiest)

    def _on_tick(self) -> None:
        now, spent = time.perf_counter(), time.thread_time()
        self._busiest = max(self._busiest, (spent - self._spent) * 1000)
        self._spent = spent
        self._gaps.append((now - self._last) * 1000)
        self._last = now


def stalls(gaps: list[float]) -> Stalls:
    """From the times between ticks, in milliseconds. Of each, the events that come in it, one a millisecond, wait
    for its end; a gap of up to the timer's interval is no wait."""
    waits: list[float] = []
    for gap in gaps:
        late = max(0.0, gap - _INTERVAL)
        waits += [0.0] * round(min(gap, _INTERVAL))
        waits += [late - _STEP * step for step in range(int(late) + 1) if late > 0]
    if not waits:
        return Stalls(0.0, 0.0, 0.0, 0.0)
    waits.sort()
    at = min(len(waits) - 1, int(0.99 * len(waits)))
    return Stalls(waits[len(waits) // 2], waits[at], waits[-1], sum(gaps) / 1000)
