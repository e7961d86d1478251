"""What all answers of a window share: one parser, one drawer of formulas, and the time to write in.

A long answer is written in slices, so that the window's thread stays free. All answers together get one slice in
each turn of the event loop, the latest first: that is the one on the screen. Window thread.
"""

from __future__ import annotations

from time import perf_counter
from typing import Protocol

import shiboken6
from PySide6.QtCore import QObject, QTimer

from costeer.gui.markdown.colors import Colors
from costeer.gui.markdown.formulas import Formulas
from costeer.gui.markdown.reader import Parser

SLICE = 0.008
"""Seconds of a turn of the event loop that are spent on what is left to be written."""

AT_ONCE = 0.015
"""Seconds that a call may take until it leaves the rest for later; for all calls of a turn together."""


AT_LEAST = 0.003
"""Seconds for each call all the same: a short answer is there at once."""


class Writing(Protocol):
    """Something that is written in slices."""

    def step(self, until: float) -> bool:
        """Work until `perf_counter()` says `until`, or a little longer. Returns whether it is finished."""


class Workshop(QObject):
    """Made once for a `Look`, of which it is a child."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.parser = Parser()
        self.formulas = Formulas(self)
        self.colors = Colors(self)
        self._left: list[Writing] = []
        self._spent = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    @classmethod
    def of(cls, owner: QObject) -> Workshop:
        """The workshop that belongs to `owner`."""
        found = owner.findChild(Workshop)
        return found if isinstance(found, Workshop) else cls(owner)

    def warm(self) -> None:
        """Load what the first answer needs, 60 ms, while nobody waits for one."""
        self.parser.inline("*a*", {})

    @property
    def busy(self) -> bool:
        """Whether anything is left to be written, drawn or coloured."""
        return bool(self._left) or self.formulas.busy or self.colors.busy

    def now(self, writing: Writing) -> None:
        """Write at once as much as this turn has time for, the rest in the turns to come."""
        begun = perf_counter()
        finished = writing.step(begun + max(AT_LEAST, AT_ONCE - self._spent))
        self._spent += perf_counter() - begun
        if writing in self._left:
            self._left.remove(writing)
        if not finished:
            self._left.append(writing)
        self._timer.start()

    def later(self, writing: Writing) -> None:
        """Something is left to do for it."""
        if writing not in self._left:
            self._left.append(writing)
        self._timer.start()

    def forget(self, writing: Writing) -> None:
        if writing in self._left:
            self._left.remove(writing)

    def _on_turn(self) -> None:
        self._spent = 0.0
        if not self._left:
            self._timer.stop()
            return
        until = perf_counter() + SLICE
        while self._left and perf_counter() < until:
            latest = self._left[-1]
            if not shiboken6.isValid(latest) or latest.step(until):
                self.forget(latest)
