"""The user's own words, in a bubble on the right, with the files that went with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from costeer.gui.theme import Look
from costeer.gui.widgets.document_chips import sent_chip
from costeer.gui.widgets.message_editor import EditorWords
from costeer.gui.widgets.message_frame import MARGIN, MessageFrame
from costeer.gui.widgets.parts import icon_button
from costeer.gui.widgets.text_view import TextView
from costeer.storage.records import Document, Message

_BUBBLE_SHARE = 0.8
_INSIDE = 28
"""Between the bubble's edges and its text, both sides together."""


class QuestionWidget(MessageFrame):
    """Its buttons are seen while the mouse is over it or it is the current one."""

    document_wanted = Signal(object)

    def __init__(self, message: Message, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(message, look, parent)
        self.chips: list[QToolButton] = []
        self._current = False
        self._hovered = False
        self.view = TextView(look)
        self.view.setAccessibleName(self.tr("You said"))
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.view.show_plain(message.text)
        self.edit_button = icon_button(look, "edit", self.tr("Edit and send again"))
        self.edit_button.clicked.connect(lambda: self._want("edit"))
        self.copy_button = icon_button(look, "copy", self.tr("Copy the question"))
        self.copy_button.clicked.connect(lambda: self._want("copy"))
        self.menu_button = self._menu_button()
        self._buttons = (self.edit_button, self.copy_button, self.menu_button)
        self._lay_out()
        self._show_buttons()
        look.changed.connect(self._fit_bubble)  # behind the view's own

    def put_place(self, number: int, of: int) -> None:
        self.setAccessibleName(self.tr("Question {number} of {count}").format(number=number, count=of))

    def put_documents(self, documents: Sequence[Document]) -> None:
        """Show what went with the question."""
        for chip in self.chips:
            self._files.removeWidget(chip)
            chip.deleteLater()
        self.chips = [sent_chip(self._look, one) for one in documents]
        for chip, one in zip(self.chips, documents, strict=True):
            chip.clicked.connect(lambda _=False, one=one: self.document_wanted.emit(one))
            self._files.addWidget(chip, 0, Qt.AlignmentFlag.AlignRight)

    def set_current(self, current: bool) -> None:
        self._current = current
        self._show_buttons()

    @property
    def body(self) -> QWidget:
        return self._bubble_row

    def editor_words(self) -> EditorWords:
        return EditorWords(
            self.tr("Your question, to be changed"),
            self.tr("Send"),
            self.tr("Ask this instead (Ctrl+Enter); the first version stays reachable"),
            self.tr("Leave the question as it is (Esc)"),
        )

    def show_editing(self) -> None:
        self._bubble_row.setVisible(self.editor is None)
        self._show_buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_bubble()

    def _fit_bubble(self) -> None:
        most = int((self.width() - 2 * MARGIN) * _BUBBLE_SHARE) - _INSIDE
        self.view.setFixedWidth(max(40, min(most, self.view.ideal_width() + 4)))

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self._show_buttons()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self._show_buttons()
        super().leaveEvent(event)

    def _lay_out(self) -> None:
        self._bubble_row = QWidget()
        row = QHBoxLayout(self._bubble_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        bubble = QFrame()
        bubble.setObjectName("bubble")
        inside = QHBoxLayout(bubble)
        inside.setContentsMargins(_INSIDE // 2, 9, _INSIDE // 2, 7)
        inside.addWidget(self.view)
        row.addWidget(bubble)
        self._files = QVBoxLayout()
        self._files.setSpacing(4)
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2)
        below.addStretch(1)
        for one in (*self._buttons, self.branches):
            below.addWidget(one)
        for button in self._buttons:
            kept = button.sizePolicy()
            kept.setRetainSizeWhenHidden(True)
            button.setSizePolicy(kept)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        self._column.setSpacing(4)
        self._column.addLayout(self._files)
        self._column.addWidget(self._bubble_row)
        self._column.addWidget(self._below)

    def _show_buttons(self) -> None:
        shown = (self._current or self._hovered) and self.editor is None
        self._below.setVisible(self.editor is None)
        for button in self._buttons:
            button.setVisible(shown)
