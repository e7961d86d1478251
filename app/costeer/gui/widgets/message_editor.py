"""A message being written anew, in its own place."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.widgets.parts import label
from costeer.gui.widgets.plain_field import PlainField

_LEAST_LINES, _MOST_LINES = 2, 14


@dataclass(frozen=True, slots=True)
class EditorWords:
    """What the editor is called, what its buttons say and their tips, and a `note` below the text."""

    name: str
    send: str
    send_tip: str
    cancel_tip: str
    note: str = ""


class MessageEditor(QFrame):
    """Ctrl+Enter sends, Esc gives up. `sent` carries the text; whoever hears it takes the editor away. `changed`
    carries it while it is being written."""

    changed = Signal(str)
    sent = Signal(str)
    given_up = Signal()

    def __init__(self, text: str, words: EditorWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageEditor")
        self.text = PlainField()
        self.text.setAccessibleName(words.name)
        self.text.setAccessibleDescription(words.note)
        self.text.setTabChangesFocus(True)
        self.text.setPlainText(text)
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.text.installEventFilter(self)
        self.send = QPushButton(words.send)
        self.send.setProperty("kind", "primary")
        self.send.setToolTip(plain_tip(words.send_tip))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(plain_tip(words.cancel_tip))
        self.note = label(words.note, "muted", wrap=True)
        if not words.note:
            self.note.hide()
        self.send.clicked.connect(self._send)
        self.cancel.clicked.connect(self.given_up)
        self.text.textChanged.connect(self._on_text_changed)
        buttons = QHBoxLayout()
        buttons.addWidget(self.note, 1)
        buttons.addStretch(0 if words.note else 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.addWidget(self.text)
        column.addLayout(buttons)
        self.setFocusProxy(self.text)
        self._on_text_changed()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.text and event.type() == QEvent.Type.FontChange:
            self._fit()
        if watched is self.text and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self._is_own(event):
                event.accept()  # while it is open Esc means this, not what it means in the window
                return True
            if event.type() == QEvent.Type.KeyPress and self._is_own(event):
                if event.key() == Qt.Key.Key_Escape:
                    self.given_up.emit()
                else:
                    self._send()
                return True
        return super().eventFilter(watched, event)

    def _is_own(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            return True
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return enter and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)

    def _send(self) -> None:
        text = self.text.toPlainText()
        if text.strip():
            self.sent.emit(text)

    def _on_text_changed(self) -> None:
        text = self.text.toPlainText()
        self.send.setEnabled(bool(text.strip()))
        self._fit()
        self.changed.emit(text)

    def _fit(self) -> None:
        lines = min(_MOST_LINES, max(_LEAST_LINES, int(self.text.document().size().height())))
        frame = 2 * int(self.text.document().documentMargin()) + 12
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + frame)
