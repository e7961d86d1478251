"""A bar for each day of a month. The table beside it says the same in figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.timeline import Measure, day_title, in_words, measured, shown
from costeer.services.timeline import DayTotal

_FOOT = 22
_HEAD = 22
_LEAST_BAR = 2
_WIDEST_BAR = 26
_EVERY = 7


class DayChart(QWidget):
    """Left and Right, Home and End, or a click choose a day (`day_chosen`); a screen reader hears its figures.

    Of bytes, those received stand above those sent.
    """

    day_chosen = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._days: Sequence[DayTotal] = ()
        self._measure: Measure = "bytes"
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Days of the month"))
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 120)

    @property
    def chosen(self) -> DayTotal | None:
        return self._days[self._at] if self._at < len(self._days) else None

    def put(self, days: Sequence[DayTotal], measure: Measure, chosen: date) -> None:
        self._days = days
        self._measure = measure
        self._at = next((at for at, one in enumerate(days) if one.day == chosen), 0)
        self._say()
        self.update()

    def bar_of(self, at: int) -> QRectF:
        """Where the bar of the day number `at` (from 0) stands."""
        most = max((measured(one, self._measure) for one in self._days), default=0.0)
        slot = self._slot(at)
        width = max(1.0, min(_WIDEST_BAR, slot.width() * 0.7))
        value = measured(self._days[at], self._measure)
        height = max(_LEAST_BAR, value / most * slot.height()) if value else 0.0
        return QRectF(slot.center().x() - width / 2, slot.bottom() - height, width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._days) - 1
        steps = {
            Qt.Key.Key_Left: self._at - 1,
            Qt.Key.Key_Right: self._at + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        wanted = steps.get(Qt.Key(event.key()))
        if wanted is None:
            super().keyPressEvent(event)
        elif 0 <= wanted <= last:
            self.day_chosen.emit(self._days[wanted].day)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at_place(event.position())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.day_chosen.emit(self._days[at].day)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._at_place(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), plain_tip("" if at is None else self._words(at)), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        if self._days:
            slot = self._slot(self._at)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selected"))
            painter.drawRoundedRect(slot.adjusted(1, -4, -1, _FOOT - 2), 5, 5)
            if self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(slot.adjusted(1, -4, -1, _FOOT - 2), 5, 5)
        self._draw_scale(painter)
        painter.setPen(Qt.PenStyle.NoPen)
        for at, one in enumerate(self._days):
            bar = self.bar_of(at)
            painter.setBrush(theme.color("receiving" if self._measure == "bytes" else "accent"))
            painter.drawRect(bar)
            if self._measure == "bytes" and one.bytes:
                sent = max(_LEAST_BAR, bar.height() * one.up / one.bytes)
                painter.setBrush(theme.color("sending"))
                painter.drawRect(bar.adjusted(0, bar.height() - sent, 0, 0))
        painter.end()

    def _draw_scale(self, painter: QPainter) -> None:
        theme = self._look.theme
        floor = self.height() - _FOOT
        painter.setPen(theme.color("faint"))
        painter.drawLine(0, floor, self.width(), floor)
        most = max((measured(one, self._measure) for one in self._days), default=0.0)
        painter.setPen(theme.color("muted"))
        if most:
            painter.drawLine(0, _HEAD, 4, _HEAD)
            painter.drawText(8, _HEAD - 5, shown(most, self._measure))
        if self._measure == "bytes":
            self._draw_legend(painter)
        painter.setPen(theme.color("muted"))
        for at, one in enumerate(self._days):
            if at % _EVERY == 0 or at == self._at:
                slot = self._slot(at)
                place = QRectF(slot.center().x() - 20, floor + 1, 40, _FOOT - 3)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(one.day.day))

    def _draw_legend(self, painter: QPainter) -> None:
        """What the two colours mean, at the right end of the scale's top."""
        right = float(self.width())
        metrics = painter.fontMetrics()
        for token, words in (("receiving", self.tr("Received")), ("sending", self.tr("Sent"))):
            right -= metrics.horizontalAdvance(words)
            painter.setPen(self._look.theme.color("muted"))
            painter.drawText(QPointF(right, metrics.ascent()), words)
            right -= 14
            painter.fillRect(QRectF(right, metrics.ascent() - 9, 9, 9), self._look.theme.color(token))
            right -= 14

    def _slot(self, at: int) -> QRectF:
        """The place of a day, from the scale's top to the floor."""
        width = self.width() / max(1, len(self._days))
        return QRectF(at * width, _HEAD, width, self.height() - _HEAD - _FOOT)

    def _at_place(self, place: QPointF) -> int | None:
        if not self._days:
            return None
        return min(len(self._days) - 1, max(0, int(place.x() / (self.width() / len(self._days)))))

    def _words(self, at: int) -> str:
        return in_words(self._days[at], day_title(self._days[at].day))

    def _say(self) -> None:
        if self._days:
            self.setAccessibleDescription(self._words(self._at))
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
