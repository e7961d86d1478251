"""A slider for each preference, a field for one in the user's own words, and the fit to the answers they chose."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.weights import WeightsViewModel
from costeer.gui.widgets.parts import icon_button, label
from costeer.gui.wording import number, preference_words, tr
from costeer.personalization.principles import HEAVIEST, MOST_ACTIVE
from costeer.services.dimensions import Weighed
from costeer.services.taste import FittedTaste

_STEPS = 20
"""Of a slider, for each unit of weight."""


class PreferenceSlider(QWidget):
    """One row of the grid: it places its parts itself and is never shown."""

    moved = Signal(str, float)
    remove_wanted = Signal(str)

    def __init__(self, one: Weighed, look: Look, grid: QGridLayout, row: int) -> None:
        super().__init__()
        name = preference_words(one.dimension.id, one.dimension.principle)
        self.id = one.dimension.id
        self.name = label(name, wrap=one.own)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round(HEAVIEST * _STEPS))
        self.slider.setPageStep(_STEPS // 4)
        self.slider.setAccessibleName(tr("How much it counts: {name}").format(name=name))
        self.slider.valueChanged.connect(self._on_moved)
        self.value = label(tone="figure")
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance(number(HEAVIEST, 2)) + 8)
        self.remove: QToolButton | None = None
        grid.addWidget(self.name, row, 0)
        grid.addWidget(self.slider, row, 1)
        grid.addWidget(self.value, row, 2)
        if one.own:
            self.remove = icon_button(look, "close", tr("Remove: {name}").format(name=name))
            self.remove.clicked.connect(lambda: self.remove_wanted.emit(self.id))
            grid.addWidget(self.remove, row, 3)
        self.put(one.weight)

    def put(self, weight: float) -> None:
        """Show a weight without telling of it."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(weight * _STEPS))
        self._describe()

    def _on_moved(self, value: int) -> None:
        self._describe()
        self.moved.emit(self.id, value / _STEPS)

    def _describe(self) -> None:
        told = number(self.slider.value() / _STEPS, 2)
        self.value.setText(told)
        self.slider.setAccessibleDescription(told)


class SlidersPage(QWidget):
    """Shows a `WeightsViewModel`. `training_wanted` where there is nothing yet to steer by."""

    training_wanted = Signal()

    def __init__(self, model: WeightsViewModel, look: Look) -> None:
        super().__init__()
        self._model = model
        self._look = look
        self.sliders: list[PreferenceSlider] = []
        self.many = label(tone="muted", wrap=True)
        self.missing = label(
            tr("Nothing is steered by these yet: the local model has no adapter for them."), "error", wrap=True
        )
        self.train = QPushButton(tr("Train one…"))
        self.train.clicked.connect(self.training_wanted)
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("In your own words: in short sentences, with an example"))
        self.field.setAccessibleName(tr("A preference in your own words"))
        self.field.textChanged.connect(lambda _: self._refresh())
        self.field.returnPressed.connect(self._on_add)
        self.add = QPushButton(tr("Add"))
        self.add.clicked.connect(self._on_add)
        self.nothing = QPushButton(tr("All to 0"))
        self.nothing.clicked.connect(model.weigh_nothing)
        self.fit = QPushButton(tr("Fit to what I chose"))
        tip = tr("Reads the answers that you preferred, on this computer, and says what they tell.")
        self.fit.setToolTip(plain_tip(tip))
        self.fit.setAccessibleDescription(tip)
        self.fit.clicked.connect(model.fit)
        self.stop = QPushButton(tr("Stop"))
        self.stop.clicked.connect(model.stop)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("How much has been read"))
        self.outcome = label(wrap=True)
        self.use = QPushButton(tr("Set the sliders so"))
        self.use.clicked.connect(model.use_fitted)
        for one in (self.train, self.add, self.nothing, self.fit, self.stop, self.use):
            one.setAutoDefault(False)
        self._lay_out()
        model.listed.connect(self._make_sliders)
        model.moved.connect(self._put)
        model.fit_changed.connect(self._refresh)
        model.added.connect(lambda _: self.field.clear())
        self.say_usable(True)
        self._make_sliders()

    def say_usable(self, usable: bool) -> None:
        """Whether the local model has an adapter in use."""
        self.missing.setVisible(not usable)
        self.train.setVisible(not usable)

    def _lay_out(self) -> None:
        words = tr(
            "What answers are to be like. The local model reads the conversation under each and steers by "
            "what a trained adapter says of them; the cloud is not told."
        )
        missing = QHBoxLayout()
        missing.addWidget(self.missing, 1)
        missing.addWidget(self.train)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        own = QHBoxLayout()
        own.addWidget(self.field, 1)
        own.addWidget(self.add)
        fit = QHBoxLayout()
        fit.addWidget(self.nothing)
        fit.addStretch(1)
        fit.addWidget(self.bar, 1)
        fit.addWidget(self.stop)
        fit.addWidget(self.fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(missing)
        column.addWidget(area, 1)
        column.addWidget(self.many)
        column.addLayout(own)
        column.addLayout(fit)
        column.addWidget(self.outcome)
        column.addWidget(self.use, 0, Qt.AlignmentFlag.AlignRight)

    def _make_sliders(self) -> None:
        """Anew: there are few, and they change rarely. The slider that has the focus keeps it."""
        held = next((one.id for one in self.sliders if one.slider.hasFocus()), None)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.sliders = []
        for row, weighed in enumerate(self._model.weighed):
            made = PreferenceSlider(weighed, self._look, self._grid, row)
            made.moved.connect(self._model.weigh)
            made.remove_wanted.connect(self._model.remove)
            self.sliders.append(made)
            if weighed.dimension.id == held:
                made.slider.setFocus()
        self._grid.setRowStretch(len(self.sliders), 1)
        self._refresh()

    def _put(self) -> None:
        for one in self.sliders:
            one.put(self._model.weight_of(one.id))
        self._refresh()

    def _on_add(self) -> None:
        if self.field.text().strip():
            self._model.add(self.field.text())

    def _refresh(self) -> None:
        model = self._model
        weighing = sum(one.weight > 0.0 for one in model.weighed)
        self.many.setVisible(weighing > MOST_ACTIVE)
        self.many.setText(
            tr("Only the {most} heaviest count, as each costs time.").format(most=number(MOST_ACTIVE))
        )
        self.add.setEnabled(bool(self.field.text().strip()))
        self.nothing.setEnabled(weighing > 0)
        self.fit.setVisible(not model.fitting)
        self.stop.setVisible(model.fitting)
        self.bar.setVisible(model.fitting)
        told = model.progress
        self.bar.setRange(0, told.total or 0 if told else 0)
        self.bar.setValue(told.done if told else 0)
        self.outcome.setVisible(model.fitted is not None)
        self.use.setVisible(model.fitted is not None)
        if model.fitted is not None:
            self.outcome.setText(self._in_words(model.fitted))

    def _in_words(self, fitted: FittedTaste) -> str:
        """What is clear, then what is not."""
        told = [
            tr("{name} {weight} ± {deviation}").format(
                name=preference_words(one.dimension.id, one.dimension.principle),
                weight=number(one.fitted, 2),
                deviation=number(one.deviation, 2),
            )
            for one in sorted(fitted.weights, key=lambda one: -one.fitted)
        ]
        return tr("From {count} choices: {weights}. Below 0 you like the opposite.").format(
            count=number(fitted.choices), weights=tr(", ").join(told)
        )
