"""How many leak bits may be spent, as a number to type or step through."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from costeer.gui.widgets.parts import indent_number
from costeer.services.options import MOST_BUDGET
from costeer.steering.leak.budget import LEAST_BUDGET

_STEP = 10
_LEAST = int(LEAST_BUDGET)


class BudgetBox(QSpinBox):
    """0 is no bound, and says so. Between 0 and the least budget that can be kept there is nothing to choose: what
    is typed there becomes the least. `chosen` tells what the user chose, never what `put` shows."""

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0, int(MOST_BUDGET))
        self.setSingleStep(_STEP)
        self.setSpecialValueText(self.tr("No bound"))
        self.setSuffix(self.tr(" bits"))
        indent_number(self)
        self.setKeyboardTracking(False)  # while something is being typed it must not be put in order
        self.valueChanged.connect(self._on_changed)

    def put(self, bits: float) -> None:
        with QSignalBlocker(self):
            self.setValue(round(bits))

    def stepBy(self, steps: int) -> None:
        if steps < 0 and self.value() <= _LEAST:
            self.setValue(0)
        else:
            super().stepBy(steps)

    def _on_changed(self, bits: int) -> None:
        if 0 < bits < _LEAST:
            self.setValue(_LEAST)  # comes back here
        else:
            self.chosen.emit(float(bits))
