"""Where the user writes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from costeer.gui.commands import Commands
from costeer.gui.theme import Look
from costeer.gui.widgets.composer_text import ComposerText
from costeer.gui.widgets.document_chips import AttachmentList
from costeer.gui.widgets.parts import icon_button, label, restyle

_MOST_LINES = 9


class Composer(QFrame):
    """A text that grows with what is written. Enter sends, Shift+Enter starts a line, Esc stops the answer.

    The text is cleared by whoever takes it, not by sending: a message that cannot be asked is not lost. Enter asks
    for sending even while an answer is written; whoever hears that says why it cannot be. Up in an empty field is
    for changing the last question. Files that wait for the question are listed above it.
    """

    send_wanted = Signal(str)
    stop_wanted = Signal()
    edit_last_wanted = Signal()
    files_wanted = Signal()
    files_given = Signal(list)

    def __init__(self, look: Look, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._commands = commands
        self._busy = False
        self.setObjectName("composerBox")
        self.text = ComposerText()
        self.text.setObjectName("composerText")
        self.text.setAccessibleName(self.tr("Message"))
        self.text.setPlaceholderText(self.tr("Ask something…"))
        self.text.setTabChangesFocus(True)
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._on_text_changed)
        self.button = icon_button(look, "send", self.tr("Send"), self.tr("Enter"), token="on_accent")
        self.button.setProperty("kind", "send")
        self.button.clicked.connect(self._on_clicked)
        self.text.files_given.connect(self.files_given)
        self.clip = icon_button(look, "paperclip", self.tr("Add files"))
        self.clip.clicked.connect(self.files_wanted)
        self.clip.setFixedHeight(self.button.sizeHint().height())
        self.attachments = AttachmentList(look)
        self.dropping = label(self.tr("Drop files here: they stay on this computer unless you say else"), "muted")
        self.dropping.hide()
        row = QHBoxLayout()
        row.addWidget(self.clip, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.text, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 7, 8, 7)
        column.setSpacing(4)
        column.addWidget(self.dropping)
        column.addWidget(self.attachments)
        column.addLayout(row)
        self.setFocusProxy(self.text)
        self._on_text_changed()

    def set_busy(self, busy: bool) -> None:
        """While an answer is written the button stops it."""
        self._busy = busy
        self._look.dress(self.button, "stop" if busy else "send", "on_accent")
        name = self.tr("Stop") if busy else self.tr("Send")
        self.button.setAccessibleName(name)
        # Enter is the text field's own key and no command: it cannot be given to another.
        self._commands.explain(
            self.button, "chat.stop" if busy else "", self.tr("Stop") if busy else self.tr("Send (Enter)")
        )
        self._on_text_changed()

    def set_dropping(self, dropping: bool) -> None:
        """Whether files are being dragged over the window."""
        self.dropping.setVisible(dropping)
        self.setProperty("focused", dropping or self.text.hasFocus())
        restyle(self)

    def put(self, text: str) -> None:
        """What was written before, to go on with."""
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
            self.text.moveCursor(QTextCursor.MoveOperation.End)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.text and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", event.type() == QEvent.Type.FocusIn)
            restyle(self)
        if watched is self.text and event.type() == QEvent.Type.FontChange:
            self._on_text_changed()
        if watched is self.text and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._takes(event)
        return super().eventFilter(watched, event)

    def _takes(self, event: QKeyEvent) -> bool:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._send()
            return True
        if event.key() == Qt.Key.Key_Up and not event.modifiers() and not self.text.toPlainText():
            self.edit_last_wanted.emit()
            return True
        return False

    def _on_clicked(self) -> None:
        if self._busy:
            self.stop_wanted.emit()
        else:
            self._send()

    def _send(self) -> None:
        text = self.text.toPlainText()
        if text.strip():
            self.send_wanted.emit(text)

    def _on_text_changed(self) -> None:
        self.button.setEnabled(self._busy or bool(self.text.toPlainText().strip()))
        lines = min(_MOST_LINES, max(1, int(self.text.document().size().height())))
        frame = 2 * int(self.text.document().documentMargin()) + 2
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + frame)
