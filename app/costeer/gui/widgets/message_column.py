"""A long column of messages of which only those near the screen are built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look
from costeer.gui.widgets.empty_state import EmptyState
from costeer.gui.widgets.message_frame import MARGIN, MessageFrame
from costeer.storage.records import Message, Role

COLUMN_WIDTH = 760
"""Lines longer than this are hard to read."""

_AT_ONCE, _CHARACTERS_AT_ONCE = 6, 3000
"""Messages that are built before the first paint, fewer where they are long; their neighbours follow in the next
turns of the event loop."""

_REACH = 1.5
"""How many heights of the screen are built beyond its edges."""

_NEAR_THE_END = 48
_ABOVE_AIM = 16


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What stays `y` below the top of the screen: the top of a message, or the line at `place` in its text."""

    message: str
    y: int
    place: int | None = None


_PATIENCE = 40
"""Turns that building waits for what is built to be written, so that its height is known."""


class MessageColumn(QScrollArea):
    """Messages [low, high) of the thread are built. Scrolling near an edge of them builds more, one in each turn
    of the event loop.

    What is on the screen stays where it is while its surroundings grow: the end, as long as the end is shown, else
    the anchor. What is not seen is let go while the window is dressed anew, and built again. Window thread.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._messages: list[Message] = []
        self._low = self._high = 0
        self._widgets: dict[str, MessageFrame] = {}
        self._at_end = True
        self._anchor: _Anchor | None = None
        self._moving = False
        self._waited = 0
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = EmptyState()
        self._body = QWidget()
        self._body.setObjectName("transcriptBody")
        self._column = QVBoxLayout(self._body)
        self._column.setSpacing(6)
        self._column.addWidget(self.empty, 1)
        self._column.addStretch(1)
        self.setWidget(self._body)
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill)
        look.changing.connect(self._on_look_changing)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range_changed)
        bar.valueChanged.connect(self._on_scrolled)

    def make(self, message: Message) -> MessageFrame:
        """The widget of a message."""
        raise NotImplementedError

    def on_built(self) -> None:
        """Further messages have been built."""

    def replace(self, messages: Sequence[Message]) -> None:
        """Show the end of another thread."""
        self.setUpdatesEnabled(False)
        self._clear()
        self._messages = list(messages)
        self._low = self._high = len(self._messages)
        self._at_end, self._anchor = True, None
        for _ in range(_few(reversed(self._messages))):
            self._build_before()
        self._arrange()
        self.setUpdatesEnabled(True)

    def replace_from(self, at: int, messages: Sequence[Message], top: int) -> None:
        """Show another thread that is the same up to message number `at`, whose top is to be at `top` on the
        screen."""
        self.setUpdatesEnabled(False)
        self._forget([one.id for one in self._messages[at:]])
        self._messages = list(messages)
        self._high = at
        self._low = min(self._low, at)
        self._at_end, self._anchor = False, _Anchor(self._messages[at].id, top)
        for _ in range(_few(self._messages[at:])):
            self._build_after()
        self._arrange()
        self.setUpdatesEnabled(True)

    def append(self, message: Message) -> None:
        """A new message, which is scrolled to."""
        if self._high < len(self._messages):
            self.replace([*self._messages, message])
            return
        self._messages.append(message)
        self._at_end, self._anchor = True, None
        self._build_after()
        self._arrange()

    def update_message(self, message: Message) -> None:
        self._messages = [message if one.id == message.id else one for one in self._messages]

    def remove(self, ids: Sequence[str]) -> None:
        gone = set(ids)
        self._low -= sum(one.id in gone for one in self._messages[: self._low])
        self._high -= sum(one.id in gone for one in self._messages[: self._high])
        self._messages = [one for one in self._messages if one.id not in gone]
        self._forget(ids)
        self._arrange()

    def reveal(self, message_id: str) -> bool:
        """Scroll a message to the top. Returns whether it is one of the thread."""
        at = self._index(message_id)
        if at is None:
            return False
        if message_id not in self._widgets:
            self._restart_at(at)
        self._at_end, self._anchor = False, _Anchor(message_id, _ABOVE_AIM)
        self._keep_place()
        self._filling.start()
        return True

    def bring_in_view(self, message_id: str) -> bool:
        """Scroll as far as it takes to see a message, or its beginning where it is taller than the screen."""
        widget = self._widgets.get(message_id)
        if widget is None:
            return self.reveal(message_id)
        top, height = self.top_of(widget), self.viewport().height()
        if top < 0 or widget.height() > height:
            return self.reveal(message_id)
        if top + widget.height() > height:
            self._at_end, self._anchor = False, _Anchor(message_id, height - widget.height())
            self._keep_place()
            self._on_scrolled(self.verticalScrollBar().value())
        return True

    @property
    def building(self) -> bool:
        """Whether more messages are about to be built."""
        return self._filling.isActive()

    def knows(self, message_id: str) -> bool:
        return self._index(message_id) is not None

    def ids(self) -> list[str]:
        """Of the whole thread."""
        return [one.id for one in self._messages]

    def widget_of(self, message_id: str) -> MessageFrame | None:
        """None for what is not built."""
        return self._widgets.get(message_id)

    def at(self, index: int) -> MessageFrame | None:
        """The widget of message number `index`."""
        return self._widgets.get(self._messages[index].id) if index < len(self._messages) else None

    def built(self) -> list[MessageFrame]:
        """In the order of the thread."""
        return [self._widgets[one.id] for one in self._messages[self._low : self._high]]

    def numbered(self) -> Iterator[tuple[MessageFrame, int, int]]:
        """What is built, with its number, from 1, among how many of its kind."""
        roles = [one.role for one in self._messages]
        total = {role: roles.count(role) for role in set(roles)}
        seen: dict[Role, int] = {role: roles[: self._low].count(role) for role in total}
        for widget in self.built():
            role = widget.message.role
            seen[role] += 1
            yield widget, seen[role], total[role]

    def last_of(self, role: Role) -> str | None:
        return next((one.id for one in reversed(self._messages) if one.role == role), None)

    def top_of(self, widget: QWidget) -> int:
        """Where it begins, in pixels from the top of the screen."""
        return widget.y() - self.verticalScrollBar().value()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = max(28, (self.viewport().width() - COLUMN_WIDTH) // 2) - MARGIN
        self._column.setContentsMargins(side, 18, side, 22)
        self._filling.start()

    def _index(self, message_id: str) -> int | None:
        return next((at for at, one in enumerate(self._messages) if one.id == message_id), None)

    def _clear(self) -> None:
        self._forget(tuple(self._widgets))

    def _forget(self, ids: Sequence[str]) -> None:
        for message_id in ids:
            widget = self._widgets.pop(message_id, None)
            if widget is not None:
                self._column.removeWidget(widget)
                widget.hide()
                widget.deleteLater()

    def _restart_at(self, at: int) -> None:
        """Build anew from message number `at`, in both directions."""
        self.setUpdatesEnabled(False)
        self._clear()
        self._low = self._high = at
        for _ in range(_few(self._messages[at:])):
            self._build_after()
        self._arrange()
        self._body.adjustSize()  # so that there is a place to scroll to
        self.setUpdatesEnabled(True)

    def _build_before(self) -> None:
        self._low -= 1
        self._build(self._messages[self._low], 1)  # behind the empty state

    def _build_after(self) -> None:
        self._build(self._messages[self._high], self._column.count() - 1)  # before the stretch
        self._high += 1

    def _build(self, message: Message, place: int) -> None:
        widget = self.make(message)
        self._widgets[message.id] = widget
        self._column.insertWidget(place, widget)
        widget.show()  # at once, so that it can have the focus

    def _arrange(self) -> None:
        self.empty.setVisible(not self._messages)
        self._waited = 0
        self._filling.start()

    def _fill(self) -> None:
        """Build one message more where the screen is near an edge of what is built; stop when it is not."""
        bar = self.verticalScrollBar()
        reach = _REACH * self.viewport().height()
        before = self._low > 0 and bar.value() < reach
        after = self._high < len(self._messages) and bar.maximum() - bar.value() < reach
        if not (before or after):
            self._filling.stop()
            self._column.activate()  # what is built may not have been laid out yet
            self._keep_place()
            return
        if Workshop.of(self._look).busy and self._waited < _PATIENCE:
            self._waited += 1
            return
        self._waited = 0
        if not self._at_end and self._anchor is None:
            self._anchor = self._first_seen()
        if before:
            self._build_before()
        else:
            self._build_after()
        self.on_built()

    def _seen(self) -> list[MessageFrame]:
        """What is on the screen, or a part of it."""
        tops = ((one, self.top_of(one)) for one in self.built())
        return [one for one, top in tops if top + one.height() > 0 and top < self.viewport().height()]

    def _first_seen(self) -> _Anchor | None:
        """The message at the top of the screen."""
        seen = self._seen()
        return _Anchor(seen[0].message.id, self.top_of(seen[0])) if seen else None

    def _first_line(self) -> _Anchor | None:
        """The line at the top of the screen."""
        seen = self._seen()
        if not seen:
            return None
        view = seen[0].view
        place = view.position_at(view.seen_from())
        return _Anchor(seen[0].message.id, self._y_of(seen[0], place), place)

    def _y_of(self, widget: MessageFrame, place: int) -> int:
        """Where a line of its text is, in pixels from the top of the screen."""
        return widget.view.mapTo(self.viewport(), QPoint(0, widget.view.y_of(place))).y()

    def _on_look_changing(self) -> None:
        """Text may get another size, so it is a line that stays. The fewer messages there are, the sooner all of
        the window is dressed."""
        seen = self._seen()
        if not seen:
            return
        if not self._at_end:
            self._anchor = self._first_line()
        low = next(at for at, one in enumerate(self._messages) if one.id == seen[0].message.id)
        high = low + len(seen)
        for one in (*self._messages[self._low : low], *self._messages[high : self._high]):
            shiboken6.delete(self._widgets.pop(one.id))  # at once: what is to be deleted later is dressed, too
        self._low, self._high = low, high
        self._arrange()

    def _keep_place(self) -> None:
        """To the end or to the anchor, also while what is above is still getting its height."""
        bar = self.verticalScrollBar()
        self._moving = True
        if self._at_end:
            bar.setValue(bar.maximum())
        elif self._anchor is not None:
            anchor, widget = self._anchor, self._widgets.get(self._anchor.message)
            if widget is not None:
                at = self.top_of(widget) if anchor.place is None else self._y_of(widget, anchor.place)
                bar.setValue(bar.value() + at - anchor.y)
        self._moving = False

    def _on_range_changed(self, _low: int, _high: int) -> None:
        self._keep_place()

    def _on_scrolled(self, value: int) -> None:
        if self._moving:
            return
        all_built = self._high == len(self._messages)
        self._at_end = all_built and value >= self.verticalScrollBar().maximum() - _NEAR_THE_END
        self._anchor = None if self._at_end else self._first_seen()
        if not self._filling.isActive():
            self._filling.start()


def _few(messages: Iterable[Message]) -> int:
    """How many of them are built at once, the first ones."""
    count = characters = 0
    for one in messages:
        if count == _AT_ONCE or characters > _CHARACTERS_AT_ONCE:
            break
        count += 1
        characters += len(one.text)
    return count
