"""The tokens of a block as pieces, one after the other: lists and quotes become indents and markers. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costeer.gui.markdown.inline import clean
from costeer.gui.markdown.pieces import Align, Code, Piece, Place, Row
from costeer.gui.markdown.reader import References

if TYPE_CHECKING:
    from markdown_it.token import Token

CODE_PAD = 5
"""Of the ground of code below its last line, in tenths of a line."""

_PARAGRAPH, _TIGHT, _HEADING, _CODE, _RULE = 6, 1, 12, 5, 9
ITEM_INDENT = 14
"""Tenths of a line."""

_QUOTE_INDENT = 9
_DEEPEST = 8
_BULLETS = "•◦▪"
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
                yield self._text(token.content)
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

    def _text(self, content: str) -> Piece:
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
        links = _links(content, self._references)
        return Piece("text", place, content, marker, heading, links=links, lines=self._lines)

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
        lines = clean(token.content.removesuffix("\n").expandtabs(4)).split("\n") if token.content else [""]
        whole = Code(language, "\n".join(lines))
        place = self._place(_CODE)
        later = Place(place.indent, place.quotes, 0)
        first_line = self._lines[0] + fenced
        for number, line in enumerate(lines):
            at = (first_line + number, first_line + number + 1)
            begins = number == 0
            yield Piece(
                "code",
                place if begins else later,
                line,
                language=language if begins else None,
                lines=at,
                code=whole,
            )

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
        links = tuple(one for row in rows for cell in row.cells for one in _links(cell, self._references))
        place = self._place(_RULE)
        lines = (opening.map[0], opening.map[1]) if opening.map else self._lines
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
