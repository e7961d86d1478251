"""Whether something crosses to the cloud right now: a dot in a colour, and the same in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.widgets.parts import label
from costeer.gui.wording import tr


def activity_words(activity: str) -> str:
    """Of TrafficState.activity."""
    words = {
        "sending": tr("Sending"),
        "waiting": tr("Waiting for the cloud"),
        "receiving": tr("Receiving"),
        "idle": tr("Local only"),
    }
    return words[activity]


def short_activity_words(activity: str) -> str:
    return tr("Waiting") if activity == "waiting" else activity_words(activity)


class ActivityDot(QWidget):
    """A coloured dot; the words beside it say the same."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._token = "local"
        self.setFixedSize(12, 12)
        look.changed.connect(self.update)

    def put(self, activity: str) -> None:
        """Of TrafficState.activity."""
        self._token = "local" if activity == "idle" else activity
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme.color(self._token))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


class ActivityIndicator(QToolButton):
    """Always in view, as wide as its longest words, so that nothing beside it moves; the dot alone where these
    have no room. A press asks for what left (`clicked`)."""

    shown = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "quiet")
        self.dot = ActivityDot(look)
        self.words = label()
        self.words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.dot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(7, 3, 7, 3)
        self._row.setSpacing(6)
        self._row.addWidget(self.dot)
        self._row.addWidget(self.words)
        self.activity = "idle"
        self.put("idle")
        look.changed.connect(self._widen)
        self._widen()

    def put(self, activity: str) -> None:
        """Of TrafficState.activity. A screen reader that stands on it is told."""
        self.activity = activity
        self.dot.put(activity)
        self.words.setText(short_activity_words(activity))
        said = tr("The cloud: {activity}").format(activity=activity_words(activity))
        if activity == "idle":
            said = tr("Nothing is being exchanged with the cloud right now.")
        self.setAccessibleName(said)
        self.setToolTip(plain_tip(tr("{said}\nShow what left this computer").format(said=said)))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
        self.shown.emit(activity)

    @property
    def least_width(self) -> int:
        """Of the dot alone, in logical pixels."""
        margins = self._row.contentsMargins()
        return margins.left() + self.dot.width() + margins.right()

    @property
    def words_width(self) -> int:
        """What the words need beside the dot."""
        return self.words.minimumWidth() + self._row.spacing()

    def put_worded(self, worded: bool) -> None:
        """Whether the words are shown; the tool tip and the accessible name say them in any case."""
        if worded == self.words.isHidden():
            self.words.setVisible(worded)
            self._take_size()

    def _widen(self) -> None:
        activities = ("idle", "sending", "waiting", "receiving")
        metrics = self.words.fontMetrics()
        self.words.setMinimumWidth(max(metrics.horizontalAdvance(short_activity_words(one)) for one in activities))
        self._take_size()

    def _take_size(self) -> None:
        self._row.invalidate()
        self.setFixedSize(self._row.minimumSize())
