"""The three panes side by side: conversations, the chat, what leaves this computer.

A window that is too narrow for all three gives up the privacy panel first, then the list; the chat always stays.
Both can be brought back with their buttons, in place of the other where there is no room for both.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSplitter, QWidget

_WIDTHS = (230, 630, 340)


class Panes(QSplitter):
    """Invariant: the panes that are shown fit into the width, or only the chat is shown.

    A side pane that the user has hidden stays hidden until its button is pressed again; one that was hidden for
    want of room comes back when there is room. Window thread only.
    """

    def __init__(
        self,
        left: QWidget,
        middle: QWidget,
        right: QWidget,
        left_button: QAbstractButton,
        right_button: QAbstractButton,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._middle = middle
        self._sides: dict[QWidget, QAbstractButton] = {left: left_button, right: right_button}
        self._wanted: dict[QWidget, bool] = {left: True, right: True}
        self.setHandleWidth(1)
        for one in (left, middle, right):
            self.addWidget(one)
        self.setStretchFactor(1, 1)
        self.setSizes(list(_WIDTHS))
        self.setChildrenCollapsible(False)
        for pane, button in self._sides.items():
            button.setCheckable(True)
            button.setChecked(True)
            button.toggled.connect(lambda on, pane=pane: self._on_toggled(pane, on))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    @property
    def wanted(self) -> tuple[bool, bool]:
        """Which of the side panes the user wants, room or not."""
        left, right = self._wanted.values()
        return left, right

    def restore(self, widths: Sequence[int], wanted: tuple[bool, bool]) -> None:
        """As they were: `widths` of the three, 0 for one that was not shown."""
        self.setSizes([width or usual for width, usual in zip(widths, _WIDTHS, strict=True)])
        self._wanted = dict(zip(self._sides, wanted, strict=True))
        self.fit()

    def fit(self) -> None:
        """Look again at what there is room for."""
        self._arrange(tuple(self._sides))

    def _arrange(self, order: tuple[QWidget, ...]) -> None:
        """Show what is wanted and fits; what stands first in `order` has the first claim to the room."""
        room = self.width() - _least(self._middle)
        for pane in order:
            needed = _least(pane) + self.handleWidth()
            fits = self._wanted[pane] and needed <= room
            room -= needed if fits else 0
            pane.setVisible(fits)
            with QSignalBlocker(self._sides[pane]):
                self._sides[pane].setChecked(fits)

    def _on_toggled(self, pane: QWidget, on: bool) -> None:
        self._wanted[pane] = on
        others = tuple(one for one in self._sides if one is not pane)
        self._arrange((pane, *others) if on else (*others, pane))


def _least(pane: QWidget) -> int:
    """The width below which the pane cannot be used, in logical pixels."""
    return max(pane.minimumWidth(), pane.minimumSizeHint().width())
