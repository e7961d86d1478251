"""The one place for errors and notices: a bar above the composer, in words, until it is closed or outdated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.parts import icon_button, label, restyle

Kind = Literal["error", "notice"]


class NoticeBar(QFrame):
    """Shows the last thing said; an error is not replaced by a mere notice. A notice may offer one thing to do."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "notice"
        self._act: Callable[[], None] | None = None
        self.setObjectName("noticeBar")
        self.text = label(wrap=True)
        self.text.setAccessibleName(self.tr("Notice"))
        self.action = QToolButton()
        self.action.setProperty("kind", "quiet")
        self.action.setAccessibleName(self.tr("What can be done about it"))
        self.action.clicked.connect(self._on_action)
        self.dismiss = icon_button(look, "close", self.tr("Dismiss"))
        self.dismiss.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.dismiss)
        self.hide()

    def say(self, text: str, kind: Kind, action: str = "", act: Callable[[], None] | None = None) -> None:
        """`action` is what the button says that runs `act` once; nothing: no button."""
        if kind == "notice" and self._kind == "error" and not self.isHidden():
            return
        self._kind = kind
        self._act = act
        self.setProperty("kind", kind)
        restyle(self)
        restyle(self.text)
        self.text.setText(text)
        self.text.setAccessibleDescription(text)
        self.action.setText(action)
        if action:
            self.action.setAccessibleName(action)
        self.action.setVisible(act is not None)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self.text, QAccessible.Event.Alert))

    def clear(self) -> None:
        self._kind = "notice"
        self._act = None
        self.hide()

    def _on_action(self) -> None:
        act = self._act
        self.clear()
        if act is not None:
            act()
