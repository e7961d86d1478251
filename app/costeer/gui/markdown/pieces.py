"""What a document is made of: pieces, each a paragraph of Qt's (or a table), told by values that can be compared.

Two pieces that are equal look the same; that is how an answer that grows finds out what it has to write anew.
Pure values; no Qt.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

BOLD, ITALIC, STRUCK, CODE, MATH, SOURCE = 1, 2, 4, 8, 16, 32
"""What a run of text is, as bits. MATH: its text is LaTeX. SOURCE: LaTeX shown as it was written."""

Kind = Literal["text", "code", "rule", "formula", "table"]
Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look. `href` is where it leads, empty for most; `display`: a formula with a line of its own."""

    text: str
    look: int = 0
    href: str = ""
    display: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands. Lengths are in tenths of the height of a line.

    `indent`: of the list items around it. `quotes`: the indents of the bars to its left. `gap`: the space above.
    """

    indent: int = 0
    quotes: tuple[int, ...] = ()
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: the Markdown of its cells, and its line in the block."""

    cells: tuple[str, ...]
    line: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code as a whole: what its lines share."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph of the document, or a table.

    `content` is Markdown (text), a line of code, or LaTeX (formula; `closed` says whether it has an end). `links`
    are the references that it uses. `lines`: from and to which line of its block it was written.
    """

    kind: Kind
    place: Place
    content: str = ""
    marker: str = ""
    heading: int = 0
    closed: bool = True
    language: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    rows: tuple[Row, ...] = ()
    aligned: tuple[Align, ...] = ()
    lines: tuple[int, int] = field(compare=False, default=(0, 0))
    code: Code | None = field(compare=False, default=None)

    @property
    def rightwards(self) -> bool:
        """Whether its text is written from right to left: its first letter decides."""
        if self.kind != "text" or self.content.isascii():
            return False
        kinds = map(unicodedata.bidirectional, self.content)
        return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)

    @property
    def begins_code(self) -> bool:
        """Whether it is the first line of a block of code; later ones have no language."""
        return self.kind == "code" and self.language is not None
