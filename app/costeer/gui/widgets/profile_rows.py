"""How the rows of the profile are painted: the text in full, and what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from costeer.gui.theme import Look
from costeer.gui.view_models.profile_sections import ProfileSectionModel

_SIDE, _ABOVE = 10, 7
_SMALLER = 0.88
_MOST_LINES = 6
"""Longer texts end in …; editing shows all of them."""

_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap

_Index = QModelIndex | QPersistentModelIndex


class ProfileDelegate(QStyledItemDelegate):
    """A label and the text, wrapped; below it the scope, or that it was proposed. As wide as the list."""

    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look = look
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        width = self._view.viewport().width() - 2 * _SIDE - 8
        text = self._text_area(option, index, QRect(0, 0, max(60, width), 0)).height()
        return QSize(80, text + QFontMetrics(_smaller(option.font)).lineSpacing() + 2 * _ABOVE + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        painter.save()
        inside: QRect = option.rect.adjusted(_SIDE, _ABOVE, -_SIDE, -_ABOVE)
        area = self._text_area(option, index, inside)
        painter.setClipRect(area)
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        painter.drawText(area, _FLAGS, self._shown(index))
        painter.setClipping(False)
        painter.setFont(_smaller(option.font))
        proposed = bool(index.data(ProfileSectionModel.ProposedRole))
        painter.setPen(self._look.theme.color("accent" if proposed else "muted"))
        below = QRect(inside.left(), area.bottom() + 2, inside.width(), inside.bottom() - area.bottom())
        standing = str(index.data(ProfileSectionModel.StandingRole))
        elided = painter.fontMetrics().elidedText(standing, Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, elided)
        painter.restore()

    def _shown(self, index: _Index) -> str:
        label, text = index.data(ProfileSectionModel.LabelRole), str(index.data(ProfileSectionModel.TextRole))
        return f"{label}: {text}" if label else text

    def _text_area(self, option: QStyleOptionViewItem, index: _Index, inside: QRect) -> QRect:
        metrics = QFontMetrics(option.font)
        room = QRect(inside.left(), inside.top(), inside.width(), 10_000)
        needed = metrics.boundingRect(room, _FLAGS.value, self._shown(index)).height()
        height = min(needed, _MOST_LINES * metrics.lineSpacing())
        return QRect(inside.left(), inside.top(), inside.width(), height)


def _smaller(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * _SMALLER)
    return small
