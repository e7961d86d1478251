"""The one place for errors and notices: a bar above the composer, in words, until it is closed or outdated."""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.parts import icon_button, label, restyle

Kind = Literal["error", "notice"]


class NoticeBar(QFrame):
    """Shows the last thing said; an error is not replaced by a mere notice."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "notice"
        self.setObjectName("noticeBar")
        self.text = label(wrap=True)
        self.text.setAccessibleName(self.tr("Notice"))
        self.dismiss = icon_button(look, "close", self.tr("Dismiss"))
        self.dismiss.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self.text, 1)
        row.addWidget(self.dismiss)
        self.hide()

    def say(self, text: str, kind: Kind) -> None:
        if kind == "notice" and self._kind == "error" and not self.isHidden():
            return
        self._kind = kind
        self.setProperty("kind", kind)
        restyle(self)
        restyle(self.text)
        self.text.setText(text)
        self.text.setAccessibleDescription(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self.text, QAccessible.Event.Alert))

    def clear(self) -> None:
        self._kind = "notice"
        self.hide()
