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
    """Shows the last thing said; an error is not replaced by a mere notice. A notice may offer one thing to do, or
    two."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "notice"
        self._acts: tuple[Callable[[], None], ...] = ()
        self.setObjectName("noticeBar")
        self.text = label(wrap=True)
        self.text.setAccessibleName(self.tr("Notice"))
        self.action, self.other = self._make_action(0), self._make_action(1)
        self.dismiss = icon_button(look, "close", self.tr("Dismiss"))
        self.dismiss.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.other)
        row.addWidget(self.dismiss)
        self.hide()

    def say(
        self,
        text: str,
        kind: Kind,
        action: str = "",
        act: Callable[[], None] | None = None,
        other: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """`action` is what the button says that runs `act` once; nothing: no button. `other` is a second one."""
        if kind == "notice" and self._kind == "error" and not self.isHidden():
            return
        self._kind = kind
        offered = [*([(action, act)] if act is not None else []), *([other] if other is not None else [])]
        self._acts = tuple(one for _, one in offered)
        self.setProperty("kind", kind)
        restyle(self)
        restyle(self.text)
        self.text.setText(text)
        self.text.setAccessibleDescription(text)
        for place, button in enumerate((self.action, self.other)):
            button.setVisible(place < len(offered))
            if place < len(offered):
                button.setText(offered[place][0])
                button.setAccessibleName(offered[place][0])
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self.text, QAccessible.Event.Alert))

    def clear(self) -> None:
        self._kind = "notice"
        self._acts = ()
        self.hide()

    def _make_action(self, place: int) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "quiet")
        made.setAccessibleName(self.tr("What can be done about it"))
        made.clicked.connect(lambda: self._on_action(place))
        return made

    def _on_action(self, place: int) -> None:
        acts = self._acts
        self.clear()
        if place < len(acts):
            acts[place]()
