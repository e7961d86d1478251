"""Above the conversation: its title, and who answers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.parts import ElidedLabel, icon_button, label


class Header(QFrame):
    """The endpoint is named always, so that nobody needs to wonder which cloud reads along.

    `list_toggle` and `privacy_toggle` are for whoever arranges the panes.
    """

    delete_wanted = Signal()

    def __init__(self, endpoint_title: str, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.title = ElidedLabel()
        self.title.setProperty("tone", "title")
        self.title.setAccessibleName(self.tr("Conversation"))
        self.endpoint = label(endpoint_title, "muted")
        self.endpoint.setAccessibleName(self.tr("Answered by"))
        self.endpoint.setToolTip(self.tr("The cloud that answers"))
        self.list_toggle = icon_button(look, "sidebar", self.tr("Conversations"), "F9")
        self.privacy_toggle = icon_button(look, "shield", self.tr("What leaves this computer"), "F10")
        self.delete = icon_button(look, "trash", self.tr("Delete this conversation"))
        self.delete.clicked.connect(self.delete_wanted)
        policy = self.delete.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.delete.setSizePolicy(policy)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 8)
        row.setSpacing(10)
        row.addWidget(self.list_toggle)
        row.addWidget(self.title, 1)
        row.addWidget(self.delete)
        row.addWidget(self.endpoint, 0, Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.privacy_toggle)
        self.put("")

    def put(self, title: str) -> None:
        self.title.put(title or self.tr("New conversation"))
        self.delete.setVisible(bool(title))
