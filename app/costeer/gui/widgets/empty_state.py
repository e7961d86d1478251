"""What stands where a conversation will be."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from costeer.gui.widgets.parts import label


class EmptyState(QWidget):
    """What to do first, and what it means."""

    def __init__(self) -> None:
        super().__init__()
        title = label(self.tr("Ask something."), "title")
        title.setObjectName("emptyTitle")
        hint = label(
            self.tr(
                "The cloud sees your messages and the words of the answers. Your profile stays on this computer; "
                "what an answer gives away is listed on the right.\n\n"
                "A small model on this computer knows your profile and steers the answer towards you. "
                "Write a few facts about yourself with the profile button, then ask."
            ),
            "muted",
            wrap=True,
        )
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.setSpacing(10)
        for one in (title, hint):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(one)
        column.addStretch(3)
