"""A "Copy" button on each block of code, a widget over the text: for the mouse, for Tab, and for screen readers.

Window thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import islice

from PySide6.QtCore import QObject, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from costeer.gui.markdown.writer import Placed
from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look

_SAID_FOR_MS = 1_600
_MADE_AT_ONCE = 10
MOST_BUTTONS = 300
"""In one answer; code behind them is copied by selecting it."""


class CopyButtons(QObject):
    """Over `surface`, the viewport of `view`, which is before them in the order of Tab."""

    def __init__(self, look: Look, view: QWidget, surface: QWidget) -> None:
        super().__init__(view)
        self._look = look
        self._view = view
        self._surface = surface
        self.buttons: list[CopyButton] = []
        self._placed: list[Placed] = []

    @property
    def end(self) -> int:
        """Behind the start of the last block of code that has a button."""
        return self._placed[-1].start + 1 if self._placed else 0

    def arrange(self, since: int, blocks: Iterable[Placed], head: Callable[[Placed], QRect]) -> bool:
        """Put buttons on the blocks of code from position `since` on. `head`: where the head of one is.

        Returns False when buttons are still missing, since they take long to make.
        """
        kept = bisect_left(self._placed, since, key=lambda placed: placed.start)
        self._placed[kept:] = islice(blocks, max(0, MOST_BUTTONS - kept))
        missing = len(self._placed) - len(self.buttons) > _MADE_AT_ONCE
        while len(self.buttons) > len(self._placed):
            button = self.buttons.pop()
            button.hide()
            button.deleteLater()
        for _ in range(min(_MADE_AT_ONCE, len(self._placed) - len(self.buttons))):
            made = CopyButton(self._look, self._surface)
            QWidget.setTabOrder(self.buttons[-1] if self.buttons else self._view, made)
            self.buttons.append(made)
        del self._placed[len(self.buttons) :]
        for button, placed in zip(self.buttons[kept:], self._placed[kept:], strict=True):
            code = placed.piece.code
            button.offer(placed.piece.language or "", code.text if code else "")
            where, size = head(placed), button.sizeHint()
            top = where.top() + (where.height() - size.height()) // 2
            button.setGeometry(where.right() - size.width() - 4, top, size.width(), size.height())
            button.show()
        return not missing


class CopyButton(QToolButton):
    """Says for a moment that it has copied."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._code = ""
        self._language = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAID_FOR_MS)
        self._timer.timeout.connect(self._say)
        look.dress(self, "copy")
        self.setProperty("kind", "mark")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoRaise(True)
        self.clicked.connect(self._copy)
        self._say()

    def offer(self, language: str, code: str) -> None:
        self._code = code
        if language != self._language:
            self._language = language
            self._say()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self.setText(self.tr("Copied"))
        self._timer.start()

    def _say(self) -> None:
        self.setText(self.tr("Copy"))
        name = self.tr("Copy the code")
        if self._language:
            name = self.tr("Copy the {language} code").format(language=self._language)
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(name))
