"""What questions and answers have in common: they can be gone to by key, and have versions and a menu."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.message_editor import EditorWords, MessageEditor
from costeer.gui.widgets.parts import icon_button, label
from costeer.gui.widgets.text_view import TextView
from costeer.storage.records import Message

MARGIN = 8
"""Around a message, where the ring goes that shows which one has the focus."""

_RING, _CORNER = 2, 10
_READ_OUT = 1000
"""Characters of a message that a screen reader is given when it gets the focus."""

Action = Literal["edit", "regenerate", "continue", "copy", "figures", "menu", "previous", "next"]
"""What can be asked of a message."""


class BranchArrows(QWidget):
    """Which version of a message is shown, between arrows to the others. Hidden where there is only one."""

    step_wanted = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.previous = icon_button(look, "left", self.tr("Previous version"))
        self.next = icon_button(look, "right", self.tr("Next version"))
        self.place = label(tone="muted")
        self.previous.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next.clicked.connect(lambda: self.step_wanted.emit(1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        for one in (self.previous, self.place, self.next):
            row.addWidget(one)
        self.hide()

    def put(self, index: int, count: int) -> None:
        """Version number `index`, from 0, of `count`."""
        self.place.setText(self.tr("{index} / {count}").format(index=index + 1, count=count))
        said = self.tr("Version {index} of {count}").format(index=index + 1, count=count)
        self.place.setAccessibleName(said)
        for button, name in ((self.previous, self.tr("Previous version")), (self.next, self.tr("Next version"))):
            button.setAccessibleDescription(said)
            button.setAccessibleName(name)
        self.previous.setEnabled(index > 0)
        self.next.setEnabled(index < count - 1)
        self.setVisible(count > 1)

    def button(self, step: int) -> QToolButton:
        """The one that goes that way; the other one where there is nothing that way."""
        first, other = (self.previous, self.next) if step < 0 else (self.next, self.previous)
        return first if first.isEnabled() else other


class MessageFrame(QWidget):
    """`wanted` tells an Action and the message's id. The message that has the focus wears a ring.

    In its editor the message can be written anew: `edited` carries the new text, `editing` what is in the editor
    so far, or None when that was closed.
    """

    wanted = Signal(str, str)
    menu_wanted = Signal(str, QPoint)
    edited = Signal(str, str)
    editing = Signal(str, object)
    view: TextView
    _column: QVBoxLayout

    def __init__(self, message: Message, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message = message
        self._look = look
        self.editor: MessageEditor | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.branches = BranchArrows(look)
        self.branches.step_wanted.connect(lambda step: self._want("previous" if step < 0 else "next"))

    @property
    def message(self) -> Message:
        return self._message

    def put_place(self, number: int, of: int) -> None:
        """Which question, or answer, of the conversation it is, counted from 1."""
        raise NotImplementedError

    def set_current(self, current: bool) -> None:
        """Whether it is the one that keys act on."""

    def begin_edit(self, text: str | None = None) -> None:
        """Open the editor, over the message's text or over `text`, and go there."""
        if self.editor is None:
            text = self._message.text if text is None else text
            self.open_editor(text)
            self.editing.emit(self._message.id, text)
        assert self.editor is not None
        self.editor.setFocus()

    def open_editor(self, text: str) -> None:
        """As it was left."""
        if self.editor is None:
            self.editor = MessageEditor(text, self.editor_words())
            self.editor.changed.connect(lambda text: self.editing.emit(self._message.id, text))
            self.editor.sent.connect(lambda text: self.edited.emit(self._message.id, text))
            self.editor.given_up.connect(self.end_edit)
            self._column.insertWidget(self._column.indexOf(self.body) + 1, self.editor)
            self.show_editing()
            self.editor.show()

    def end_edit(self) -> None:
        """Close the editor; the message is as it was."""
        if self.editor is not None:
            editor, self.editor = self.editor, None
            self._column.removeWidget(editor)
            editor.hide()
            editor.deleteLater()
            self.show_editing()
            self.setFocus()
            self.editing.emit(self._message.id, None)

    @property
    def body(self) -> QWidget:
        """What the editor stands in place of."""
        raise NotImplementedError

    def editor_words(self) -> EditorWords:
        raise NotImplementedError

    def show_editing(self) -> None:
        """The editor has been opened or closed: show either that or the message."""
        raise NotImplementedError

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A screen reader says how it begins."""
        self.setAccessibleDescription(self._message.text[:_READ_OUT])
        super().focusInEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        where = self.mapToGlobal(self.rect().center()) if keyboard else event.globalPos()
        self.menu_wanted.emit(self._message.id, where)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._look.theme.color("accent"), _RING))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(_RING, _RING, -_RING, -_RING), _CORNER, _CORNER)

    def _menu_button(self) -> QToolButton:
        button = icon_button(self._look, "more", self.tr("More about this message"))

        def open_below() -> None:
            self.menu_wanted.emit(self._message.id, button.mapToGlobal(button.rect().bottomLeft()))

        button.clicked.connect(open_below)
        return button

    def _want(self, action: Action) -> None:
        self.wanted.emit(action, self._message.id)
