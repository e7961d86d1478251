"""The field for text of several lines, written or read: whatever is put or pasted into it, the window goes on."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QWidget

LONGEST_WRAPPED = 10_000
"""Characters of a line that is wrapped. Wrapping takes more than linear time, and for ever where 65,536 spaces
stand in a row: Qt counts those in 16 bits."""


def as_field(text: str) -> str:
    """`text` as a field gives it back: ends of lines and blanks are all of one kind there."""
    document = QTextDocument()
    document.setPlainText(text)
    return document.toPlainText()


class PlainField(QPlainTextEdit):
    """As long as one of its lines is too long to be wrapped, none is. The text itself is never changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.textChanged.connect(self._wrap_again)

    def setPlainText(self, text: str) -> None:
        self._expect(text, 0)
        super().setPlainText(text)

    def insertPlainText(self, text: str) -> None:
        self._expect(text, self.textCursor().block().length())
        super().insertPlainText(text)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """What is pasted or dropped."""
        self._expect(source.text(), self.textCursor().block().length())
        super().insertFromMimeData(source)

    def _expect(self, text: str, beside: int) -> None:
        """`text` is about to come, beside so many characters of a line."""
        if max(map(len, text.split("\n"))) + beside > LONGEST_WRAPPED:
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def _wrap_again(self) -> None:
        if self.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth:
            return
        block = self.document().begin()
        while block.isValid():
            if block.length() > LONGEST_WRAPPED:
                return
            block = block.next()
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
