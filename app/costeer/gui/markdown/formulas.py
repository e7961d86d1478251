r"""Formulas as pictures, drawn by a child process when they are first met, kept by their LaTeX.

A formula is asked for again and again while an answer is laid out; `picture` never waits. `drawn` tells when one
has arrived, or that there will be none: then its LaTeX is shown. Bounds: the length and nesting of what is tried,
the size of a picture, how many are kept, and those of `helper`. Window thread.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict

from PySide6.QtCore import QByteArray, QObject, QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

from costeer.gui.markdown.formula_process import EM, Drawn, serve, unpacked
from costeer.gui.markdown.helper import Helper

LONGEST, DEEPEST = 1_500, 8
"""Of a formula that is tried: its characters, and its nested braces and environments."""

PATIENCE_MS = 3_000
"""For one formula."""

MOST_KEPT = 20_000  # of about 1 kB; more than an answer has, or they would be drawn over and over
_RENDERERS = 100
_OPENS = re.compile(r"(?<!\\)\{|\\left\b|\\begin\b")
_CLOSES = re.compile(r"(?<!\\)\}|\\right\b|\\end\b")
_NOT_IN_THE_FONT = re.compile("[\u0590-\u1fff\u2e80-\ud7ff\uf900-\uffff\U0001f000-\U0003ffff]")

Key = tuple[str, bool]
"""LaTeX, and whether it has a line of its own."""


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

    given_up = Signal()
    """As of `Helper`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: OrderedDict[Key, Picture | None] = OrderedDict()
        self._renderers: OrderedDict[tuple[bytes, str], QSvgRenderer] = OrderedDict()
        self._helper = Helper(serve, "formulas", PATIENCE_MS, self)
        self._helper.answered.connect(self._on_answered)
        self._helper.given_up.connect(self.given_up)

    @property
    def busy(self) -> bool:
        """Whether pictures are being drawn."""
        return self._helper.busy

    def picture(self, latex: str, *, display: bool) -> Picture | None:
        """The picture, if there is one yet; otherwise it is drawn, and `drawn` tells of it."""
        key = (latex, display)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if not may_be_drawn(latex) or not self._helper.ask(key):
            self._keep(key, None)
        return None

    def refused(self, latex: str, *, display: bool) -> bool:
        """Whether there will be no picture: its LaTeX is to be shown. Asks for it where that is not known."""
        self.picture(latex, display=display)
        return self._known.get((latex, display), latex) is None

    def begin_again(self) -> None:
        """After `given_up`: what comes from now on is tried again."""
        self._helper.begin_again()

    def close(self) -> None:
        """End the child. It is started again when it is needed."""
        self._helper.close()

    def _on_answered(self, key: Key, answer: bytes) -> None:
        drawn = unpacked(answer)
        self._keep(key, Picture(drawn, self._renderers) if drawn else None)
        self.drawn.emit(key[0])

    def _keep(self, key: Key, picture: Picture | None) -> None:
        self._known[key] = picture
        while len(self._known) > MOST_KEPT:
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
