"""The child process that makes pictures of LaTeX.

ziamath is pure Python and takes 2 to 30 ms for a usual formula, but twice as long with every level of nesting, so
it works where it can hold nobody up and can be ended. It is imported here only. No Qt; the child's main thread.
"""

from __future__ import annotations

import re
import zlib
from multiprocessing.connection import Connection

from costeer.gui.markdown import helper_process

EM = 100.0
"""Units of a picture to the height of the font."""

WIDEST, TALLEST = 400.0, 60.0
"""Of a picture, in heights of the font."""

Drawn = tuple[bytes, float, float, float]
"""An SVG, packed by zlib, its width, and how far it reaches above and below the line, in hundredths of an em."""

_SIZE = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)"')
_ALLOWED = frozenset({"svg", "g", "path", "rect", "line"})
_TAG = re.compile(r"<([a-zA-Z:]+)")
_LARGEST = 4_000_000


def serve(connection: Connection) -> None:
    """Answer (LaTeX, display) with what `draw` makes of it."""
    helper_process.serve(
        connection, lambda: draw("x", display=False), lambda question: draw(question[0], display=question[1])
    )


def draw(latex: str, *, display: bool) -> bytes:
    """`latex` as black paths, as `unpacked` reads them; nothing where something of it would be missing. Raises
    whatever ziamath raises."""
    from ziamath.config import config
    from ziamath.zmath import Latex

    config.svg2, config.precision = False, 1
    svg = Latex(latex, size=EM, inline=not display).svg()
    size = _SIZE.search(svg)
    if size is None or len(svg) > _LARGEST or not set(_TAG.findall(svg)) <= _ALLOWED:
        return b""
    _left, top, width, height = (float(one) for one in size.groups())
    return b"%r %r %r\n" % (width, -top, height + top) + zlib.compress(svg.encode())


def unpacked(answer: bytes) -> Drawn | None:
    """A picture of a seemly size, or None: TeX can ask for kilometres."""
    sizes, _, svg = answer.partition(b"\n")
    if not svg:
        return None
    width, above, below = (float(one) for one in sizes.split())
    tall = TALLEST * EM
    if 0.0 <= width <= WIDEST * EM and -tall <= above <= tall and -tall <= below <= tall:  # NaN is nothing of it
        return svg, width, above, below
    return None
