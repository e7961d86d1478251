"""What the user has decided about private texts for all conversations: to look at, to change, to take back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.widgets.parts import label

_LONGEST = 120


class RememberedChoices(QWidget):
    """A list, and what can be done with the row chosen."""

    def __init__(self, model: DisclosuresViewModel) -> None:
        super().__init__()
        self._model = model
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What is done without asking"))
        self.list.setMinimumHeight(4 * self.list.fontMetrics().lineSpacing())
        self.list.currentRowChanged.connect(lambda _: self._refresh())
        self.none = label(self.tr("Nothing has been decided for all conversations yet."), "muted", wrap=True)
        self.send = QPushButton(self.tr("Send as it is"))
        self.replace = QPushButton(self.tr("Replace"))
        self.ask = QPushButton(self.tr("Ask again"))
        self.send.clicked.connect(lambda: self._put("send"))
        self.replace.clicked.connect(lambda: self._put("replace"))
        self.ask.clicked.connect(self._forget)
        buttons = QHBoxLayout()
        for one in (self.send, self.replace, self.ask):
            one.setAutoDefault(False)
            buttons.addWidget(one)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.none, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.list)
        column.addLayout(buttons)
        model.remembered_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        row = self.list.currentRow()
        self.list.clear()
        for one in self._model.remembered:
            flat = " ".join(one.text.split())
            shown = flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"
            said = (
                self.tr("“{text}” is sent as it is") if one.choice == "send" else self.tr("“{text}” is replaced")
            )
            self.list.addItem(said.format(text=shown))
        self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        self.none.setVisible(not self._model.remembered)
        self.list.setVisible(bool(self._model.remembered))
        self._refresh()

    def _refresh(self) -> None:
        row = self.list.currentRow()
        chosen = self._model.remembered[row] if 0 <= row < len(self._model.remembered) else None
        self.send.setEnabled(chosen is not None and chosen.choice != "send")
        self.replace.setEnabled(chosen is not None and chosen.choice != "replace")
        self.ask.setEnabled(chosen is not None)
        for one in (self.send, self.replace, self.ask):
            one.setVisible(bool(self._model.remembered))

    def _put(self, choice: str) -> None:
        one = self._model.remembered[self.list.currentRow()]
        self._model.remember(one.text, "send" if choice == "send" else "replace")

    def _forget(self) -> None:
        self._model.forget(self._model.remembered[self.list.currentRow()].text)
