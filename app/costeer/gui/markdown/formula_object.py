"""How a formula stands in a line: a character that is as large as the picture, with its line on the text's.

Until there is a picture, its LaTeX is drawn. Window thread.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextDocument,
    QTextFormat,
)

from costeer.gui.markdown.formulas import Formulas, Picture
from costeer.gui.markdown.styles import DISPLAY, EM, LATEX

_SMALLEST = 0.35
_FONT_SCALE = 1.06
"""The font of the formulas looks a little smaller than that of the text."""


class FormulaObject(QPyTextObject):
    """Draws what `Formulas` has."""

    def __init__(self, formulas: Formulas, parent: QObject) -> None:
        super().__init__(parent)
        self._formulas = formulas

    def intrinsicSize(self, document: QTextDocument, position: int, form: QTextFormat) -> QSizeF:
        picture = self._picture(form)
        font = form.toCharFormat().font()
        if picture is None:
            letters = QFontMetricsF(_text_font(form))
            width = min(letters.horizontalAdvance(_one_line(form)), self._room(document, position))
            return QSizeF(width, letters.height())
        em = self._em(picture, form, document, position)
        middle = QFontMetrics(font).xHeight() / 2
        height = max(2 * picture.above * em - middle, 2 * picture.below * em + middle)
        return QSizeF(picture.width * em, height)

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int, form: QTextFormat
    ) -> None:
        rect = QRectF(rect)
        shape = form.toCharFormat()
        picture, font = self._picture(form), shape.font()
        background = shape.background()
        if background.style() != Qt.BrushStyle.NoBrush:
            painter.fillRect(rect, background)
        if picture is None:
            letters = _text_font(form)
            painter.setFont(letters)
            painter.setPen(shape.foreground().color())
            text = QFontMetricsF(letters).elidedText(
                _one_line(form), Qt.TextElideMode.ElideRight, rect.width() + 1
            )
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)
            return
        em = self._em(picture, form, document, position)
        above = (rect.height() + QFontMetrics(font).xHeight() / 2) / 2
        top = rect.top() + above - picture.above * em
        size = QSizeF(picture.width * em, (picture.above + picture.below) * em)
        picture.paint(painter, QRectF(rect.left(), top, size.width(), size.height()), shape.foreground().color())

    def _picture(self, form: QTextFormat) -> Picture | None:
        return self._formulas.picture(str(form.property(LATEX)), display=bool(form.property(DISPLAY)))

    def _em(self, picture: Picture, form: QTextFormat, document: QTextDocument, position: int) -> float:
        """The size at which the formula is as tall as the text, or fits into the line."""
        em = form.doubleProperty(EM) * _FONT_SCALE
        room = self._room(document, position)
        return float(em * max(_SMALLEST, min(1.0, room / max(1.0, picture.width * em))))

    def _room(self, document: QTextDocument, position: int) -> float:
        indent = document.findBlock(position).blockFormat().leftMargin()
        return max(40.0, document.textWidth() - indent - 4)


def _one_line(form: QTextFormat) -> str:
    return " ".join(str(form.property(LATEX)).split())


def _text_font(form: QTextFormat) -> QFont:
    """That of the text around the formula."""
    font = form.toCharFormat().font()
    font.setPixelSize(max(1, round(form.doubleProperty(EM))))
    return font
