"""The child process that makes pictures of LaTeX.

ziamath is pure Python and takes 2 to 30 ms for a usual formula, but twice as long with every level of nesting, so
it works where it can hold nobody up and can be ended. It is imported here only. No Qt; the child's main thread.
"""

from __future__ import annotations

import re
import zlib
from multiprocessing.connection import Connection

from costeer.foundation.child_process import leave_with_parent

EM = 100.0
"""Units of a picture to the height of the font."""

Drawn = tuple[bytes, float, float, float]
"""An SVG, packed by zlib, its width, and how far it reaches above and below the line, in hundredths of an em."""

_SIZE = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)"')
_ALLOWED = frozenset({"svg", "g", "path", "rect", "line"})
_TAG = re.compile(r"<([a-zA-Z:]+)")
_LARGEST = 4_000_000


def serve(connection: Connection) -> None:
    """Answer (LaTeX, display) with what `draw` makes of it, until the other end is closed."""
    leave_with_parent()
    while True:
        try:
            latex, display = connection.recv()
        except (EOFError, OSError):
            return
        try:
            drawn = draw(latex, display=display)
        except Exception:  # noqa: BLE001 - a library over hostile text: whatever it raises, there is no picture
            drawn = None
        connection.send(drawn)


def draw(latex: str, *, display: bool) -> Drawn | None:
    """`latex` as black paths; None where something of it would be missing. Raises whatever ziamath raises."""
    from ziamath.config import config
    from ziamath.zmath import Latex

    config.svg2, config.precision = False, 1
    svg = Latex(latex, size=EM, inline=not display).svg()
    size = _SIZE.search(svg)
    if size is None or len(svg) > _LARGEST or not set(_TAG.findall(svg)) <= _ALLOWED:
        return None
    _left, top, width, height = (float(one) for one in size.groups())
    return zlib.compress(svg.encode()), width, -top, height + top
