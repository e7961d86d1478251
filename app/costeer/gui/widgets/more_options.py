"""What folds out below the strength slider: how words are picked, and the fit to the user's own writing."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QPushButton, QVBoxLayout, QWidget

from costeer.foundation.settings import SteeringSettings
from costeer.gui.strange_text import plain_tip
from costeer.gui.widgets.budget_box import BudgetBox
from costeer.gui.widgets.parts import indent_number, label
from costeer.gui.widgets.wrapping_row import WrappingRow
from costeer.services.options import STRONGEST_GAIN
from costeer.steering.leak.budget import Limit
from costeer.steering.policy import CONTEXT, MIXTURE, PERSONAL


class MoreOptions(QWidget):
    """Each control says in one sentence what it does: as its tool tip, and to a screen reader."""

    temperature_chosen = Signal(float)
    cloud_draws_chosen = Signal(bool)
    asking_ahead_chosen = Signal(bool)
    here_chosen = Signal(bool)
    gain_chosen = Signal(str, float)
    budget_chosen = Signal(str, float)
    usual_wanted = Signal()
    own_forgotten = Signal()
    fit_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.temperature = QDoubleSpinBox()
        self.temperature.setRange(0.0, 2.0)
        self.temperature.setSingleStep(0.1)
        indent_number(self.temperature)
        # While something is being typed it must not be put in order.
        self.temperature.setKeyboardTracking(False)
        self.temperature.setAccessibleName(self.tr("Temperature"))
        self.temperature.valueChanged.connect(self.temperature_chosen)
        self.cloud_draws = QCheckBox(self.tr("Let the cloud draw"))
        self.cloud_draws.toggled.connect(self.cloud_draws_chosen)
        self.asking_ahead = QCheckBox(self.tr("Ask ahead"))
        self.asking_ahead.toggled.connect(self.asking_ahead_chosen)
        self.here = QCheckBox(self.tr("On this computer only"))
        self.here.toggled.connect(self.here_chosen)
        self.fit = QPushButton(self.tr("Does it help me?…"))
        self.fit.clicked.connect(self.fit_wanted)
        self.forget = QPushButton(self.tr("Forget"))
        self.forget.setAccessibleName(self.tr("Forget the mark You"))
        self.forget.clicked.connect(self.forget_wanted)
        self.gains = {name: self._new_gain(name) for name in (CONTEXT, MIXTURE, PERSONAL)}
        self.gains[CONTEXT].setAccessibleName(self.tr("How much your profile counts here"))
        self.gains[MIXTURE].setAccessibleName(self.tr("How much the local model's own words count here"))
        self.gains[PERSONAL].setAccessibleName(self.tr("How much the personal model counts here"))
        self.budgets: dict[Limit, BudgetBox] = {
            "answer": self._new_budget("answer"),
            "conversation": self._new_budget("conversation"),
        }
        self.budgets["answer"].setAccessibleName(self.tr("Leak bits that an answer may cost"))
        self.budgets["conversation"].setAccessibleName(self.tr("Leak bits that a conversation may cost"))
        self.make_usual = QPushButton(self.tr("Always so"))
        self.make_usual.setAccessibleName(self.tr("Steer new conversations like this one"))
        self.make_usual.clicked.connect(self.usual_wanted)
        self.as_usual = QPushButton(self.tr("As usual"))
        self.as_usual.setAccessibleName(self.tr("Steer this conversation as usual"))
        self.as_usual.clicked.connect(self.own_forgotten)
        self._explain()
        self._lay_out()

    def put(
        self, steering: SteeringSettings, gains: Mapping[str, float], *, is_own: bool, offline: bool = False
    ) -> None:
        """See `SteeringBar.put`."""
        for name, box in self.gains.items():
            with QSignalBlocker(box):
                box.setValue(gains.get(name, 0.0 if name == PERSONAL else 1.0))
        self.budgets["answer"].put(steering.answer_budget)
        self.budgets["conversation"].put(steering.conversation_budget)
        self.make_usual.setVisible(is_own)
        self.as_usual.setVisible(is_own)
        with (
            QSignalBlocker(self.temperature),
            QSignalBlocker(self.cloud_draws),
            QSignalBlocker(self.asking_ahead),
            QSignalBlocker(self.here),
        ):
            self.here.setChecked(offline)
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
                self.here,
                self.tr(
                    "The local model answers this conversation by itself, as your personal model where you have "
                    "trained one. Nothing is sent."
                ),
            ),
            (
                self.fit,
                self.tr("Finds the strength that suits your own writing, on this computer; nothing is sent."),
            ),
            (self.forget, self.tr("Takes the mark You off the slider.")),
            (
                self.budgets["answer"],
                self.tr(
                    "An answer may tell the cloud so many bits about you: the second half of them is spent with "
                    "less and less steering, then it ends and the cloud goes on alone."
                ),
            ),
            (
                self.budgets["conversation"],
                self.tr("The same for all answers of a conversation together, those on other branches included."),
            ),
            (self.make_usual, self.tr("What was chosen for this conversation becomes usual for new ones.")),
            (self.as_usual, self.tr("Forgets what was chosen for this conversation alone.")),
            *self._meanings_of_gains(),
        ):
            control.setToolTip(plain_tip(meaning))
            control.setAccessibleDescription(meaning)

    def _meanings_of_gains(self) -> tuple[tuple[QWidget, str], ...]:
        return (
            (
                self.gains[CONTEXT],
                self.tr("In this conversation: 1 as strong as the slider says, 0 not at all, 2 twice as strong."),
            ),
            (
                self.gains[MIXTURE],
                self.tr(
                    "In this conversation: how far words may come in that only the local model thought of; "
                    "1 as usual, 0 none."
                ),
            ),
            (
                self.gains[PERSONAL],
                self.tr(
                    "In this conversation: how far your personal model steers the cloud; 0 not at all. It has to "
                    "be trained first."
                ),
            ),
        )

    def _lay_out(self) -> None:
        words = label(self.tr("Temperature"))
        words.setBuddy(self.temperature)
        lines = [WrappingRow(12, 6) for _ in range(3)]
        picking, budgets, signals = lines
        picking.add_together(words, self.temperature)
        picking.addWidget(self.cloud_draws)
        picking.addWidget(self.asking_ahead)
        picking.addWidget(self.here)
        picking.add_together(self.fit, self.forget)
        budgets.add_together(label(self.tr("Leak budget: answer")), self.budgets["answer"])
        budgets.add_together(label(self.tr("Leak budget: conversation")), self.budgets["conversation"])
        signals.add_together(label(self.tr("Your profile ×")), self.gains[CONTEXT])
        signals.add_together(label(self.tr("Own words ×")), self.gains[MIXTURE])
        signals.add_together(label(self.tr("Personal model ×")), self.gains[PERSONAL])
        signals.add_together(self.make_usual, self.as_usual)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for line in lines:
            column.addLayout(line)

    def _new_gain(self, signal: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(0.0, STRONGEST_GAIN)
        box.setSingleStep(0.25)
        indent_number(box)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda gain: self.gain_chosen.emit(signal, gain))
        return box

    def _new_budget(self, limit: Limit) -> BudgetBox:
        box = BudgetBox()
        box.chosen.connect(lambda bits: self.budget_chosen.emit(limit, bits))
        return box
