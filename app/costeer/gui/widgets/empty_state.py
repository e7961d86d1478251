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
        self.hint = hint = label("", "muted", wrap=True)
        self.put(offline=False)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.setSpacing(10)
        for one in (title, hint):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(one)
        column.addStretch(3)

    def put(self, *, offline: bool) -> None:
        """`offline`: the conversation is going to be answered on this computer alone."""
        if offline:
            self.hint.setText(
                self.tr(
                    "This conversation is answered on this computer only: by the local model, which knows your "
                    "profile. Nothing is sent."
                )
            )
            return
        self.hint.setText(
            self.tr(
                "The cloud sees your messages and the words of the answers. Your profile stays on this computer; "
                "what an answer gives away is listed on the right.\n\n"
                "A small model on this computer knows your profile and steers the answer towards you. "
                "Write a few facts about yourself with the profile button, then ask."
            )
        )
