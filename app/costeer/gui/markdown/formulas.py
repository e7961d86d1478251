r"""Formulas as pictures, drawn by a child process when they are first met, kept by their LaTeX.

A formula is asked for again and again while an answer is laid out; `picture` never waits. `drawn` tells when one
has arrived, or that there will be none: then its LaTeX is shown. Bounds: the length and nesting of what is tried,
the time for one formula, how often the child may have to be ended, how many pictures are kept. Window thread.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections import OrderedDict, deque
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from PySide6.QtCore import QByteArray, QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

from costeer.foundation.child_process import end_process, spawn_context
from costeer.gui.markdown.formula_process import EM, Drawn, serve

LONGEST, DEEPEST = 1_500, 8
"""Of a formula that is tried: its characters, and its nested braces and environments."""

PATIENCE_MS = 3_000
"""For one formula; the first one waits for the library too."""

_START_MS = 15_000
_ENDED_AT_MOST = 5
_KEPT = 20_000  # of about 1 kB; more than an answer has, or they would be drawn over and over
_RENDERERS = 100
_POLL_MS = 8
_IDLE_MS = 120_000
_OPENS = re.compile(r"(?<!\\)\{|\\left\b|\\begin\b")
_CLOSES = re.compile(r"(?<!\\)\}|\\right\b|\\end\b")
_NOT_IN_THE_FONT = re.compile("[\u0590-\u1fff\u2e80-\ud7ff\uf900-\uffff\U0001f000-\U0003ffff]")

Key = tuple[str, bool]
"""LaTeX, and whether it has a line of its own."""

_log = logging.getLogger(__name__)


class Picture:
    """A formula drawn at any size and in any colour. Lengths are shares of the font's height."""

    def __init__(self, drawn: Drawn, renderers: OrderedDict[tuple[bytes, str], QSvgRenderer]) -> None:
        self._packed, width, above, below = drawn
        self.width, self.above, self.below = width / EM, above / EM, below / EM
        self._renderers = renderers

    def paint(self, painter: QPainter, where: QRectF, color: QColor) -> None:
        if where.isEmpty():
            return  # Qt's renderer takes that for the whole of the painter
        key = (self._packed, color.name())
        if key not in self._renderers:
            svg = zlib.decompress(self._packed).replace(b'"black"', f'"{color.name()}"'.encode())
            self._renderers[key] = QSvgRenderer(QByteArray(svg))
            while len(self._renderers) > _RENDERERS:
                self._renderers.popitem(last=False)
        self._renderers.move_to_end(key)
        self._renderers[key].render(painter, where)


class Formulas(QObject):
    """All formulas of the window's answers."""

    drawn = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: OrderedDict[Key, Picture | None] = OrderedDict()
        self._renderers: OrderedDict[tuple[bytes, str], QSvgRenderer] = OrderedDict()
        self._waiting: deque[Key] = deque()
        self._asked: set[Key] = set()
        self._at_work: Key | None = None
        self._patience = 0
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._ended = 0
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self.close)

    @property
    def busy(self) -> bool:
        """Whether pictures are being drawn."""
        return bool(self._at_work or self._waiting)

    def picture(self, latex: str, *, display: bool) -> Picture | None:
        """The picture, if there is one yet; otherwise it is drawn, and `drawn` tells of it."""
        key = (latex, display)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if not may_be_drawn(latex) or self._ended >= _ENDED_AT_MOST:
            self._keep(key, None)
        elif key not in self._asked:
            self._asked.add(key)
            self._waiting.append(key)
            self._poll.start()
        return None

    def refused(self, latex: str, *, display: bool) -> bool:
        """Whether there will be no picture: its LaTeX is to be shown. Asks for it where that is not known."""
        self.picture(latex, display=display)
        return self._known.get((latex, display), latex) is None

    def close(self) -> None:
        """End the child. It is started again when it is needed."""
        self._poll.stop()
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            end_process(self._process, patience=0.05)
            self._process.close()
        self._process, self._connection, self._at_work = None, None, None

    def _on_poll(self) -> None:
        if self._at_work is not None:
            self._receive()
        if self._at_work is None:
            self._ask_next()

    def _receive(self) -> None:
        assert self._at_work is not None
        self._patience -= _POLL_MS
        ready, drawn = False, None
        try:
            if self._connection is not None:
                ready = self._connection.poll()
                drawn = self._connection.recv() if ready else None
        except (EOFError, OSError):
            ready, drawn, self._patience = False, None, 0
        if ready:
            self._settle(Picture(drawn, self._renderers) if drawn else None)
        elif self._patience <= 0:
            # Longer than any formula takes that one would want to read, or the child is gone.
            _log.warning("a formula of %d characters could not be drawn in time", len(self._at_work[0]))
            key = self._at_work
            self.close()
            self._ended += 1
            self._at_work = key
            self._settle(None)
            self._poll.start()

    def _settle(self, picture: Picture | None) -> None:
        key, self._at_work = self._at_work, None
        assert key is not None
        self._asked.discard(key)
        self._keep(key, picture)
        self.drawn.emit(key[0])

    def _ask_next(self) -> None:
        if not self._waiting:
            self._poll.stop()
            self._idle.start()
            return
        self._idle.stop()
        key = self._at_work = self._waiting.popleft()
        if self._ended >= _ENDED_AT_MOST:
            self._settle(None)
            return
        self._patience = PATIENCE_MS
        try:
            if self._connection is None:
                self._start()
                self._patience = _START_MS
            assert self._connection is not None
            self._connection.send(key)
        except OSError:
            self._patience = 0

    def _start(self) -> None:
        context = spawn_context()
        here, there = context.Pipe()
        self._process = context.Process(target=serve, args=(there,), name="formulas", daemon=True)
        self._process.start()
        there.close()
        self._connection = here

    def _keep(self, key: Key, picture: Picture | None) -> None:
        self._known[key] = picture
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def may_be_drawn(latex: str) -> bool:
    """Whether it is worth trying: short, not nested deeply, of letters that the font has."""
    if not latex.strip() or len(latex) > LONGEST or _NOT_IN_THE_FONT.search(latex):
        return False
    steps = [(match.start(), 1) for match in _OPENS.finditer(latex)]
    steps += [(match.start(), -1) for match in _CLOSES.finditer(latex)]
    depth = deepest = 0
    for _, step in sorted(steps):
        depth += step
        deepest = max(deepest, depth)
    return deepest <= DEEPEST
