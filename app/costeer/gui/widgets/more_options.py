"""What folds out below the strength slider: how words are picked, and the fit to the user's own writing."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from costeer.foundation.settings import SteeringSettings
from costeer.gui.widgets.parts import label


class MoreOptions(QWidget):
    """Each control says in one sentence what it does: as its tool tip, and to a screen reader."""

    temperature_chosen = Signal(float)
    cloud_draws_chosen = Signal(bool)
    asking_ahead_chosen = Signal(bool)
    fit_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.temperature = QDoubleSpinBox()
        self.temperature.setRange(0.0, 2.0)
        self.temperature.setSingleStep(0.1)
        # While something is being typed it must not be put in order.
        self.temperature.setKeyboardTracking(False)
        self.temperature.setAccessibleName(self.tr("Temperature"))
        self.temperature.valueChanged.connect(self.temperature_chosen)
        self.cloud_draws = QCheckBox(self.tr("Let the cloud draw"))
        self.cloud_draws.toggled.connect(self.cloud_draws_chosen)
        self.asking_ahead = QCheckBox(self.tr("Ask ahead"))
        self.asking_ahead.toggled.connect(self.asking_ahead_chosen)
        self.fit = QPushButton(self.tr("Fit to me…"))
        self.fit.clicked.connect(self.fit_wanted)
        self.forget = QPushButton(self.tr("Forget"))
        self.forget.setAccessibleName(self.tr("Forget the mark You"))
        self.forget.clicked.connect(self.forget_wanted)
        self._explain()
        self._lay_out()

    def put(self, steering: SteeringSettings) -> None:
        """Show the state without telling of it."""
        with (
            QSignalBlocker(self.temperature),
            QSignalBlocker(self.cloud_draws),
            QSignalBlocker(self.asking_ahead),
        ):
            self.temperature.setValue(steering.temperature)
            self.cloud_draws.setChecked(steering.sampling == "fast")
            self.asking_ahead.setChecked(steering.prefetch > 0.0)
        self.cloud_draws.setEnabled(steering.temperature > 0.0)
        self.forget.setVisible(steering.fitted_strength is not None)

    def _explain(self) -> None:
        for control, meaning in (
            (self.temperature, self.tr("0 always takes the likeliest word; higher values vary more.")),
            (
                self.cloud_draws,
                self.tr(
                    "Above temperature 0 the cloud picks the words and this computer accepts or refuses them: "
                    "faster, but the cloud also sees which of its words were refused."
                ),
            ),
            (
                self.asking_ahead,
                self.tr(
                    "Asks the cloud for its second choices beforehand: less waiting for a distant cloud, "
                    "for up to one more cloud token per token of the answer. The demo cloud gets slower by it."
                ),
            ),
            (
                self.fit,
                self.tr("Finds the strength that suits your own writing, on this computer; nothing is sent."),
            ),
            (self.forget, self.tr("Takes the mark You off the slider.")),
        ):
            control.setToolTip(meaning)
            control.setAccessibleDescription(meaning)

    def _lay_out(self) -> None:
        words = label(self.tr("Temperature"))
        words.setBuddy(self.temperature)
        picking, fitting = QHBoxLayout(), QHBoxLayout()
        for row, widgets in (
            (picking, (words, self.temperature, self.cloud_draws)),
            (fitting, (self.asking_ahead, self.fit, self.forget)),
        ):
            row.setSpacing(12)
            for one in widgets:
                row.addWidget(one)
            row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addLayout(picking)
        column.addLayout(fitting)
