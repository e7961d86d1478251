"""How the rows of the sidebar are painted: conversations, the headings between them, and what was found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QFontMetricsF,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from costeer.gui.theme import Look
from costeer.gui.view_models.search import SearchModel
from costeer.gui.view_models.sections import Heading, SectionsModel

_ROW_HEIGHT = 46
_SMALLER = 0.88
_FOUND_LINES = 2

_Index = QModelIndex | QPersistentModelIndex


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def _draw_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, option.widget)

    def _draw_title(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, title: str) -> None:
        elided = option.fontMetrics.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, elided)


class ConversationDelegate(_RowDelegate):
    """Two lines: the title, and when it was changed. A heading stands low in a row as high, with a mark that says
    whether it is folded."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002 - Qt's signature
        return QSize(80, max(_ROW_HEIGHT, 2 * option.fontMetrics.lineSpacing() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self._draw_ground(painter, option, index)
        painter.save()
        heading = index.data(SectionsModel.HeadingRole)
        if isinstance(heading, Heading):
            self._draw_heading(painter, option, str(index.data()), heading)
        else:
            area: QRect = option.rect.adjusted(10, 6, -8, -6)
            self._draw_title(painter, option, area, str(index.data()))
            painter.setFont(_smaller(painter.font()))
            writing = bool(index.data(SectionsModel.WritingRole))
            painter.setPen(self._look.theme.color("accent" if writing else "muted"))
            when = str(index.data(SectionsModel.WhenRole))
            painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, when)
        painter.restore()

    def _draw_heading(self, painter: QPainter, option: QStyleOptionViewItem, title: str, heading: Heading) -> None:
        area: QRect = option.rect.adjusted(10, 0, -8, -6)
        small = _smaller(painter.font())
        small.setWeight(QFont.Weight.DemiBold)
        painter.setFont(small)
        painter.setPen(self._look.theme.color("muted"))
        mark = "▸ " if heading.folded else "▾ "
        shown = f"{mark}{title}  {heading.count}" if heading.folded else f"{mark}{title}"
        elided = painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, elided)


class FoundDelegate(_RowDelegate):
    """The title, and below it the words around what was found, with the matches in bold."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        lines = 1 + (_FOUND_LINES if index.data(SearchModel.TextRole) else 0)
        return QSize(80, lines * option.fontMetrics.lineSpacing() + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self._draw_ground(painter, option, index)
        area: QRect = option.rect.adjusted(10, 6, -8, -6)
        painter.save()
        self._draw_title(painter, option, area, str(index.data()))
        text = str(index.data(SearchModel.TextRole))
        if text:
            document = self._document(option, text, index.data(SearchModel.RangesRole), area.width())
            top = area.top() + option.fontMetrics.lineSpacing()
            lines = _FOUND_LINES * QFontMetricsF(_smaller(option.font)).lineSpacing()
            painter.setClipRect(QRectF(area.left(), top, area.width(), lines))  # whole lines only
            painter.translate(QPointF(area.left(), top))
            context = QAbstractTextDocumentLayout.PaintContext()
            context.palette.setColor(QPalette.ColorRole.Text, self._look.theme.color("muted"))
            document.documentLayout().draw(painter, context)
        painter.restore()

    def _document(
        self, option: QStyleOptionViewItem, text: str, ranges: Sequence[tuple[int, int]], width: int
    ) -> QTextDocument:
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(_smaller(option.font))
        wrapping = QTextOption()
        wrapping.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(wrapping)
        document.setPlainText(text)
        found = QTextCharFormat()
        found.setFontWeight(QFont.Weight.Bold)
        found.setForeground(self._look.theme.color("text"))
        cursor = QTextCursor(document)
        for start, end in ranges:
            before, inside = _units(text[:start]), _units(text[start:end])
            cursor.setPosition(before)
            cursor.setPosition(before + inside, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(found)
        document.setTextWidth(width)
        return document


def _smaller(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * _SMALLER)
    return small


def _units(text: str) -> int:
    """UTF-16 units, as QTextCursor counts."""
    return len(text.encode("utf-16-le")) // 2
