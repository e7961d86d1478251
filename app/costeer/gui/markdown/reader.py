"""Markdown read in top-level blocks, so that what has been read once is not read again while an answer grows.

A block is *sure* once a blank line follows it and the line with which the next block begins is complete: no rule
of the grammar looks further (markdown-it reads a top-level block from its first line on, without knowing what was
before; a list, which passes over blank lines, ends or goes on with the next line that is not blank). Only what is
not sure is read anew, and a long text can be read in windows, with the same outcome as in one go. Reference
definitions are kept apart: they may stand behind what refers to them.

Reading cannot be interrupted, so what is read at once is bounded, whatever a text is made of: a block that is too
long is cut, and what follows is read as another one. Where it is cut follows from where it begins and from what
stands before the cut, so that it makes no difference in which steps a text came. Window thread; no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from costeer.gui.markdown.math_rules import math_rules

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

WINDOW = 6_000
"""Characters that are read at once, about 2 ms; a block that is longer is read as a whole, up to these bounds."""

LONGEST_BLOCK, MOST_LINES = 50_000, 1_000
"""Of a block, its characters and its lines: 0.2 s at worst. Code alone, which is read fast, may be longer."""

MOST_COLUMNS = 40
"""A wider table is a paragraph: each of its rows would be filled up with empty cells."""

MOST_NESTED, MOST_NESTED_INLINE = 100, 12
"""Lists, items and quotes; within lines, brackets and emphasis, where each level is gone through once more for
each bracket. What is deeper is left out by markdown-it, or stays as it was written."""

_Defined = dict[str, dict[str, object]]
"""References as markdown-it tells them, with their lines."""

References = dict[str, dict[str, str]]
"""Normalised label -> `href` and `title`, as markdown-it keeps them."""


@dataclass(slots=True)
class Block:
    """A top-level block: its tokens, and where its lines start in the text (one more than it has lines).

    `sure_at`: where the text must not have changed for the block to stay what it is; 0 while it is not sure.
    """

    tokens: list[Token]
    line_starts: list[int]
    sure_at: int

    @property
    def end(self) -> int:
        return self.line_starts[-1]


class Parser:
    """markdown-it as it is used here: CommonMark with tables, strikethrough and formulas, and no HTML."""

    @cached_property
    def markdown(self) -> MarkdownIt:
        return _markdown(MOST_NESTED)

    @cached_property
    def _within_lines(self) -> MarkdownIt:
        return _markdown(MOST_NESTED_INLINE)

    def blocks(self, text: str) -> tuple[list[Token], _Defined]:
        """The tokens of `text` without what is in its lines, and the references that it defines."""
        env: dict[str, dict[str, dict[str, object]]] = {}
        tokens: list[Token] = []
        self.markdown.block.parse(text, self.markdown, env, tokens)
        return tokens, env.get("references", {})

    def inline(self, content: str, references: References) -> list[Token]:
        """The tokens within a paragraph, a heading or a cell."""
        tokens: list[Token] = []
        markdown = self._within_lines
        markdown.inline.parse(content, markdown, {"references": references}, tokens)
        return tokens


def _markdown(nested: int) -> MarkdownIt:
    from markdown_it import MarkdownIt

    from costeer.gui.markdown.table_rule import narrow_tables

    made = MarkdownIt("commonmark", {"html": False, "maxNesting": nested}).enable(["table", "strikethrough"])
    made.disable(["html_block", "html_inline"])
    math_rules(made)
    narrow_tables(made, MOST_COLUMNS)
    return made


class BlockReader:
    """The blocks of a text that grows or changes. `restart` with the new text, then `read` until it says so."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._text = ""
        self._references: References = {}
        self._defined: list[tuple[int, str]] = []
        self._more: References = {}
        self._window = WINDOW
        self._in_code = False
        self.blocks: list[Block] = []
        self.done = True

    @property
    def text(self) -> str:
        return self._text

    @property
    def references(self) -> References:
        """All that have been read. Where a label is defined twice, the first counts."""
        return {**self._more, **self._references} if self._more else self._references

    def restart(self, text: str) -> int:
        """Take `text`, normalised, in place of the last one. Returns how many blocks stay as they are."""
        same = common_prefix(self._text, text)
        kept = len(self.blocks)
        while kept and not 0 < self.blocks[kept - 1].sure_at <= same:
            kept -= 1
        del self.blocks[kept:]
        at = self._at
        while self._defined and self._defined[-1][0] >= at:
            del self._references[self._defined.pop()[1]]
        self._more = {}
        self._window, self._in_code = WINDOW, False
        self._text = text
        self.done = False
        return kept

    @property
    def _at(self) -> int:
        return self.blocks[-1].end if self.blocks else 0

    def read(self) -> None:
        """Read one window; `done` afterwards when there is no more. Blocks are added to `blocks`."""
        start = self._at
        end = min(len(self._text), start + self._window)
        if end < len(self._text):
            end = self._text.rfind("\n", start, end) + 1 or end
        bound, known_at = (len(self._text), 0) if self._in_code else _bound(self._text, start)
        end = min(end, bound)
        last = end == len(self._text)
        window = self._text[start:end]
        tokens, references = self._parser.blocks(window)
        found = _top_level(tokens)
        starts = _line_starts(window, start)
        sure = _sure(found, starts, self._text, end)
        behind = _behind(found[0], starts, self._text) if self._in_code else 0
        if behind:  # what follows the code has bounds of its own
            self._cut(found, starts, behind, references, starts[behind + 1])
        elif last or (sure and not self._in_code):
            boundary = _first_line(found[sure]) if sure else 0
            self._add(found, starts, sure, len(found) if last else sure)
            self._define(references, starts, boundary, last)
            self._window, self.done = WINDOW, last
        elif end < bound:
            self._window *= 2
        elif [group[0].type for group in found] in (["fence"], ["code_block"]):
            self._in_code = True
        else:
            line = _first_line(found[-1]) if len(found) > 1 else len(starts) - 1
            self._cut(found, starts, line, references, known_at)

    def _cut(
        self, found: list[list[Token]], starts: list[int], line: int, references: _Defined, known_at: int
    ) -> None:
        """Keep what is above `line` of a window with no end in sight. It stays what it is as long as the text is
        the same up to `known_at`."""
        before, kept = len(self.blocks), [group for group in found if _first_line(group) < line]
        starts = starts[: line + 1]
        self._add(kept, starts, 0, len(kept))
        if not kept:  # nothing but definitions
            self.blocks.append(Block([], starts, known_at))
        for block in self.blocks[before:]:
            block.sure_at = known_at
        self._define(references, starts, line, False)
        self._window, self._in_code = WINDOW, False

    def _add(self, found: list[list[Token]], starts: list[int], sure: int, count: int) -> None:
        """Keep the first `count` blocks. Blocks with no blank line between them become sure together."""
        sure_at = [0] * len(found)
        lines = [_first_line(group) for group in found]
        for number in range(sure - 1, -1, -1):
            line = lines[number + 1]
            behind_blank = number == sure - 1 or _is_blank(self._text, starts, line - 1)
            sure_at[number] = starts[line + 1] if behind_blank else sure_at[number + 1]
        for number in range(count):
            # What stands before the first block (blank lines, definitions) belongs to it.
            first = lines[number] if number else 0
            stop = lines[number + 1] if number + 1 < len(lines) else len(starts) - 1
            for token in found[number]:
                if token.map:
                    token.map = [token.map[0] - first, token.map[1] - first]
            self.blocks.append(Block(found[number], starts[first : stop + 1], sure_at[number]))

    def _define(self, references: _Defined, starts: list[int], boundary: int, last: bool) -> None:
        """Keep those above line `boundary`, and for now, where this is the end of the text, those below."""
        for label, one in references.items():
            where = one["map"]
            assert isinstance(where, list)
            kept = {"href": str(one["href"]), "title": str(one["title"])}
            if where[0] < boundary and label not in self._references:
                self._references[label] = kept
                self._defined.append((starts[where[0]], label))
            elif where[0] >= boundary and last:
                self._more.setdefault(label, kept)


def _bound(text: str, start: int) -> tuple[int, int]:
    """Where a block that begins at `start` is cut at the latest, and how much of `text` says so; its end and 0
    where it is not cut."""
    end = start
    for _ in range(MOST_LINES):
        line = text.find("\n", end, start + LONGEST_BLOCK) + 1
        if not line:
            break
        end = line
    else:
        return (end, end + 1) if end < len(text) else (len(text), 0)
    if len(text) <= start + LONGEST_BLOCK:
        return len(text), 0
    return (end if end > start else start + LONGEST_BLOCK), start + LONGEST_BLOCK + 1


def _sure(found: list[list[Token]], starts: list[int], text: str, end: int) -> int:
    """How many of the blocks `found` are sure: those before the last start behind a blank line."""
    for number in range(len(found) - 1, 0, -1):
        line = _first_line(found[number])
        complete = text[starts[line + 1] - 1] == "\n" and starts[line + 1] <= end
        if complete and _is_blank(text, starts, line - 1):
            return number
    return 0


def _behind(code: list[Token], starts: list[int], text: str) -> int:
    """The first line behind a block of code that is not blank; 0 where there is none."""
    lines = code[0].map
    assert lines is not None
    behind = range(lines[1], len(starts) - 1)
    return next((line for line in behind if not _is_blank(text, starts, line)), 0)


def _first_line(group: list[Token]) -> int:
    lines = group[0].map
    assert lines is not None  # markdown-it maps every block
    return lines[0]


def _is_blank(text: str, starts: list[int], line: int) -> bool:
    return not text[starts[line] : starts[line + 1]].strip(" \t\n")


def _top_level(tokens: list[Token]) -> list[list[Token]]:
    groups: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            groups.append([])
        groups[-1].append(token)
        depth += token.nesting
    return groups


def _line_starts(window: str, offset: int) -> list[int]:
    """Where each line of `window` starts, and where the last one ends."""
    starts = [offset]
    for line in window.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    starts[-1] -= 1  # the last line ends without a break
    return starts


def common_prefix(one: str, other: str) -> int:
    """How many characters two texts share at their start, by halving: a comparison of strings is fast."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            most = middle - 1
    return low
