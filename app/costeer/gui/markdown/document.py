"""Keeps a QTextDocument in step with an answer that grows: what is unchanged stays, the rest is written anew.

The pieces of the new text are compared with those in the document; from the first that differs on, the document is
cut off and written again. That is mostly the last piece: a paragraph, an item, a line of code. The work comes in
steps that end when their time is up. In whatever steps a text came, the document ends the same. Window thread.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from time import perf_counter

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCursor, QTextDocument

from costeer.gui.markdown.decoration import Decoration
from costeer.gui.markdown.flatten import Flattener, code_pieces, links_in
from costeer.gui.markdown.inline import clean
from costeer.gui.markdown.pieces import Code, Piece, Place
from costeer.gui.markdown.reader import Block, BlockReader, References
from costeer.gui.markdown.styles import DISPLAY, Styles
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.markdown.writer import Placed, Writer
from costeer.gui.steering_spans import Span
from costeer.gui.strange_text import layable
from costeer.gui.wording import number
from costeer.steering.trace import Written

LONGEST_SHOWN, MOST_PIECES = 400_000, 10_000
"""Characters and pieces of an answer that are shown; what is behind them is counted."""

_FOR_EVER = float("inf")


class AnswerDocument(QObject):
    """One answer. `show`, then `Workshop.now` or `later`.

    `changing` before each step that may change the document, `changed` after each that did.
    """

    changing = Signal()
    changed = Signal()

    def __init__(self, document: QTextDocument, styles: Styles, workshop: Workshop, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._workshop = workshop
        self._writer = Writer(document, styles, workshop.parser, workshop.formulas)
        self._reader = BlockReader(workshop.parser)
        self._placed: list[Placed] = []
        self._decoration = Decoration(document, self._placed, styles, workshop.colors, self._source)
        self._at = 0
        self._hidden = 0
        self._through = 0
        self._flow: Iterator[tuple[int, Piece] | None] | None = None
        self._linked: References = {}
        self._drawn: set[str] = set()
        self._drawn_since: set[str] = set()
        self._pictured = 0
        self._changed_from = 0
        self._outdated: list[range] = []
        self._seen = (0, 0)
        workshop.formulas.drawn.connect(self._on_drawn)
        workshop.colors.found.connect(self._on_colors_found)

    @property
    def written(self) -> bool:
        """Whether everything stands where it will stay; colours of code and pictures may still be missing."""
        return self._flow is None

    @property
    def settled(self) -> bool:
        """Whether nothing will move any more, as far as is known."""
        return self._flow is None and not self._drawn and not self._outdated

    def show(self, text: str, traces: Sequence[Written], seen: tuple[int, int] = (0, 0)) -> None:
        """Take a new text. It is written by `step`; what stands between the positions `seen` is marked first."""
        self._seen = seen
        if "\r" in text or "\0" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        hidden, self._hidden = self._hidden, max(0, len(text) - LONGEST_SHOWN)
        text = layable(text[:LONGEST_SHOWN])
        if text != self._reader.text or not self._reader.done or hidden != self._hidden:
            # Behind `_at` there may still be what an earlier text left.
            first = min(self._through, self._reader.restart(text))
            self._at = bisect_right(self._placed, first - 1, 0, self._at, key=lambda placed: placed.block)
            self._flow = self._pieces(first)
        self._decoration.take(traces, text, self._at)

    def restyle(self, styles: Styles, first: int = 0) -> None:
        """Other colours, or another font. Each piece is written anew where it stands: from position `first` on,
        which is the first that is seen, then what is above it."""
        self._decoration.styles = self._writer.styles = styles
        seen = self._index_at(first)
        self._outdated = [range(seen, len(self._placed)), range(seen - 1, -1, -1)]

    def step(self, until: float) -> bool:
        """Work until the clock says `until`. Returns whether all is done."""
        changed = False
        if not self.settled:
            self.changing.emit()
        if self._flow is not None:
            changed = self._write(until)
        if self._outdated and (self._flow is None or perf_counter() < until):
            changed |= self._dress(until)
        if self._flow is None and self._drawn:
            changed |= self._put_pictures(until)
        if self._flow is None:
            self._decoration.mark_seen(*(self._index_at(one) for one in self._seen))
        self._decoration.work(until, marks=self._flow is None)
        if changed:
            self.changed.emit()
        return self.settled and not self._decoration.left

    def finish(self) -> None:
        """All that is left, at once."""
        self.step(_FOR_EVER)
        self._workshop.forget(self)

    def marks(self) -> list[Span]:
        """The tokens that are marked, as they stand in the document. Finishes first."""
        if not self.written or self._decoration.unmarked:
            self.finish()
        return [span.moved(placed.start + placed.prefix) for placed in self._placed for span in placed.marks or ()]

    def place_anew(self, since: int = 0) -> None:
        """Have `take_changed_from` tell of what stands from position `since` on: the width has changed, say."""
        self._changed_from = min(self._changed_from, since)

    def take_changed_from(self) -> int:
        """The first position whose place on the screen may have changed since the last call."""
        changed_from, self._changed_from = self._changed_from, sys.maxsize
        return changed_from

    def code_blocks(self, position: int) -> Iterator[Placed]:
        """The first line of each block of code from `position` on."""
        at = bisect_left(self._placed, position, key=lambda placed: placed.start)
        return (placed for placed in islice(self._placed, at, None) if placed.piece.begins_code)

    @property
    def begins_with_code(self) -> bool:
        return bool(self._placed) and self._placed[0].piece.kind == "code"

    @property
    def ends_with_code(self) -> bool:
        return bool(self._placed) and self._placed[-1].piece.kind == "code"

    def formula_at(self, position: int) -> str:
        """The LaTeX of the formula that stands at `position`, or nothing."""
        placed = self._piece_at(position)
        here = position - placed.start if placed else 0
        return next((latex for offset, latex in placed.formulas if offset == here), "") if placed else ""

    def mark_at(self, position: int) -> Span | None:
        """The marked token at `position`, counted from the start of its paragraph. Finishes nothing but that."""
        placed = self._piece_at(position)
        if placed is None or not self.written:
            return None
        if placed.marks is None:
            self._decoration.mark_one(placed)
            self._decoration.lay_out()
        here = position - placed.start - placed.prefix
        return next((span for span in placed.marks or () if span.start <= here < span.end), None)

    def _piece_at(self, position: int) -> Placed | None:
        at = bisect_right(self._placed, position, key=lambda placed: placed.start) - 1
        return self._placed[at] if at >= 0 else None

    def _index_at(self, position: int) -> int:
        return max(0, bisect_right(self._placed, position, key=lambda placed: placed.start) - 1)

    def pieces_between(self, start: int, end: int) -> Iterator[Placed]:
        """Those that a selection touches."""
        at = max(0, bisect_right(self._placed, start, key=lambda placed: placed.start) - 1)
        while at < len(self._placed) and self._placed[at].start < end:
            yield self._placed[at]
            at += 1

    def _pieces(self, first: int) -> Iterator[tuple[int, Piece] | None]:
        """What the text from block `first` on consists of; None now and then, to look at the clock."""
        reader, place, count = self._reader, first, self._at
        self._through = first
        before = self._placed[self._at - 1].piece if self._at else None
        while True:
            while place >= len(reader.blocks) and not reader.done:
                reader.read()
                yield None
            if place >= len(reader.blocks):
                break
            block = reader.blocks[place]
            for piece in self._pieces_of(block, before):
                if count == MOST_PIECES:
                    line = block.line_starts[min(piece.lines[0], len(block.line_starts) - 1)]
                    yield place, self._rest(len(reader.text) - line + self._hidden)
                    return
                yield place, piece
                before, count = piece, count + 1
            if block.sure_at:
                block.tokens = []  # never read again; what is left to the garbage collector holds up the thread
            place += 1
            self._through = place
        if self._hidden:
            yield place, self._rest(self._hidden)

    def _pieces_of(self, block: Block, before: Piece | None) -> Iterator[Piece]:
        shown = False
        for piece in Flattener(block.tokens, self._reader.references, before).pieces():
            shown = True
            yield piece
        if not shown:
            # Nested deeper than the parser goes: better as it was written than not at all.
            source = clean(self._reader.text[block.line_starts[0] : block.end].strip())
            yield from code_pieces([source.replace("\n", " ")], Place(), 0)

    def _rest(self, characters: int) -> Piece:
        """Says how much is not shown."""
        said = self.tr("… and {count} more characters").format(count=number(characters))
        return Piece("text", Place(gap=12), said)

    def _write(self, until: float) -> bool:
        assert self._flow is not None
        changed, edit = False, QTextCursor(self._document)
        edit.beginEditBlock()  # one layout in the end, not one for each change
        self._decoration.editing = True
        try:
            for item in self._flow:
                if item is not None:
                    changed |= self._put(*item)
                    self._decoration.color_before(self._at - 1)
                if perf_counter() >= until:
                    return changed
            self._flow = None
            if self._at < len(self._placed):
                self._cut()
                changed = True
            self._decoration.color_before(self._at)
            if self._linked != self._reader.references:
                changed |= self._link()
            return changed
        finally:
            self._decoration.editing = False
            edit.endEditBlock()

    def _dress(self, until: float) -> bool:
        """Write in the styles of now what stands there in those of before."""
        edit = QTextCursor(self._document)
        edit.beginEditBlock()
        self._decoration.editing = True
        while self._outdated and perf_counter() < until:
            left = self._outdated[0]
            at = left.start
            self._outdated[:1] = [left[1:]] if len(left) > 1 else []
            if 0 <= at < len(self._placed):  # there may be fewer meanwhile; what came since is in the new ones
                placed = self._placed[at]
                longer = self._writer.dress(placed, self._reader.references)
                if longer:  # a formula has been refused since it was written
                    self._move(at + 1, longer)
                    self._decoration.mark_anew(at)
                self._decoration.put_back(placed)
                self._changed_from = min(self._changed_from, placed.start)
        self._decoration.editing = False
        edit.endEditBlock()
        return True

    def _put(self, block: int, piece: Piece) -> bool:
        """The next piece: already there, or written. Returns whether the document changed."""
        if self._at < len(self._placed):
            old = self._placed[self._at]
            if old.piece == piece:
                before, old.piece, old.block = old.piece, piece, block
                self._decoration.written(self._at, before)
                self._at += 1
                return False
            self._cut()
        placed = self._writer.append(piece, block, self._reader.references)
        self._placed.append(placed)
        self._changed_from = min(self._changed_from, placed.start)
        self._decoration.written(self._at, None)
        self._at += 1
        return True

    def _cut(self) -> None:
        """Take away what is in the document from here on."""
        before = self._placed[self._at - 1] if self._at else None
        self._writer.truncate(self._placed[self._at], before)
        del self._placed[self._at :]
        self._decoration.cut(self._at)
        self._changed_from = min(self._changed_from, before.end if before else 0)

    def _link(self) -> bool:
        """References may be defined behind their use: write anew what uses those that have come or gone."""
        references, shift, changed = self._reader.references, 0, False
        for placed in self._placed:
            placed.start += shift
            if "[" not in placed.piece.content and not placed.piece.rows:
                continue
            links = links_in(placed.piece, references)
            if links != placed.piece.links:
                placed.piece = replace(placed.piece, links=links)
                shift += self._writer.rewrite(placed, references)
                self._changed_from = min(self._changed_from, placed.start)
                changed = True
        self._linked = dict(references)
        if changed:
            self._decoration.mark_anew(0)
        return changed

    def _on_colors_found(self, code: Code) -> None:
        if self._decoration.found(code):
            self._workshop.later(self)

    def _on_drawn(self, latex: str) -> None:
        if any(latex == one for placed in self._placed for _, one in placed.formulas):
            (self._drawn_since if self._pictured else self._drawn).add(latex)
            self._workshop.later(self)

    def _put_pictures(self, until: float) -> bool:
        """Make room for the pictures that have come; where there is none, show the LaTeX."""
        at = self._pictured
        edit = QTextCursor(self._document)
        edit.beginEditBlock()
        while at < len(self._placed):
            placed = self._placed[at]
            here = [(offset, latex) for offset, latex in placed.formulas if latex in self._drawn]
            at += 1
            if not here:
                continue
            self._changed_from = min(self._changed_from, placed.start)
            if any(self._refused(placed, *one) for one in here):
                self._move(at, self._writer.rewrite(placed, self._reader.references))
                self._decoration.mark_anew(at - 1)
            else:
                self._decoration.note(placed)
            if self._decoration.much_changed or perf_counter() >= until:
                break
        edit.endEditBlock()
        self._pictured = at
        if at >= len(self._placed):
            self._pictured = 0
            self._drawn, self._drawn_since = self._drawn_since, set()
        return True

    def _move(self, first: int, by: int) -> None:
        for placed in islice(self._placed, first, None):
            placed.start += by

    def _refused(self, placed: Placed, offset: int, latex: str) -> bool:
        display = _displayed(self._document, placed, offset)
        return self._workshop.formulas.refused(latex, display=display)

    def _source(self, placed: Placed) -> tuple[int, int]:
        """From and to which character of the text a piece was written."""
        if placed.block >= len(self._reader.blocks):
            return len(self._reader.text), len(self._reader.text)
        starts = self._reader.blocks[placed.block].line_starts
        low, high = (min(one, len(starts) - 1) for one in placed.piece.lines)
        return starts[low], starts[high]


def _displayed(document: QTextDocument, placed: Placed, offset: int) -> bool:
    cursor = QTextCursor(document)
    cursor.setPosition(placed.start + offset + 1)
    return bool(cursor.charFormat().property(DISPLAY))
