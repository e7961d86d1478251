"""The tokens of a block as pieces, one after the other: lists and quotes become indents and markers. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costeer.gui.markdown.inline import clean
from costeer.gui.markdown.pieces import Align, Code, Piece, Place, Row
from costeer.gui.markdown.reader import References
from costeer.gui.strange_text import in_sight

if TYPE_CHECKING:
    from markdown_it.token import Token

CODE_PAD = 5
"""Of the ground of code below its last line, in tenths of a line."""

LONGEST_PIECE, MOST_BREAKS = 8_000, 200
"""Characters and line breaks of one piece: Qt lays it out at once, and in more than linear time."""

MOST_CELLS = 2_000
"""Of a table, which Qt lays out as a whole for each change. A larger one is shown as it was written."""

_PARAGRAPH, _TIGHT, _HEADING, _CODE, _RULE = 6, 1, 12, 5, 9
ITEM_INDENT = 14
"""Tenths of a line."""

_QUOTE_INDENT = 9
_DEEPEST = 8
_BULLETS = "•◦▪"
_LINE = re.compile("[^\n\u2028]*[\n\u2028]|[^\n\u2028]+")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,1000})\]", re.DOTALL)
_TASKS = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}


@dataclass(slots=True)
class _List:
    number: int | None
    tight: bool = False


class Flattener:
    """Walks over the tokens of one block. `before`: the piece above it, which decides about the space between."""

    def __init__(self, tokens: list[Token], references: References, before: Piece | None) -> None:
        self._tokens = tokens
        self._references = references
        self._before = before
        self._lists: list[_List] = []
        self._indent = 0
        self._quotes: tuple[int, ...] = ()
        self._indents: list[int] = []
        self._marker = ""
        self._marker_line = 0
        self._first_in_item = False
        self._begins_list = False
        self._heading = 0
        self._lines = (0, 0)

    def pieces(self) -> Iterator[Piece]:
        tokens = iter(self._tokens)
        for token in tokens:
            if token.map:
                self._lines = (token.map[0], token.map[1])
            for piece in self._table(token, tokens) if token.type == "table_open" else self._take(token):
                self._before = piece
                yield piece

    def _take(self, token: Token) -> Iterator[Piece]:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                yield from self._marker_alone()
                number = int(token.attrGet("start") or 1) if token.type[0] == "o" else None
                if token.attrGet("start") == 0:
                    number = 0
                self._begins_list = not self._lists
                self._lists.append(_List(number))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                yield from self._marker_alone()
                self._indent = self._indents.pop()
            case "blockquote_open":
                yield from self._marker_alone()
                self._indents.append(self._indent)
                if len(self._indents) <= _DEEPEST:
                    self._quotes = (*self._quotes, self._indent)
                    self._indent += _QUOTE_INDENT
            case "blockquote_close":
                if len(self._indents) <= _DEEPEST:
                    self._quotes = self._quotes[:-1]
                self._indent = self._indents.pop()
            case "paragraph_open":
                if self._lists:
                    self._lists[-1].tight = token.hidden
            case "heading_open":
                self._heading = int(token.tag[1])
            case "inline":
                yield from self._text(token.content)
            case "fence" | "code_block":
                yield from self._marker_alone()
                yield from self._code(token)
            case "hr":
                yield from self._marker_alone()
                yield Piece("rule", self._place(_RULE), lines=self._lines)
            case "math_block":
                yield from self._marker_alone()
                closed = not token.meta.get("open")
                content = clean(token.content if closed else token.markup + token.content)
                if len(content) > LONGEST_PIECE or content.count("\n") > MOST_BREAKS:
                    yield from code_pieces(content.split("\n"), self._place(_CODE), self._lines[0])
                else:
                    yield Piece("formula", self._place(_RULE), content, closed=closed, lines=self._lines)

    def _open_item(self) -> None:
        current = self._lists[-1]
        self._indents.append(self._indent)
        if len(self._indents) <= _DEEPEST:
            self._indent += ITEM_INDENT
        depth = sum(one.number is None for one in self._lists) - 1
        self._marker = _BULLETS[min(depth, 2)] if current.number is None else f"{current.number}."
        self._marker_line = self._lines[0]
        self._first_in_item = True
        if current.number is not None:
            current.number += 1

    def _text(self, content: str) -> Iterator[Piece]:
        marker, self._marker = self._marker, ""
        heading, self._heading = self._heading, 0
        if marker and content[:4] in _TASKS:
            marker, content = _TASKS[content[:4]], content[4:]
        usual = _HEADING if heading else _PARAGRAPH
        if self._lists and self._lists[-1].tight and (marker or self._first_in_item) and not heading:
            usual = _TIGHT
        if marker and self._begins_list:
            usual = max(usual, 5)
            self._begins_list = False
        self._first_in_item = False
        place = self._place(usual)
        if len(content) <= LONGEST_PIECE and content.count("\n") + content.count("\u2028") <= MOST_BREAKS:
            links = _links(content, self._references)
            yield Piece("text", place, content, marker, heading, links=links, lines=self._lines)
            return
        for part, low, high in _parts(content):
            lines = (self._lines[0] + low, self._lines[0] + high)
            links = _links(part, self._references)
            yield Piece("text", place, part, marker, heading, links=links, lines=lines)
            marker, place = "", Place(place.indent, place.quotes, 0)

    def _marker_alone(self) -> Iterator[Piece]:
        """Before what cannot stand beside it, and in an item with nothing in it."""
        if self._marker:
            marker, self._marker = self._marker, ""
            self._first_in_item = False
            line = self._marker_line
            yield Piece("text", self._place(_TIGHT), "", marker, lines=(line, line + 1))

    def _code(self, token: Token) -> Iterator[Piece]:
        fenced = token.type == "fence"
        language = clean(token.info.split()[0][:40]) if fenced and token.info.split() else ""
        lines = token.content.removesuffix("\n").expandtabs(4).split("\n")
        yield from code_pieces(lines, self._place(_CODE), self._lines[0] + fenced, language)

    def _table(self, opening: Token, tokens: Iterator[Token]) -> Iterator[Piece]:
        yield from self._marker_alone()
        rows: list[Row] = []
        cells: list[str] = []
        aligned: list[Align] = []
        line = self._lines[0]
        for token in tokens:
            if token.type == "tr_open":
                cells, line = [], token.map[0] if token.map else line
            elif token.type == "th_open":
                aligned.append(_alignment(str(token.attrGet("style") or "")))
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_close":
                rows.append(Row(tuple(cells), line))
            elif token.type == "table_close":
                break
        lines = (opening.map[0], opening.map[1]) if opening.map else self._lines
        longest = max((len(cell) for row in rows for cell in row.cells), default=0)
        if len(rows) * len(aligned) > MOST_CELLS or longest > LONGEST_PIECE:
            written = [" | ".join(row.cells).replace("\n", " ") for row in rows]
            yield from code_pieces(written, self._place(_CODE), lines[0])
            return
        links = tuple(one for row in rows for cell in row.cells for one in _links(cell, self._references))
        place = self._place(_RULE)
        yield Piece("table", place, links=links, rows=tuple(rows), aligned=tuple(aligned), lines=lines)

    def _place(self, usual: int) -> Place:
        before = self._before
        gap = 0 if before is None else usual
        if before is not None and before.kind == "code":
            gap = max(_PARAGRAPH, usual) + CODE_PAD
        elif before is not None and before.kind in ("rule", "table", "formula"):
            gap = max(_RULE, usual)
        elif before is not None and before.heading and usual == _PARAGRAPH:
            gap = 4
        return Place(self._indent, self._quotes, gap)


def code_pieces(lines: Sequence[str], place: Place, first: int, language: str = "") -> Iterator[Piece]:
    """Of lines of which the first has the number `first`. One that is too long becomes several."""
    lines = [in_sight(clean(line)) for line in lines]
    whole = Code(language, "\n".join(lines))
    named: str | None = language
    for number, line in enumerate(lines):
        at = (first + number, first + number + 1)
        for cut in range(0, max(1, len(line)), LONGEST_PIECE):
            part = line[cut : cut + LONGEST_PIECE]
            yield Piece("code", place, part, language=named, lines=at, code=whole)
            named, place, at = None, Place(place.indent, place.quotes, 0), (at[1], at[1])


def _parts(content: str) -> Iterator[tuple[str, int, int]]:
    """`content` in parts that can be laid out, with the lines from and to which each of them stands in it. What is
    cut out of the middle of a line has none."""
    part, breaks, low, at, whole = "", 0, 0, 0, True
    for line in _LINE.findall(content):
        for cut in range(0, len(line), LONGEST_PIECE):
            more = line[cut : cut + LONGEST_PIECE]
            if part and (len(part) + len(more) > LONGEST_PIECE or breaks >= MOST_BREAKS):
                yield part.removesuffix("\n"), low, at if whole else low
                part, breaks, low, whole = "", 0, at, cut == 0
            part += more
        breaks += 1
        at += line.endswith("\n")
    if part:
        yield part, low, at + 1 if whole else low


def links_in(piece: Piece, references: References) -> tuple[tuple[str, str], ...]:
    """What `piece.links` is with these references."""
    if piece.kind == "table":
        return tuple(one for row in piece.rows for cell in row.cells for one in _links(cell, references))
    return _links(piece.content, references) if piece.kind == "text" else ()


def _links(content: str, references: References) -> tuple[tuple[str, str], ...]:
    """The references that `content` may use, with where they lead."""
    if not references or "[" not in content:
        return ()
    from markdown_it.common.utils import normalizeReference

    labels = dict.fromkeys(normalizeReference(label) for label in _LABEL.findall(content))
    return tuple((one, references[one]["href"]) for one in labels if one in references)


def _alignment(style: str) -> Align:
    if "center" in style:
        return "center"
    return "right" if "right" in style else "left"
