"""The question before something private is sent: of each text, whether it goes as it is or is replaced."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.widgets.parts import label
from costeer.gui.wording import placeholder_kind
from costeer.services.disclosure.asking import FoundText

_WIDTH = 560
_LONGEST = 160
"""Characters of a text that are shown; a screen reader gets no more either."""


class DisclosureDialog(QDialog):
    """Enter sends, with what is chosen; Escape, and closing, send nothing. `chosen` with the choice by text and
    the texts to remember; `refused` when nothing is to be sent. Deletes itself."""

    chosen = Signal(dict, tuple)
    refused = Signal()

    def __init__(self, found: Sequence[FoundText], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Private words in what you send"))
        self._found = tuple(found)
        self.choices: list[QComboBox] = []
        self.remember: list[QCheckBox] = []
        self.all = QComboBox()
        self._make_all()
        self.send_button = QPushButton(self.tr("Send"))
        self.send_button.setProperty("kind", "primary")
        self.send_button.setDefault(True)
        self.send_button.clicked.connect(self._on_send)
        self.refuse_button = QPushButton(self.tr("Do not send"))
        self.refuse_button.setAutoDefault(False)
        self.refuse_button.clicked.connect(self.reject)
        self.rejected.connect(self.refused)
        self._lay_out()

    def _lay_out(self) -> None:
        words = self.tr(
            "This is about to be sent to the cloud. Something can stand for each of these; in the answer you see "
            "your own words again."
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.all)
        buttons.addStretch(1)
        buttons.addWidget(self.refuse_button)
        buttons.addWidget(self.send_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(12)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self._list(), 1)
        column.addLayout(buttons)
        room = self.screen().availableSize()
        self.resize(min(_WIDTH, room.width()), min(180 + 92 * min(len(self._found), 4), room.height()))

    def showEvent(self, event: QShowEvent) -> None:
        """Enter alone is enough."""
        super().showEvent(event)
        self.send_button.setFocus()

    def _make_all(self) -> None:
        self.all.setAccessibleName(self.tr("All of them"))
        self.all.view().setAccessibleName(self.tr("All of them"))
        self.all.addItem(self.tr("All: as chosen above"), None)
        self.all.addItem(self.tr("Replace all"), "replace")
        self.all.addItem(self.tr("Send all as they are"), "send")
        self.all.setVisible(len(self._found) > 1)
        self.all.activated.connect(self._on_all)

    def _list(self) -> QScrollArea:
        inside = QWidget()
        inside.setObjectName("formBody")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(0, 1)
        for row, one in enumerate(self._found):
            self._add_row(grid, 3 * row, one)
        grid.setRowStretch(3 * len(self._found), 1)
        area = QScrollArea()
        area.setObjectName("formScroll")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        return area

    def _add_row(self, grid: QGridLayout, row: int, one: FoundText) -> None:
        flat = " ".join(one.text.split())
        shown = flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"
        choice = QComboBox()
        choice.addItem(self.tr("Replace by {placeholder}").format(placeholder=one.instead), "replace")
        choice.addItem(self.tr("Send as it is"), "send")
        said = self.tr("What to do with “{text}”").format(text=shown)
        choice.setAccessibleName(said)
        choice.view().setAccessibleName(said)
        remember = QCheckBox(self.tr("Always"))
        meaning = self.tr("Do the same with “{text}” in all conversations, without asking").format(text=shown)
        remember.setToolTip(plain_tip(meaning))
        remember.setAccessibleName(meaning)
        self.choices.append(choice)
        self.remember.append(remember)
        text = label(f"“{shown}”", wrap=True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        grid.addWidget(text, row, 0, 1, 3)
        grid.addWidget(label(placeholder_kind(one.label), "muted", wrap=True), row + 1, 0)
        grid.addWidget(choice, row + 1, 1)
        grid.addWidget(remember, row + 1, 2)
        grid.setRowMinimumHeight(row + 2, 8)

    def _on_all(self) -> None:
        wanted = self.all.currentData()
        for choice in self.choices if wanted else ():
            choice.setCurrentIndex(choice.findData(wanted))

    def _on_send(self) -> None:
        made = {one.text: choice.currentData() for one, choice in zip(self._found, self.choices, strict=True)}
        kept = tuple(one.text for one, box in zip(self._found, self.remember, strict=True) if box.isChecked())
        self.rejected.disconnect(self.refused)
        self.chosen.emit(made, kept)
        self.accept()
