"""Puts pieces into a QTextDocument, at its end, and takes them away from there.

Text is inserted as characters with formats, never as HTML. `Placed` says where a piece stands. Behind a table Qt
keeps an empty paragraph, and before one with which the document begins. Window thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableCellFormat,
    QTextTableFormat,
)

from costeer.gui.markdown.code_process import Colored
from costeer.gui.markdown.formulas import Formulas
from costeer.gui.markdown.inline import runs_of
from costeer.gui.markdown.pieces import MATH, SOURCE, Align, Piece, Run
from costeer.gui.markdown.reader import Parser, References
from costeer.gui.markdown.styles import OBJECT, Styles
from costeer.gui.steering_spans import Span

MOST_FORMULAS = 200
"""Of a paragraph or a table: all of it is painted at once. What is behind them is shown as its LaTeX."""

_ROOM, _ROWS_LOOKED_AT = 84, 60
"""Characters in a line of an answer; rows by which the widths of columns are found."""

NO_BREAK = "\u00a0"

_ALIGNED = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}


@dataclass(slots=True)
class Placed:
    """A piece in the document, from `start`, `length` UTF-16 units long.

    `prefix`: how much of it is a marker. `reused`: it took the paragraph of an empty document. `formulas`: where
    in it, and which. `marks`: None while they have not been looked for. `colors`: of a line of code.
    """

    piece: Piece
    block: int
    start: int
    reused: bool
    length: int = 0
    prefix: int = 0
    formulas: tuple[tuple[int, str], ...] = ()
    marks: list[Span] | None = None
    marks_shown: list[Span] = field(default_factory=list)
    colors: Colored = ()

    @property
    def end(self) -> int:
        return self.start + self.length


class Writer:
    """Writes into one document. `styles` may be replaced when the document is empty."""

    def __init__(self, document: QTextDocument, styles: Styles, parser: Parser, formulas: Formulas) -> None:
        self._document = document
        self.styles = styles
        self._parser = parser
        self._formulas = formulas
        self.clear()

    def clear(self) -> None:
        self._document.clear()
        self._cursor = QTextCursor(self._document)
        self._open = True
        self._slim_end()

    def append(self, piece: Piece, block: int, references: References) -> Placed:
        if piece.kind == "table":
            return self._append_table(piece, block, references)
        cursor, reused = self._cursor, self._open
        cursor.movePosition(QTextCursor.MoveOperation.End)
        shape = self.styles.paragraph(piece)
        first = self.styles.code_text() if piece.kind == "code" else self.styles.plain()
        if reused:
            cursor.setBlockFormat(shape)
            cursor.setBlockCharFormat(first)
        else:
            cursor.insertBlock(shape, first)
        self._open = False
        placed = Placed(piece, block, cursor.position(), reused)
        self._fill(placed, references)
        return placed

    def rewrite(self, placed: Placed, references: References) -> int:
        """Write the text of a piece anew where it stands. Returns how much longer it has become."""
        before, cursor = placed.length, self._cursor
        if placed.piece.kind == "table":
            cursor.setPosition(placed.start + 1)
            table = cursor.currentTable()
            assert table is not None
            self._fill_table(table, placed, references)
        else:
            cursor.setPosition(placed.start)
            cursor.setPosition(placed.end, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            cursor.setBlockFormat(self.styles.paragraph(placed.piece))
            self._fill(placed, references)
        return placed.length - before

    def dress(self, placed: Placed, references: References) -> int:
        """Write a piece anew in the styles of now, its paragraph too. What is known of its colours and marks stays
        known, unless its text has changed. Returns how much longer it has become."""
        colors, marks, shown = placed.colors, placed.marks, placed.marks_shown
        if placed.piece.kind == "table":
            self._cursor.setPosition(placed.start + 1)
            table = self._cursor.currentTable()
            assert table is not None
            table.setFormat(self._table_format(placed.piece))
        longer = self.rewrite(placed, references)
        if not longer:
            placed.colors, placed.marks, placed.marks_shown = colors, marks, shown
        return longer

    def truncate(self, first: Placed, before: Placed | None) -> None:
        """Take away `first` and all behind it; `before` is the piece above."""
        cursor = self._cursor
        table = first.piece.kind == "table"
        cursor.setPosition(first.start if first.reused or table else first.start - 1)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._open = first.reused
        if self._open or (before is not None and before.piece.kind == "table"):
            self._slim_end()
        elif before is not None:
            cursor.setBlockFormat(self.styles.paragraph(before.piece))

    def _slim_end(self) -> None:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._cursor.setBlockFormat(self.styles.slim())
        small = QTextCharFormat()
        small.setFontPointSize(1)
        self._cursor.setBlockCharFormat(small)
        self._cursor.block().layout().clearFormats()

    def _fill(self, placed: Placed, references: References) -> None:
        piece, cursor = placed.piece, self._cursor
        placed.colors = ()
        if cursor.block().layout().formats():
            cursor.block().layout().clearFormats()  # of what stood in this paragraph before
        if piece.marker:
            # Qt's tabs count from the left.
            marker = piece.marker + (NO_BREAK * 2 if piece.rightwards else "\t")
            cursor.insertText(marker, self.styles.plain())
            placed.prefix = len(marker)
        formulas: list[tuple[int, str]] = []
        match piece.kind:
            case "code":
                cursor.insertText(piece.content, self.styles.code_text())
            case "formula":
                look = MATH if piece.closed else SOURCE
                self._insert([Run(piece.content, look, display=True)], placed, formulas)
            case "text":
                runs = runs_of(self._parser.inline(piece.content, references))
                self._insert(runs, placed, formulas, piece.heading)
        placed.formulas = tuple(formulas)
        placed.length = cursor.position() - placed.start
        placed.marks, placed.marks_shown = None, []

    def _insert(self, runs: list[Run], placed: Placed, formulas: list[tuple[int, str]], heading: int = 0) -> None:
        for run in runs:
            if not run.look & MATH:
                self._cursor.insertText(run.text, self.styles.text(run, heading))
            elif len(formulas) >= MOST_FORMULAS or self._formulas.refused(run.text, display=run.display):
                mark = "$$" if run.display else "$"
                source = Run(f"{mark}{run.text}{mark}".replace("\n", " "), run.look & ~MATH | SOURCE)
                self._cursor.insertText(source.text, self.styles.text(source, heading))
            else:
                formulas.append((self._cursor.position() - placed.start, run.text))
                self._cursor.insertText(OBJECT, self.styles.formula(run, heading))

    def _append_table(self, piece: Piece, block: int, references: References) -> Placed:
        cursor, reused = self._cursor, self._open
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if reused:
            self._slim_end()
        placed = Placed(piece, block, cursor.position(), reused)
        columns = max(1, len(piece.aligned))
        rows = max(1, len(piece.rows))
        table = cursor.insertTable(rows, columns, self._table_format(piece))
        self._fill_table(table, placed, references)
        # What follows is not put here: Qt leaves out the space above a paragraph next to a table.
        self._open = False
        self._slim_end()
        return placed

    def _table_format(self, piece: Piece) -> QTextTableFormat:
        unit = self.styles.unit
        shape = QTextTableFormat()
        shape.setBorder(0)
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        shape.setCellSpacing(0)
        shape.setCellPadding(0)
        shape.setTopMargin(round(piece.place.gap * unit))
        shape.setBottomMargin(0)
        shape.setLeftMargin(self.styles.left(piece.place))
        shape.setHeaderRowCount(1)
        shape.setColumnWidthConstraints(_column_widths(piece))
        return shape

    def _fill_table(self, table: QTextTable, placed: Placed, references: References) -> None:
        formulas: list[tuple[int, str]] = []
        rows = placed.piece.rows
        for row in range(table.rows()):
            cells = rows[row].cells if row < len(rows) else ()
            shape = self._cell_format(head=row == 0)
            for column in range(table.columns()):
                cell = table.cellAt(row, column)
                cell.setFormat(shape)
                self._cursor = cell.firstCursorPosition()
                self._cursor.setPosition(cell.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
                self._cursor.removeSelectedText()
                self._fill_cell(cells, column, placed, row == 0, references, formulas)
        placed.length = table.lastPosition() + 1 - placed.start
        placed.formulas = tuple(formulas)
        placed.marks, placed.marks_shown = None, []

    def _fill_cell(
        self,
        cells: tuple[str, ...],
        column: int,
        placed: Placed,
        head: bool,
        references: References,
        formulas: list[tuple[int, str]],
    ) -> None:
        aligned: Align = placed.piece.aligned[column] if column < len(placed.piece.aligned) else "left"
        self._cursor.setBlockFormat(self.styles.cell(_ALIGNED[aligned]))
        if column < len(cells):
            runs = runs_of(self._parser.inline(cells[column], references))
            # A heading of the fourth level looks like text, but bold.
            self._insert(runs, placed, formulas, 4 if head else 0)

    def _cell_format(self, *, head: bool) -> QTextTableCellFormat:
        unit, shape = self.styles.unit, QTextTableCellFormat()
        shape.setTopPadding(unit * 3)
        shape.setBottomPadding(unit * 3)
        shape.setLeftPadding(unit * 5)
        shape.setRightPadding(unit * 5)
        if head:
            shape.setBackground(QBrush(self.styles.theme.color("code")))
        shape.setBottomBorder(1)
        shape.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setBottomBorderBrush(QBrush(self.styles.theme.color("border")))
        return shape


def _column_widths(piece: Piece) -> list[QTextLength]:
    """As wide as its text where there is room; else by the longest word of each column, and by how much it says.

    Left to itself, Qt gives all columns of a wide table about the same, and breaks words.
    """
    columns = max(1, len(piece.aligned))
    words, texts = [4] * columns, [4] * columns
    for row in piece.rows[:_ROWS_LOOKED_AT]:
        for column, cell in enumerate(row.cells[:columns]):
            words[column] = max([words[column], *(min(len(one), 18) for one in cell.split())])
            texts[column] = max(texts[column], min(len(cell), 60))
    if sum(texts) + 3 * columns <= _ROOM:
        return [QTextLength()] * columns
    rest = max(0, _ROOM - sum(words) - 3 * columns)
    more = sum(text - word for word, text in zip(words, texts, strict=True)) or 1
    wanted = [word + 3 + rest * (text - word) / more for word, text in zip(words, texts, strict=True)]
    return [QTextLength(QTextLength.Type.PercentageLength, 100 * one / sum(wanted)) for one in wanted]


def text_of(document: QTextDocument, placed: Placed) -> str:
    """The characters of a piece, without its marker."""
    cursor = QTextCursor(document)
    cursor.setPosition(placed.start + placed.prefix)
    cursor.setPosition(placed.end, QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()
