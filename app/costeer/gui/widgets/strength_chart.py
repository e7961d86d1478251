"""How near to the user's own writing each strength comes, as a curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.wording import number
from costeer.services.fitting import CurvePoint

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 34
_DOT = 3.0
_SHADE = 46


class StrengthChart(QWidget):
    """Bits a token by strength, less is nearer; the band is the 95 % interval, the dashed line the cloud alone."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._points: Sequence[CurvePoint] = ()
        self._marks: Sequence[float] = ()
        self.setMinimumHeight(150)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 170)

    def put(self, points: Sequence[CurvePoint], marks: Sequence[float]) -> None:
        """`points` ascending, the cloud alone first; `marks` are strengths with a line of their own."""
        self._points, self._marks = points, marks
        best = min(points, key=lambda one: one.bits.value, default=None)
        said = self.tr("Bits a token of your texts, by strength.")
        if best is not None:
            said = self.tr("{said} The cloud alone: {alone}. The least: {least}, at strength {strength}.").format(
                said=said,
                alone=number(points[0].bits.value, 2),
                least=number(best.bits.value, 2),
                strength=number(best.strength, 2),
            )
        self.setAccessibleName(said)
        self.setToolTip(plain_tip(said))
        self.update()

    def place(self, strength: float, bits: float) -> QPointF:
        """Where a value is drawn."""
        area = self._area()
        low, high = self._range()
        across = strength / max(one.strength for one in self._points)
        return QPointF(
            area.left() + across * area.width(), area.bottom() - (bits - low) / (high - low) * area.height()
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        if len(self._points) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_axes(painter)
        self._draw_curve(painter)
        painter.end()

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _range(self) -> tuple[float, float]:
        """What is drawn: all means, and as much of the intervals as is not out of proportion."""
        means = [one.bits.value for one in self._points]
        room = 0.4 * (max(means) - min(means)) + 0.02
        low = max(min(one.bits.low for one in self._points), min(means) - room)
        high = min(max(one.bits.high for one in self._points), max(means) + room)
        return min(low, min(means) - 0.01), max(high, max(means) + 0.01)

    def _draw_axes(self, painter: QPainter) -> None:
        theme, area, (low, high) = self._look.theme, self._area(), self._range()
        painter.setPen(theme.color("faint"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.setPen(theme.color("muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for bits in (low, high):
            at = self.place(0.0, bits).y()
            painter.drawText(QRectF(0, at - 9, _LEFT - 6, 18), right, number(bits, 2))
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        for strength in (0.0, 0.5, 1.0, 1.5):
            at = self.place(strength, low).x()
            painter.drawText(QRectF(at - 24, area.bottom() + 2, 48, 16), middle, number(strength, 1))
        below = QRectF(area.left(), area.bottom() + 15, area.width(), 18)
        painter.drawText(below, middle, self.tr("Bits a token by strength; less is nearer to you"))

    def _draw_curve(self, painter: QPainter) -> None:
        theme, area = self._look.theme, self._area()
        painter.setClipRect(area.adjusted(-_DOT, -_DOT, _DOT, _DOT))
        for mark in self._marks:
            painter.setPen(QPen(theme.color("faint"), 1.0))
            at = self.place(mark, self._points[0].bits.value).x()
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        band = QPolygonF([self.place(one.strength, one.bits.low) for one in self._points])
        for one in reversed(self._points):
            band.append(self.place(one.strength, one.bits.high))
        accent = theme.color("accent")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(accent.red(), accent.green(), accent.blue(), _SHADE))
        painter.drawPolygon(band)
        alone = self.place(0.0, self._points[0].bits.value).y()
        painter.setPen(QPen(theme.color("muted"), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), alone), QPointF(area.right(), alone))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(QRectF(area.left(), alone + 1, area.width() - 4, 18), right, self.tr("the cloud alone"))
        painter.setPen(QPen(accent, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.place(one.strength, one.bits.value) for one in self._points]))
        painter.setBrush(accent)
        for one in self._points:
            painter.drawEllipse(self.place(one.strength, one.bits.value), _DOT, _DOT)
