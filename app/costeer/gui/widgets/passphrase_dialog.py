"""Asks for the passphrase that seals the keys on a computer without a keychain."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from costeer.gui.widgets.parts import label

_WIDTH = 420


class PassphraseDialog(QDialog):
    """`given` with what was typed, once. A passphrase that is being chosen is typed twice. Deletes itself."""

    given = Signal(str)

    def __init__(self, parent: QWidget, *, begun: bool) -> None:
        """`begun`: there is a passphrase already."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Passphrase"))
        words = self.tr(
            "The keys of your clouds are sealed by your passphrase. It is asked for once in each session."
        )
        if not begun:
            words = self.tr(
                "This computer offers no keychain. Choose a passphrase to seal the keys of your clouds with. "
                "It is kept nowhere: without it, the keys have to be entered anew."
            )
        self.first = self._field(self.tr("Passphrase"))
        self.second = self._field(self.tr("The same again"))
        self.second.setVisible(not begun)
        self._begun = begun
        self.accept_button = QPushButton(self.tr("Unlock") if begun else self.tr("Seal with it"))
        self.accept_button.setProperty("kind", "primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._on_accept)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.first)
        column.addWidget(self.second)
        column.addStretch(1)
        column.addLayout(buttons)
        width = min(_WIDTH, self.screen().availableSize().width())
        # A label that wraps asks for height only once it is asked with a width.
        self.resize(width, column.totalHeightForWidth(width))
        for field in (self.first, self.second):
            field.textChanged.connect(self._refresh)
        self._refresh()

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        return field

    def _refresh(self) -> None:
        same = self._begun or self.first.text() == self.second.text()
        self.accept_button.setEnabled(bool(self.first.text()) and same)

    def _on_accept(self) -> None:
        self.given.emit(self.first.text())
        self.accept()
