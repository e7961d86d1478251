"""The report of a mistake: read it, cut what should not be in it, copy or save it. Nothing is sent."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label
from costeer.gui.widgets.plain_field import PlainField

_SIZE = (680, 600)
_TITLE_BAR = 40
"""About what the window manager puts above a dialog, in logical pixels."""


class ReportDialog(QDialog):
    """What is shown is all that there is, and may be changed. `save_wanted` with the text as it stands then."""

    save_wanted = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setWindowTitle(self.tr("Report a problem"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width()), min(_SIZE[1], room.height() - _TITLE_BAR))
        self.told = PlainField()
        self.told.setAccessibleName(self.tr("What happened"))
        self.told.setPlaceholderText(self.tr("What did you do, what did you expect, and what happened instead?"))
        self.told.setTabChangesFocus(True)
        self.body = PlainField()
        self.body.setAccessibleName(self.tr("The report in full"))
        self.body.setTabChangesFocus(True)
        self.notices = NoticeBar(look)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setProperty("kind", "primary")
        self.copy.clicked.connect(self._on_copy)
        self.save = QPushButton(self.tr("Save…"))
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.text))
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.clicked.connect(self.reject)
        for one in (self.copy, self.save, self.close_button):
            one.setAutoDefault(False)
        self._lay_out()
        look.changed.connect(self._take_fonts)
        self._take_fonts()

    @property
    def text(self) -> str:
        """As it is passed on."""
        told = self.told.toPlainText().strip()
        return f"{told}\n\n{self.body.toPlainText()}" if told else self.body.toPlainText()

    def put(self, report: str) -> None:
        self.body.setPlainText(report)

    def say(self, text: str) -> None:
        self.notices.say(text, "notice")

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.say(self.tr("Copied. Paste it where you report the problem."))

    def _take_fonts(self) -> None:
        self.body.setFont(self._look.code_font(0.9))
        self.told.setFixedHeight(self.told.fontMetrics().lineSpacing() * 3 + 16)

    def _lay_out(self) -> None:
        words = self.tr(
            "Nothing of this is sent. Read it, cut out what you do not want to tell, then copy or save it and "
            "pass it on yourself. Lines with private texts and the names of files, hosts and yours were taken out."
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.close_button)
        buttons.addStretch(1)
        buttons.addWidget(self.save)
        buttons.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.told)
        column.addWidget(self.body, 1)
        column.addWidget(self.notices)
        column.addLayout(buttons)
