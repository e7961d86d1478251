"""The steering switch, the strength slider with its marks, and what folds out below it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRect, QSignalBlocker, Qt, Signal
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

from costeer.foundation.settings import SteeringSettings
from costeer.gui.commands import Commands
from costeer.gui.strange_text import plain_tip
from costeer.gui.widgets.more_options import MoreOptions
from costeer.gui.widgets.parts import label
from costeer.gui.wording import number
from costeer.steering.strength import COSTEER_GAIN, LIGHT_GAIN, STRONGEST

_STEPS_PER_UNIT = 1000
_SNAP = 0.03
"""How near to a mark a dragged handle jumps to it."""

_MARKED = (LIGHT_GAIN, COSTEER_GAIN)
_SLIDER_HEIGHT = 22
_MARK_PADDING = 3


class MarkedSlider(QSlider):
    """A click on the track goes there; a handle that is dragged holds on to the marks. Keys step freely.

    Positions are thousandths; at a mark `strength` is the mark's exact value.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, _position(STRONGEST))
        self.setSingleStep(_position(0.05))
        self.setPageStep(_position(0.25))
        self.marked: tuple[float, ...] = _MARKED
        self.actionTriggered.connect(self._on_action_triggered)

    @property
    def strength(self) -> float:
        exact = {_position(gain): gain for gain in self.marked}
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
            self.setValue(self._snapped(at))
        super().mousePressEvent(event)

    def _on_action_triggered(self, action: int) -> None:
        if action == QSlider.SliderAction.SliderMove.value and self.isSliderDown():
            self.setSliderPosition(self._snapped(self.sliderPosition()))

    def _snapped(self, position: int) -> int:
        marks = [_position(gain) for gain in self.marked if abs(position - _position(gain)) <= _position(_SNAP)]
        return min(marks, key=lambda mark: abs(mark - position), default=position)


def _position(gain: float) -> int:
    return round(gain * _STEPS_PER_UNIT)


def _name_width(button: QToolButton) -> int:
    """Of a mark: its text, the style sheet's padding and border; Qt's own hint leaves room for an icon."""
    button.ensurePolished()
    return button.fontMetrics().horizontalAdvance(button.text()) + 2 * (_MARK_PADDING + 1)


class StrengthSlider(QWidget):
    """A slider from 0 to STRONGEST; the marks below it are buttons that go there. The third is the user's own,
    where one has been found."""

    moved = Signal(float)
    mark_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = MarkedSlider(self)
        self.slider.setAccessibleName(self.tr("Steering strength"))
        self.slider.valueChanged.connect(self._on_value_changed)
        self._usual = [
            (self._mark(self.tr("Light"), LIGHT_GAIN), LIGHT_GAIN),
            (self._mark(self.tr("CoSteer"), COSTEER_GAIN), COSTEER_GAIN),
        ]
        self._own: list[tuple[QToolButton, float]] = []
        self._fit()
        self.setMinimumWidth(130)
        self.setFocusProxy(self.slider)

    @property
    def strength(self) -> float:
        return self.slider.strength

    @property
    def marks(self) -> list[tuple[QToolButton, float]]:
        """The buttons and where they go."""
        return [*self._usual, *self._own]

    def put_own_mark(self, strength: float | None) -> None:
        """Show the mark You there, or none."""
        if [gain for _, gain in self._own] == ([] if strength is None else [strength]):
            return
        for button, _ in self._own:
            button.hide()
            button.deleteLater()
        self._own = [] if strength is None else [(self._mark(self.tr("You"), strength), strength)]
        for button, _ in self._own:
            self.setTabOrder(self._usual[-1][0], button)
            button.show()
        self.slider.marked = tuple(gain for _, gain in self.marks)
        self._place_marks()
        self.update()

    def put(self, strength: float) -> None:
        """Show `strength` without telling of it."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(_position(strength))
        self._describe()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.slider.setGeometry(0, 0, self.width(), _SLIDER_HEIGHT)
        self._place_marks()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
            self._place_marks()

    def _fit(self) -> None:
        """As high as the names of the marks need."""
        self.setFixedHeight(_SLIDER_HEIGHT + self._mark_height() + 1)

    def _mark_height(self) -> int:
        return max(19, self._usual[0][0].fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
        for _, gain in self.marks:
            painter.drawLine(self._x_of(gain), _SLIDER_HEIGHT - 5, self._x_of(gain), _SLIDER_HEIGHT - 1)
        painter.end()

    def _place_marks(self) -> None:
        """Each below its place, but no name over another: where it is crowded they move apart."""
        marks = sorted(self.marks, key=lambda one: one[1])
        widths = [_name_width(button) for button, _ in marks]
        lefts = [self._x_of(gain) - width // 2 for (_, gain), width in zip(marks, widths, strict=True)]
        end = 0
        for at, width in enumerate(widths):
            lefts[at] = max(end, lefts[at])
            end = lefts[at] + width
        end = self.width()
        for at in reversed(range(len(marks))):
            lefts[at] = min(end - widths[at], lefts[at])
            end = lefts[at]
        for (button, _), left, width in zip(marks, lefts, widths, strict=True):
            button.setGeometry(max(0, left), _SLIDER_HEIGHT, width, self._mark_height())

    def _mark(self, name: str, gain: float) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "mark")
        button.setText(name)
        tip = self.tr("{name}: strength {value}").format(name=name, value=number(gain, 2))
        button.setToolTip(plain_tip(tip))
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self._on_mark_clicked(gain))
        return button

    def _x_of(self, gain: float) -> int:
        """Where the handle's centre stands at `gain`, in pixels."""
        handle = self.slider.handle()
        span = self.slider.width() - handle.width()
        maximum = self.slider.maximum()
        at = QStyle.sliderPositionFromValue(0, maximum, _position(gain), span)
        return at + handle.width() // 2

    def _on_mark_clicked(self, gain: float) -> None:
        self.slider.setValue(_position(gain))
        self.mark_chosen.emit(gain)

    def _on_value_changed(self) -> None:
        self._describe()
        self.moved.emit(self.strength)

    def _describe(self) -> None:
        self.slider.setAccessibleDescription(number(self.strength, 2))


class SteeringBar(QWidget):
    """Switch, slider and the value in figures; `options` fold out with More."""

    enabled_chosen = Signal(bool)
    strength_chosen = Signal(float)
    mark_chosen = Signal(float)
    shown_chosen = Signal(bool)

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = QCheckBox(self.tr("Steering"))
        self.switch.setAccessibleName(self.tr("Steer answers towards my profile"))
        commands.explain(self.switch, "steering.switch", self.tr("Off: the answer is the cloud's own"))
        self.switch.toggled.connect(self.enabled_chosen)
        self.strength = StrengthSlider()
        self.strength.moved.connect(self._on_moved)
        self.strength.mark_chosen.connect(self.mark_chosen)
        self.value = label(tone="figure")
        self.show_steering = QCheckBox(self.tr("Show steering"))
        self.show_steering.setAccessibleName(self.tr("Show which words steering changed"))
        meaning = self.tr("Orange: changed by steering, the stronger the further.")
        commands.explain(self.show_steering, "steering.show", meaning)
        self.show_steering.toggled.connect(self.shown_chosen)
        self.legend = label(
            self.tr("{meaning} Hover a word for the cloud's choice.").format(meaning=meaning),
            "muted",
            wrap=True,
        )
        self.legend.hide()
        self.show_steering.toggled.connect(self.legend.setVisible)
        self.options = MoreOptions()
        self.options.hide()
        self.more = QToolButton()
        self.more.setText(self.tr("More"))
        self.more.setAccessibleName(self.tr("More about how answers are written"))
        self.more.setToolTip(self.tr("Temperature, drawing, asking ahead, and the strength that fits you"))
        self.more.setProperty("kind", "mark")
        self.more.setCheckable(True)
        self.more.toggled.connect(self.options.setVisible)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 6, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(12)
        last = QVBoxLayout()
        last.setSpacing(0)
        last.addWidget(self.show_steering)
        last.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.switch, 0, top)
        row.addWidget(self.strength, 1, top)
        row.addWidget(self.value, 0, top)
        row.addLayout(last)
        for one in (self.switch, self.value, self.show_steering):
            one.setMinimumHeight(_SLIDER_HEIGHT)
        self._fit_value()
        # Last, because Tab goes round in this order.
        column.addWidget(self.options)
        column.addWidget(self.legend)

    def put(
        self, steering: SteeringSettings, gains: Mapping[str, float], *, is_own: bool, offline: bool = False
    ) -> None:
        """Show the state without telling of it. `is_own`: this conversation is steered otherwise than usual;
        `offline`: it is answered on this computer alone, where there is nothing to steer."""
        enabled = steering.enabled and not offline
        with QSignalBlocker(self.switch):
            self.switch.setChecked(steering.enabled)
        self.strength.put_own_mark(steering.fitted_strength)
        self.strength.put(steering.strength)
        self.strength.setEnabled(enabled)
        self.switch.setEnabled(not offline)
        self.value.setText(number(steering.strength, 2))
        self.value.setEnabled(enabled)
        self.value.setToolTip(plain_tip(self.tr("For this conversation alone") if is_own else ""))
        self.options.put(steering, gains, is_own=is_own, offline=offline)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_value()

    def _fit_value(self) -> None:
        """Wide enough for every strength, so that the slider does not move while it is dragged."""
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance(number(STRONGEST, 2)) + 8)

    def _on_moved(self, strength: float) -> None:
        self.value.setText(number(strength, 2))
        self.strength_chosen.emit(strength)
