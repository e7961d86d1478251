"""The steering switch and the strength slider with its two marks."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.widgets.parts import label
from costeer.gui.wording import number
from costeer.steering.strength import COSTEER_GAIN, LIGHT_GAIN, STRONGEST

_STEPS_PER_UNIT = 1000
_SNAP = 0.03
"""How near to a mark a dragged handle jumps to it."""

_MARKED = (LIGHT_GAIN, COSTEER_GAIN)
_SLIDER_HEIGHT = 22


class MarkedSlider(QSlider):
    """A click on the track goes there; a handle that is dragged holds on to the marks. Keys step freely.

    Positions are thousandths; at a mark `strength` is the mark's exact value.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, _position(STRONGEST))
        self.setSingleStep(_position(0.05))
        self.setPageStep(_position(0.25))
        self.actionTriggered.connect(self._on_action_triggered)

    @property
    def strength(self) -> float:
        exact = {_position(gain): gain for gain in _MARKED}
        return exact.get(self.value(), self.value() / _STEPS_PER_UNIT)

    def handle(self) -> QRect:
        """Where the handle stands, in the slider's pixels."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the mouse first, so that it can be dragged on from there."""
        handle = self.handle()
        where = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(where):
            span = self.width() - handle.width()
            at = QStyle.sliderValueFromPosition(0, self.maximum(), where.x() - handle.width() // 2, span)
            self.setValue(_snapped(at))
        super().mousePressEvent(event)

    def _on_action_triggered(self, action: int) -> None:
        if action == QSlider.SliderAction.SliderMove.value and self.isSliderDown():
            self.setSliderPosition(_snapped(self.sliderPosition()))


def _position(gain: float) -> int:
    return round(gain * _STEPS_PER_UNIT)


def _snapped(position: int) -> int:
    near = [_position(gain) for gain in _MARKED if abs(position - _position(gain)) <= _position(_SNAP)]
    return near[0] if near else position


class StrengthSlider(QWidget):
    """A slider from 0 to STRONGEST; the marks below it are buttons that go there."""

    moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = MarkedSlider(self)
        self.slider.setAccessibleName(self.tr("Steering strength"))
        self.slider.valueChanged.connect(self._on_value_changed)
        self.marks = [
            self._mark(self.tr("Light"), LIGHT_GAIN),
            self._mark(self.tr("CoSteer"), COSTEER_GAIN),
        ]
        self.setFixedHeight(_SLIDER_HEIGHT + 20)
        self.setMinimumWidth(130)
        self.setFocusProxy(self.slider)

    @property
    def strength(self) -> float:
        return self.slider.strength

    def put(self, strength: float) -> None:
        """Show `strength` without telling of it."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(_position(strength))
        self._describe()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.slider.setGeometry(0, 0, self.width(), _SLIDER_HEIGHT)
        for button, gain in self.marks:
            width = button.sizeHint().width()
            left = self._x_of(gain) - width // 2
            button.setGeometry(max(0, min(self.width() - width, left)), _SLIDER_HEIGHT, width, 19)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
        for _, gain in self.marks:
            painter.drawLine(self._x_of(gain), _SLIDER_HEIGHT - 5, self._x_of(gain), _SLIDER_HEIGHT - 1)
        painter.end()

    def _mark(self, name: str, gain: float) -> tuple[QToolButton, float]:
        button = QToolButton(self)
        button.setProperty("kind", "mark")
        button.setText(name)
        tip = self.tr("{name}: strength {value}").format(name=name, value=number(gain, 2))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.slider.setValue(_position(gain)))
        return button, gain

    def _x_of(self, gain: float) -> int:
        """Where the handle's centre stands at `gain`, in pixels."""
        handle = self.slider.handle()
        span = self.slider.width() - handle.width()
        maximum = self.slider.maximum()
        at = QStyle.sliderPositionFromValue(0, maximum, _position(gain), span)
        return at + handle.width() // 2

    def _on_value_changed(self) -> None:
        self._describe()
        self.moved.emit(self.strength)

    def _describe(self) -> None:
        self.slider.setAccessibleDescription(number(self.strength, 2))


class SteeringBar(QWidget):
    """Switch, slider and the value in figures."""

    enabled_chosen = Signal(bool)
    strength_chosen = Signal(float)
    shown_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = QCheckBox(self.tr("Steering"))
        self.switch.setAccessibleName(self.tr("Steer answers towards my profile"))
        self.switch.setToolTip(self.tr("Off: the answer is the cloud's own"))
        self.switch.toggled.connect(self.enabled_chosen)
        self.strength = StrengthSlider()
        self.strength.moved.connect(self._on_moved)
        self.value = label(tone="figure")
        self.value.setMinimumWidth(38)
        self.show_steering = QCheckBox(self.tr("Show steering"))
        self.show_steering.setAccessibleName(self.tr("Show which words steering changed"))
        meaning = self.tr("Orange: changed by steering, the stronger the further.")
        self.show_steering.setToolTip(self.tr("{meaning} (Ctrl+H)").format(meaning=meaning))
        self.show_steering.toggled.connect(self.shown_chosen)
        self.legend = label(
            self.tr("{meaning} Hover a word for the cloud's choice.").format(meaning=meaning),
            "muted",
            wrap=True,
        )
        self.legend.hide()
        self.show_steering.toggled.connect(self.legend.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 6, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        column.addWidget(self.legend)
        row.setSpacing(12)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.switch, 0, top)
        row.addWidget(self.strength, 1, top)
        row.addWidget(self.value, 0, top)
        row.addWidget(self.show_steering, 0, top)
        for one in (self.switch, self.value, self.show_steering):
            one.setFixedHeight(_SLIDER_HEIGHT)

    def put(self, enabled: bool, strength: float) -> None:
        """Show the state without telling of it."""
        with QSignalBlocker(self.switch):
            self.switch.setChecked(enabled)
        self.strength.put(strength)
        self.strength.setEnabled(enabled)
        self.value.setText(number(strength, 2))
        self.value.setEnabled(enabled)

    def _on_moved(self, strength: float) -> None:
        self.value.setText(number(strength, 2))
        self.strength_chosen.emit(strength)
