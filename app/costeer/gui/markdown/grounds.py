"""What lies behind the text: the ground of code with its head, the bars of quotes, rules. Only where it is seen.

Qt's own ground for a paragraph leaves out its margins, so code would touch the edge. Window thread.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPen, QTextBlock, QTextCursor, QTextDocument

from costeer.gui.markdown.flatten import CODE_PAD
from costeer.gui.markdown.styles import CODE_LINE, LANGUAGE, QUOTE_BARS, RULE, Styles

_CORNER = 8.0
_BAR = 3.0
_INSET = 12


def paint_grounds(painter: QPainter, document: QTextDocument, styles: Styles, area: QRectF) -> None:
    """Paint what lies within `area` of the document."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for block in _blocks_within(document, area):
        shape = block.blockFormat()
        if shape.hasProperty(CODE_LINE):
            _paint_code(painter, block, styles, document.textWidth())
        if shape.hasProperty(RULE):
            where = _rect(block)
            y = where.center().y()
            painter.setPen(QPen(styles.theme.color("border"), 1))
            painter.drawLine(QPointF(where.left() + shape.leftMargin(), y), QPointF(document.textWidth(), y))
        if shape.hasProperty(QUOTE_BARS):
            _paint_bars(painter, block, styles, document.textWidth())


def code_ground(block: QTextBlock, styles: Styles, width: float) -> QRectF:
    """The ground of one line of code, with the head above the first and the edge below the last."""
    shape, where = block.blockFormat(), _rect(block)
    left = shape.leftMargin() - _INSET
    ground = QRectF(left, where.top(), width - left, where.height())
    if shape.property(CODE_LINE) == 2:
        ground.setTop(where.top() - styles.code_head)
    if _goes_on(block):
        ground.setBottom(_rect(block.next()).top())
    else:
        ground.setBottom(where.bottom() + CODE_PAD * styles.unit)
    return ground


def _goes_on(block: QTextBlock) -> bool:
    after = block.next()
    return after.isValid() and after.blockFormat().property(CODE_LINE) == 1


def _paint_code(painter: QPainter, block: QTextBlock, styles: Styles, width: float) -> None:
    ground = code_ground(block, styles, width)
    begins, ends = block.blockFormat().property(CODE_LINE) == 2, not _goes_on(block)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(styles.theme.color("code"))
    if begins or ends:
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRoundedRect(ground, _CORNER, _CORNER)
        half = ground.height() / 2
        if not begins:
            path.addRect(QRectF(ground.left(), ground.top(), ground.width(), half))
        if not ends:
            path.addRect(QRectF(ground.left(), ground.top() + half, ground.width(), ground.height() - half))
        painter.drawPath(path)
    else:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawRect(ground.toAlignedRect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if begins:
        _paint_head(painter, block, ground, styles)


def _paint_head(painter: QPainter, block: QTextBlock, ground: QRectF, styles: Styles) -> None:
    height = styles.head_line
    painter.setPen(QPen(styles.theme.color("border"), 1))
    y = round(ground.top() + height) + 0.5
    painter.drawLine(QPointF(ground.left(), y), QPointF(ground.right(), y))
    language = str(block.blockFormat().property(LANGUAGE) or "")
    if language:
        font = QFont(styles.font)
        font.setPointSizeF(font.pointSizeF() * 0.86)
        painter.setFont(font)
        painter.setPen(styles.theme.color("muted"))
        where = QRectF(ground.left() + _INSET, ground.top(), ground.width() / 2, height)
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, language)


def _paint_bars(painter: QPainter, block: QTextBlock, styles: Styles, width: float) -> None:
    bars = str(block.blockFormat().property(QUOTE_BARS)).split(",")
    before = block.previous()
    above = str(before.blockFormat().property(QUOTE_BARS) or "").split(",") if before.isValid() else []
    code = block.blockFormat().hasProperty(CODE_LINE)
    where = code_ground(block, styles, width) if code else _rect(block)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(styles.theme.color("border"))
    for number, bar in enumerate(bars):
        joined = number < len(above) and above[number] == bar
        top = _rect(before).bottom() - 2 if joined else where.top()
        painter.drawRoundedRect(QRectF(float(bar), top, _BAR, where.bottom() - top), 1.5, 1.5)


def _blocks_within(document: QTextDocument, area: QRectF) -> Iterator[QTextBlock]:
    """The paragraphs that `area` shows, and one more on either side."""
    layout = document.documentLayout()
    position = layout.hitTest(QPointF(0, area.top()), Qt.HitTestAccuracy.FuzzyHit)
    block = document.findBlock(max(0, position))
    if block.previous().isValid():
        block = block.previous()
    bottom = area.bottom() + 60
    while block.isValid():
        if QTextCursor(block).currentTable() is None and _rect(block).top() > bottom:
            return
        yield block
        block = block.next()


def _rect(block: QTextBlock) -> QRectF:
    return block.document().documentLayout().blockBoundingRect(block)
