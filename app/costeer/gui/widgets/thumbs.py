"""Two small buttons that say what the user thinks of an answer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.widgets.parts import icon_button


class Thumbs(QWidget):
    """`pressed` carries +1 or -1. Which one is down is for whoever keeps them to say, with `put`."""

    pressed = Signal(int)

    def __init__(self, look: Look, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._value = 0
        self.up = icon_button(look, "thumb_up", self.tr("Good answer"))
        self.down = icon_button(look, "thumb_down", self.tr("Bad answer"))
        commands.explain(self.up, "message.thumb_up")
        commands.explain(self.down, "message.thumb_down")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        for button, value in ((self.up, 1), (self.down, -1)):
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, value=value: self._press(value))
            row.addWidget(button)

    def put(self, value: int) -> None:
        """+1, -1, or 0 for none."""
        if value != self._value:
            self._value = value
            self._look.dress(self.up, "thumb_up", _token(value == 1))
            self._look.dress(self.down, "thumb_down", _token(value == -1))
        self._check()

    def _check(self) -> None:
        buttons: tuple[tuple[QToolButton, int], ...] = ((self.up, 1), (self.down, -1))
        for button, value in buttons:
            button.setChecked(self._value == value)

    def _press(self, value: int) -> None:
        self._check()  # a click alone changes nothing
        self.pressed.emit(value)


def _token(checked: bool) -> str:
    return "accent" if checked else "muted"
