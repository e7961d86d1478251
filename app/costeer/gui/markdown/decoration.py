"""Colours of code and marks of steered tokens: formats of the layout, which are no change of the document.

Each asks Qt for a new layout of its paragraph, for which everything below is moved; so they are gathered, and
asked for together (`lay_out`), or applied while the document is being edited anyway (`editing`). Window thread.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from time import perf_counter

from PySide6.QtGui import QTextCharFormat, QTextDocument, QTextLayout

from costeer.gui.markdown.code_process import Colored
from costeer.gui.markdown.colors import Colors
from costeer.gui.markdown.pieces import Code, Piece
from costeer.gui.markdown.styles import Styles
from costeer.gui.markdown.writer import Placed, text_of
from costeer.gui.steering_spans import Tokens, how_far
from costeer.steering.trace import Written

_LAID_OUT_AT_ONCE = 40_000
"""Characters. Whatever stands below them is moved, which takes as long for one."""

_SHORT = 3_000
"""Code of so many characters is coloured in one go."""


class Decoration:
    """Of the pieces in `placed`, a list that its owner changes. `source`: which characters made a piece."""

    def __init__(
        self,
        document: QTextDocument,
        placed: list[Placed],
        styles: Styles,
        colors: Colors,
        source: Callable[[Placed], tuple[int, int]],
    ) -> None:
        self._document = document
        self._placed = placed
        self._source = source
        self._tokens = Tokens()
        self._colors = colors
        self._begun: Placed | None = None
        self._uncolored: dict[int, Placed] = {}
        self._coloring: deque[Iterator[None]] = deque()
        self._unmarked = 0
        self._changed: list[tuple[int, int]] = []
        self.styles = styles
        self.editing = False

    @property
    def left(self) -> bool:
        """Whether there is more to colour or to mark."""
        return bool(self._coloring or self._uncolored or self.unmarked)

    @property
    def unmarked(self) -> bool:
        return self._unmarked < len(self._placed)

    @property
    def much_changed(self) -> bool:
        """Whether it is time to `lay_out`."""
        return bool(self._changed) and sum(self._changed[-1]) - self._changed[0][0] > _LAID_OUT_AT_ONCE

    def work(self, until: float, *, marks: bool) -> None:
        """Colour until the clock says so, as far as the colours are known, and mark if wanted."""
        for first in self._uncolored.values():
            self._color(first, self._known(first))
        self._uncolored = {}
        while perf_counter() < until and self._coloring:
            for _ in self._coloring[0]:
                if perf_counter() >= until:
                    break
            else:
                self._coloring.popleft()
        self.lay_out()
        if marks:
            self._mark(until)
            self.lay_out()

    def lay_out(self) -> None:
        if self._changed:
            low = min(start for start, _ in self._changed)
            high = max(start + length for start, length in self._changed)
            self._document.markContentsDirty(low, high - low)
            self._changed = []

    def note(self, placed: Placed) -> None:
        """A piece has another size."""
        self._changed.append((placed.start, placed.length))

    def cut(self, count: int) -> None:
        """Only so many pieces are left."""
        end = self._placed[-1].end if self._placed else -1
        if self._placed and self._placed[-1].piece.kind != "table":
            # Where the last one is empty, Qt has kept the paragraph behind it in its stead, with its formats.
            self._format(self._placed[-1])
        self._uncolored = {start: one for start, one in self._uncolored.items() if start <= end}
        self._unmarked = min(self._unmarked, count)

    def written(self, at: int, old: Piece | None) -> None:
        """Piece `at` was written, or is as before but for what does not show (`old`)."""
        placed = self._placed[at]
        piece = placed.piece
        if piece.begins_code:
            self._begun = placed  # all of its lines follow, one by one
        if piece.code is not None and self._begun is not None and (old is None or old.code != piece.code):
            self._uncolored[self._begun.start] = self._begun
        if old is None:
            self.mark_one(placed)
        else:
            placed.marks = None
            self._unmarked = min(self._unmarked, at)

    def color_before(self, at: int) -> None:
        """Colour short code whose last line stands before piece `at`."""
        if not self._uncolored:
            return
        here = self._placed[at] if at < len(self._placed) else None
        if here is not None and here.piece.kind == "code" and not here.piece.begins_code:
            return
        for start, first in list(self._uncolored.items()):
            short = first.piece.code is not None and len(first.piece.code.text) <= _SHORT
            if short and first is not here:
                known = self._known(first)
                if known is not None:
                    del self._uncolored[start]
                    for _ in self._coloring_of(first, known):
                        pass

    def found(self, code: Code) -> bool:
        """The colours of `code` are known now, which is here, or has been a moment ago. Returns whether it is."""
        known = self._colors.lines(code)
        here = [one for one in self._placed if one.piece.begins_code and _grown(one.piece.code, code)]
        for one in here:
            self._color(one, known)
        return bool(here)

    def take(self, traces: Sequence[Written], text: str, count: int) -> None:
        """These are the tokens of the text of which the first `count` pieces are the beginning."""
        since = self._tokens.update(traces, text)
        while count and self._source(self._placed[count - 1])[1] > since:
            count -= 1
            self._placed[count].marks = None
        self._unmarked = min(self._unmarked, count)

    def mark_anew(self, at: int) -> None:
        """Pieces from `at` on have been rewritten."""
        self._unmarked = min(self._unmarked, at)

    def put_back(self, placed: Placed) -> None:
        """Of a piece that has been written anew with the same text."""
        if placed.colors or placed.marks_shown:
            self._format(placed)

    def mark_one(self, placed: Placed) -> None:
        low, high = self._source(placed)
        placed.marks = []
        if self._tokens.may_hold_changes(low, high):
            shown = text_of(self._document, placed)
            placed.marks = self._tokens.spans(shown, low, high, (latex for _, latex in placed.formulas))
        if placed.marks != placed.marks_shown:
            placed.marks_shown = placed.marks
            self._format(placed)

    def mark_seen(self, low: int, high: int) -> None:
        """Pieces `low` to `high`, before all others."""
        if self.unmarked:
            for placed in islice(self._placed, low, high + 1):
                if placed.marks is None:
                    self.mark_one(placed)
            self.lay_out()

    def _mark(self, until: float) -> None:
        while self.unmarked and perf_counter() < until and not self.much_changed:
            placed = self._placed[self._unmarked]
            if placed.marks is None:
                self.mark_one(placed)
            self._unmarked += 1

    def _known(self, first: Placed) -> tuple[Colored, ...] | None:
        assert first.piece.code is not None
        return self._colors.lines(first.piece.code)

    def _color(self, first: Placed, known: tuple[Colored, ...] | None) -> None:
        """In the turns to come; nothing where the colours are not known: `found` will tell."""
        if known is not None:
            self._coloring.append(self._coloring_of(first, known))

    def _coloring_of(self, first: Placed, known: tuple[Colored, ...]) -> Iterator[None]:
        """Colour a block of code line by line. It may grow meanwhile; then it is coloured once more."""
        assert first.piece.code is not None
        for number, colors in enumerate(known or [()] * (first.piece.code.text.count("\n") + 1)):
            placed = self._line(first, number)
            if placed is None:
                return
            if colors != placed.colors:
                placed.colors = colors
                self._format(placed)
            yield

    def _line(self, first: Placed, number: int) -> Placed | None:
        """Line `number` of the code that begins with `first`, while it is there."""
        at = bisect_right(self._placed, first.start, key=lambda placed: placed.start) - 1
        if at < 0 or self._placed[at] is not first or at + number >= len(self._placed):
            return None
        line = self._placed[at + number]
        return line if line.piece.kind == "code" and (number == 0) == line.piece.begins_code else None

    def _format(self, placed: Placed) -> None:
        styles, base = self.styles, placed.start + placed.prefix
        block = self._document.findBlock(base)
        end = placed.end if placed.piece.kind == "table" else block.position() + block.length() - 1
        while block.isValid() and block.position() <= end:
            low, high = block.position(), block.position() + block.length()
            ranges = [_range(start, length, styles.code(token)) for start, length, token in placed.colors]
            for span in placed.marks_shown:
                if low <= base + span.start < high:
                    form = styles.mark(how_far(span.trace))
                    ranges.append(_range(base + span.start - low, span.end - span.start, form))
            block.layout().setFormats(ranges)
            if not self.editing:
                self._changed.append((low, block.length() - 1))
            block = block.next()


def _grown(code: Code | None, known: Code) -> bool:
    return code is not None and code.language == known.language and code.text.startswith(known.text)


def _range(start: int, length: int, form: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, form
    return made
