"""Above the conversation: its title, and who answers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.parts import icon_button, label


class Header(QFrame):
    """The endpoint is named always, so that nobody needs to wonder which cloud reads along."""

    delete_wanted = Signal()

    def __init__(self, endpoint_title: str, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.title = label(tone="title")
        self.title.setAccessibleName(self.tr("Conversation"))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.endpoint = label(endpoint_title, "muted")
        self.endpoint.setAccessibleName(self.tr("Answered by"))
        self.endpoint.setToolTip(self.tr("The cloud that answers"))
        self.delete = icon_button(look, "trash", self.tr("Delete this conversation"))
        self.delete.clicked.connect(self.delete_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(28, 16, 28, 12)
        row.setSpacing(12)
        row.addWidget(self.title, 1)
        row.addWidget(self.delete)
        row.addWidget(self.endpoint, 0, Qt.AlignmentFlag.AlignRight)
        self.put("")

    def put(self, title: str) -> None:
        self.title.setText(title or self.tr("New conversation"))
        self.title.setToolTip(title)
        self.delete.setVisible(bool(title))
