"""What is crossing the door right now, for whoever watches: the window's indicator, an answer's figures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from costeer.privacy.exchange import TrafficEvent

Activity = Literal["idle", "sending", "waiting", "receiving"]

_ACTIVITIES: dict[str, Activity] = {"sending": "sending", "sent": "waiting", "received": "receiving"}


@dataclass(frozen=True, slots=True)
class TrafficState:
    """Totals since the start. `activity` is what the newest open exchange does; `idle` when none is open."""

    activity: Activity = "idle"
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0


@dataclass(slots=True)
class MessageTraffic:
    """What one answer has caused so far, in bytes on the wire. Written by the board only."""

    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0


class TrafficBoard:
    """Hears every event of the transport. Any thread; subscribers are called on the thread of the exchange."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = TrafficState()
        self._open: dict[str, Activity] = {}
        self._messages: dict[str, MessageTraffic] = {}
        self._subscribers: tuple[Callable[[TrafficState], None], ...] = ()

    @property
    def state(self) -> TrafficState:
        return self._state

    def of_message(self, message_id: str) -> MessageTraffic:
        """The figures of one answer: a live object, to be read only."""
        with self._lock:
            return self._messages.setdefault(message_id, MessageTraffic())

    def subscribe(self, callback: Callable[[TrafficState], None]) -> Callable[[], None]:
        """Call `callback` after every change, until the returned function is called."""
        with self._lock:
            self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = tuple(one for one in self._subscribers if one is not callback)

        return unsubscribe

    def hear(self, event: TrafficEvent) -> None:
        """The transport's observer."""
        began = event.kind == "sending"
        with self._lock:
            if event.kind == "over":
                self._open.pop(event.exchange, None)
            else:
                self._open[event.exchange] = _ACTIVITIES[event.kind]
            newest: Activity = next(reversed(self._open.values()), "idle")
            before = self._state
            self._state = replace(
                before,
                activity=newest,
                requests=before.requests + began,
                bytes_up=before.bytes_up + event.up,
                bytes_down=before.bytes_down + event.down,
            )
            if event.message_id is not None:
                message = self._messages.setdefault(event.message_id, MessageTraffic())
                message.requests += began
                message.bytes_up += event.up
                message.bytes_down += event.down
            state, subscribers = self._state, self._subscribers
        for subscriber in subscribers:
            subscriber(state)
