"""What the answer being written waits for, counted down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from costeer.cloud.retries import Wait, WaitEvent, WaitOver
from costeer.gui.jobs import TellingWork
from costeer.gui.wording import translated
from costeer.services.waits import WaitBoard

TOKENS_HIDE_MS = 1000
"""Tokens that were on their way when a wait began are no sign that it is over: without more it is shown again."""


class WaitsViewModel(QObject):
    """On the window's thread; `telling` alone is called on a worker's.

    An answer may make several requests at a time; of those that wait the one is shown that began last. `text` is
    one sentence, empty while nothing is waited for; `changed` whenever it is another, once a second at least.
    """

    changed = Signal(str)

    def __init__(self, board: WaitBoard, endpoint: Callable[[], str], parent: QObject | None = None) -> None:
        """`endpoint` is what the one is called that answers now."""
        super().__init__(parent)
        self._board = board
        self._endpoint = endpoint
        self._waits: list[Wait] = []
        self.text = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._show)

    def beside(self, work: Callable[[], Iterator[object]]) -> TellingWork:
        """`work` for a job, which tells each of its items and, at once, of waits at the endpoint that answers now
        (and not of those of a test that the user runs meanwhile)."""
        endpoint = self._endpoint()

        def telling(tell: Callable[[object], None]) -> None:
            def hear(event: WaitEvent) -> None:
                wait = event.wait if isinstance(event, WaitOver) else event
                if wait.endpoint == endpoint:
                    tell(event)

            with self._board.telling(hear):
                for item in work():
                    tell(item)

        return telling

    def take(self, event: WaitEvent) -> None:
        if isinstance(event, Wait):
            self._waits.append(event)
        else:
            self._waits = [one for one in self._waits if one is not event.wait]
        self._show()

    def on_tokens(self) -> None:
        """The answer gets on."""
        if self._waits:
            self._put("")
            self._timer.start(TOKENS_HIDE_MS)

    def end(self) -> None:
        """Nobody waits any more."""
        self._waits = []
        self._show()

    def _show(self) -> None:
        self._timer.stop()
        if not self._waits:
            self._put("")
            return
        wait = self._waits[-1]
        self._put(translated(wait.sentence))
        # To the next whole second. At 0 the last sentence stays for the moment until the end is told of.
        left = wait.until - time.monotonic()
        if left > 0.0:
            self._timer.start(round((left % 1.0) * 1000) + 1)

    def _put(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.changed.emit(text)
