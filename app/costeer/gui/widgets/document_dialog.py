"""The text of a file as the models see it, to be read."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from costeer.gui.widgets.document_chips import length_words, scope_meaning
from costeer.gui.widgets.parts import label
from costeer.gui.widgets.plain_field import PlainField
from costeer.gui.wording import number
from costeer.storage.records import Document

LONGEST_SHOWN = 200_000
"""More characters than this are counted, not shown: laying out more takes the window too long."""


class DocumentDialog(QDialog):
    """Read-only. Deleted when it is closed."""

    def __init__(self, document: Document, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(document.name)
        self.resize(680, 560)
        self.scope = label(f"{scope_meaning(document.scope)} · {length_words(document)}", "muted", wrap=True)
        self.text = PlainField()
        self.text.setAccessibleName(self.tr("The text of {name}").format(name=document.name))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        hidden = len(text) - LONGEST_SHOWN
        if hidden > 0:
            more = self.tr("… and {count} more characters").format(count=number(hidden))
            text = f"{text[:LONGEST_SHOWN]}\n\n{more}"
        self.text.setPlainText(text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.scope)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
