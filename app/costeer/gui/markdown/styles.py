"""The looks of text and paragraphs in an answer, made once for a theme and a font. Window thread."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextOption,
)

from costeer.gui.markdown.flatten import ITEM_INDENT
from costeer.gui.markdown.pieces import BOLD, CODE, ITALIC, MATH, SOURCE, STRUCK, Piece, Place, Run
from costeer.gui.theme import Theme

FORMULA_OBJECT = int(QTextFormat.ObjectTypes.UserObject.value) + 1
OBJECT = "\ufffc"

CODE_LINE = QTextFormat.Property.UserProperty.value
"""On a paragraph: 2 on the first line of code, 1 on the others."""
QUOTE_BARS = CODE_LINE + 1
"""On a paragraph: the x of the bars to its left, joined by commas."""
RULE = CODE_LINE + 2
LATEX = CODE_LINE + 3
DISPLAY = CODE_LINE + 4
LANGUAGE = CODE_LINE + 5
EM = CODE_LINE + 6
"""On a formula: the size of the text around it, in pixels."""

_LEADING, _CELL_LEADING, _CODE_LEADING = 3.2, 2.2, 2.4
"""Between lines, in tenths of a line."""
_HEADINGS = {1: 1.5, 2: 1.27, 3: 1.12}
_MONO = 0.93
_BUTTON = 26.0
"""Pixels that a button with an icon takes."""
_CODE_PADDING = 8


class Styles:
    """Formats by what they are for, and lengths in pixels.

    `unit` is a tenth of the height of a line; `code_head` what is above the first line of code, of which
    `head_line` is above the line that is drawn under the language.
    """

    def __init__(self, theme: Theme, font: QFont, mono: QFont | None = None) -> None:
        """`mono` is the family for code; the system's, if None."""
        self.theme = theme
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.unit = self.metrics.height() / 10
        self.head_line = max(13 * self.unit, _BUTTON)
        self.code_head = self.head_line + 5 * self.unit
        self.mono = QFont(mono or QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.mono.setStyleHint(QFont.StyleHint.Monospace)
        self.mono.setPointSizeF(font.pointSizeF() * _MONO)
        self._texts: dict[tuple[int, int, str], QTextCharFormat] = {}
        self._paragraphs: dict[tuple[object, ...], QTextBlockFormat] = {}
        self._codes: dict[str, QTextCharFormat] = {}
        self._marks: dict[int, QTextCharFormat] = {}

    def text(self, run: Run, heading: int = 0) -> QTextCharFormat:
        key = (run.look, heading, run.href)
        if key not in self._texts or run.href:
            made = self._text(run, heading)
            if run.href:
                return made
            self._texts[key] = made
        return self._texts[key]

    def formula(self, run: Run, heading: int = 0) -> QTextCharFormat:
        """Of the character that stands for a formula."""
        made = self._text(Run("", run.look & ~MATH), heading)
        made.setObjectType(FORMULA_OBJECT)
        made.setProperty(LATEX, run.text)
        made.setProperty(DISPLAY, run.display)
        # Qt sets an object around half the height of an x, formulas stand around half an em: a larger font.
        font = made.font()
        em = QFontInfo(font).pixelSize()
        made.setProperty(EM, float(em))
        font.setPointSizeF(font.pointSizeF() * em / max(1.0, QFontMetricsF(font).xHeight()))
        made.setFont(font)
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        return made

    def code(self, token: str) -> QTextCharFormat:
        """Of a word of code in the colour `token` of the theme."""
        if token not in self._codes:
            made = QTextCharFormat()
            made.setForeground(self.theme.color(token))
            if token == "code_comment":
                made.setFontItalic(True)
            self._codes[token] = made
        return self._codes[token]

    def mark(self, share: float) -> QTextCharFormat:
        """Of a token that steering moved so far, in steps of a twentieth."""
        step = round(share * 20)
        if step not in self._marks:
            made = QTextCharFormat()
            made.setBackground(self.theme.between("mark_weak", "mark_strong", step / 20))
            made.setForeground(self.theme.color("mark_text"))
            self._marks[step] = made
        return self._marks[step]

    def plain(self) -> QTextCharFormat:
        return self.text(Run(""))

    def code_text(self) -> QTextCharFormat:
        """Of a line of code before it is coloured."""
        if "" not in self._codes:
            made = QTextCharFormat()
            made.setFont(self.mono)
            made.setForeground(self.theme.color("text"))
            self._codes[""] = made
        return self._codes[""]

    def paragraph(self, piece: Piece) -> QTextBlockFormat:
        key = (
            piece.kind,
            piece.place,
            piece.marker,
            piece.heading,
            piece.begins_code,
            piece.language,
            piece.rightwards,
            piece.closed,
        )
        if key not in self._paragraphs:
            self._paragraphs[key] = self._paragraph(piece)
        return self._paragraphs[key]

    def slim(self) -> QTextBlockFormat:
        """Of the empty paragraph that Qt wants beside a table."""
        made = QTextBlockFormat()
        made.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return made

    def cell(self, alignment: Qt.AlignmentFlag) -> QTextBlockFormat:
        made = QTextBlockFormat()
        made.setAlignment(alignment)
        self._lead(made, _CELL_LEADING)
        return made

    def left(self, place: Place) -> float:
        return place.indent * self.unit

    def _text(self, run: Run, heading: int) -> QTextCharFormat:
        made = QTextCharFormat()
        size = self.font.pointSizeF() * _HEADINGS.get(heading, 1.0)
        if run.look & (CODE | SOURCE):
            mono = QFont(self.mono)
            mono.setPointSizeF(size * _MONO)
            made.setFont(mono)
            made.setBackground(self.theme.color("code"))
        else:
            font = QFont(self.font)
            font.setPointSizeF(size)
            made.setFont(font)
        made.setForeground(self.theme.color("text"))
        if heading or run.look & BOLD:
            made.setFontWeight(QFont.Weight.DemiBold)
        if run.look & ITALIC:
            made.setFontItalic(True)
        if run.look & STRUCK:
            made.setFontStrikeOut(True)
        if run.href:
            made.setAnchor(True)
            made.setAnchorHref(run.href)
            made.setForeground(self.theme.color("accent"))
            made.setFontUnderline(True)
        return made

    def _paragraph(self, piece: Piece) -> QTextBlockFormat:
        made = QTextBlockFormat()
        place = piece.place
        made.setTopMargin(round(place.gap * self.unit + (self.code_head if piece.begins_code else 0)))
        # In text from right to left the markers are on the right.
        made.setLeftMargin(0 if piece.rightwards else self.left(place))
        made.setRightMargin(self.left(place) if piece.rightwards else 0)
        self._lead(made, _CODE_LEADING if piece.kind == "code" else _LEADING)
        if piece.heading:
            made.setHeadingLevel(piece.heading)
        if place.quotes:
            made.setProperty(QUOTE_BARS, ",".join(str(round(one * self.unit)) for one in place.quotes))
        if piece.marker:
            self._hang(made)
        if piece.kind == "code":
            made.setProperty(CODE_LINE, 2 if piece.begins_code else 1)
            made.setLeftMargin(self.left(place) + _CODE_PADDING + 4)
            made.setRightMargin(_CODE_PADDING + 4)
            if piece.begins_code:
                made.setProperty(LANGUAGE, piece.language or "")
        elif piece.kind == "rule":
            made.setProperty(RULE, True)
            made.setLineHeight(self.unit * 2, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        elif piece.kind == "formula" and piece.closed:
            made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        return made

    def _lead(self, made: QTextBlockFormat, share: float) -> None:
        """The same between all lines, however tall a formula makes one."""
        made.setLineHeight(share * self.unit, QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)

    def _hang(self, made: QTextBlockFormat) -> None:
        """The marker stands before the text, however many lines that has."""
        width = self.unit * ITEM_INDENT
        made.setTextIndent(-width)
        made.setTabPositions([QTextOption.Tab(width, QTextOption.TabType.LeftTab)])
