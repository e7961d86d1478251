"""Asks for a passphrase, or for a new one, which is typed twice."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from costeer.gui.widgets.parts import label

_WIDTH = 420


class PassphraseDialog(QDialog):
    """`given` with what was typed; then it closes, unless it `stays` to be told whether that was right;
    `other_wanted` when the other way out is taken, where there is one. Deletes itself."""

    given = Signal(str)
    other_wanted = Signal()

    def __init__(
        self,
        parent: QWidget,
        words: str,
        *,
        accept: str,
        twice: bool = False,
        cancel: str = "",
        other: str = "",
        stays: bool = False,
    ) -> None:
        """`accept`, `cancel` and `other` are what the buttons say; empty: there is no other."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Passphrase"))
        self.first = self._field(self.tr("Passphrase"))
        self.second = self._field(self.tr("The same again"))
        self.second.setVisible(twice)
        self._twice = twice
        self._stays = stays
        self.problem = label(tone="error", wrap=True)
        self.problem.hide()
        self.accept_button = QPushButton(accept)
        self.accept_button.setProperty("kind", "primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._on_accept)
        self.cancel_button = QPushButton(cancel or self.tr("Cancel"))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.other_button = QPushButton(other)
        self.other_button.setAutoDefault(False)
        self.other_button.clicked.connect(self.other_wanted)
        buttons = QHBoxLayout()
        if other:
            buttons.addWidget(self.other_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        for one in (self.first, self.second, self.problem):
            column.addWidget(one)
        column.addStretch(1)
        column.addLayout(buttons)
        self._column = column
        self._fit()
        for field in (self.first, self.second):
            field.textChanged.connect(self._refresh)
        self._refresh()

    def again(self, problem: str) -> None:
        """What was given is not right: say so, and wait for another. Empty: nothing was given yet."""
        self.problem.setText(problem)
        self.problem.setAccessibleDescription(problem)
        self.problem.setVisible(bool(problem))
        for one in (self.first, self.second):
            one.setEnabled(True)
        self._refresh()
        self._fit()
        self.first.selectAll()
        self.first.setFocus()

    def _fit(self) -> None:
        """A label that wraps asks for height only once it is asked with a width."""
        width = min(_WIDTH, self.screen().availableSize().width())
        self.resize(width, self._column.totalHeightForWidth(width))

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        return field

    def _refresh(self) -> None:
        same = not self._twice or self.first.text() == self.second.text()
        self.accept_button.setEnabled(bool(self.first.text()) and same and self.first.isEnabled())
        self.other_button.setEnabled(self.first.isEnabled())

    def _on_accept(self) -> None:
        if self._stays:
            for one in (self.first, self.second):
                one.setEnabled(False)
            self._refresh()
            self.given.emit(self.first.text())
        else:
            self.given.emit(self.first.text())
            self.accept()
