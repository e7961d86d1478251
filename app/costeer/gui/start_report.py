"""What a start of the window is measured by: with COSTEER_BENCH_START in the environment the program tells its
figures, as one JSON object, and quits.

`COSTEER_BENCH_START=paint` ends at the window's first paint, `COSTEER_BENCH_START=list` once the list of
conversations has been read and painted.
"""

from __future__ import annotations

import json
import os
import sys
import time

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from costeer.gui.main_window import MainWindow

BENCH_VARIABLE = "COSTEER_BENCH_START"

HEAVY = ("torch", "llama_cpp", "alembic", "xllamacpp", "markdown_it", "ziamath")
"""What no start may load before its first paint."""


class NextPaint(QObject):
    """`happened` once, when `widget` has been painted the next time and the event loop runs again."""

    happened = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002 - Qt's signature
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self.happened.emit)
        return False


class StartReport(QObject):
    """`done` when the figures have been written. `until` is "paint" or "list"; window thread."""

    done = Signal()

    def __init__(self, window: MainWindow, painted: NextPaint, started: float, until: str) -> None:
        """`started` is `time.time()` as early as the program could read it."""
        super().__init__(window)
        self._window = window
        self._began = _process_start(started)
        self._report: dict[str, object] = {}
        painted.happened.connect(self._on_first_paint)
        if until == "list":
            window.conversations.loaded.connect(self._on_list, Qt.ConnectionType.SingleShotConnection)
        else:
            painted.happened.connect(self._tell)

    def _on_first_paint(self) -> None:
        self._report["first_paint_seconds"] = self._seconds()
        self._report["heavy_modules"] = [name for name in HEAVY if name in sys.modules]

    def _on_list(self) -> None:
        viewport = self._window.sidebar.list.viewport()
        NextPaint(viewport).happened.connect(self._on_list_painted)
        viewport.update()

    def _on_list_painted(self) -> None:
        self._report["list_seconds"] = self._seconds()
        self._report["conversations"] = len(self._window.conversations.listed)
        self._tell()

    def _tell(self) -> None:
        sys.stdout.write(json.dumps(self._report) + "\n")
        sys.stdout.flush()
        self.done.emit()

    def _seconds(self) -> float:
        return round(time.time() - self._began, 3)


def _process_start(started: float) -> float:
    """When this process began, on the clock of time.time(); where the system does not tell, `started`."""
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as stat:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
        since_boot = ticks / os.sysconf("SC_CLK_TCK")
        return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)
    except (OSError, ValueError, AttributeError):
        return started
