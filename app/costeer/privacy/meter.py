"""What crossed a connection for one exchange, counted where it crosses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Crossed:
    """Bytes. `up` and `down` are the exchange's own: HTTP's, with the framing of chunks, or over HTTP/2 the frames
    of its stream. The overhead is the connection's: the handshake and the records of TLS, and over HTTP/2 the
    frames that belong to no stream. Of that, what came since it was last asked for, so that of one connection all
    add up.
    """

    up: int = 0
    down: int = 0
    overhead_up: int = 0
    overhead_down: int = 0

    def __sub__(self, other: Crossed) -> Crossed:
        return Crossed(
            self.up - other.up,
            self.down - other.down,
            self.overhead_up - other.overhead_up,
            self.overhead_down - other.overhead_down,
        )


class Meter(Protocol):
    """Of a connection that one exchange has for itself, or of its stream on one that it shares. Any thread."""

    def take(self) -> Crossed:
        """What crossed since this was last asked."""


class Watching(Protocol):
    """Who follows an exchange through the network."""

    def sent(self) -> None:
        """All of the request is out."""

    def uses(self, meter: Meter) -> None:
        """What counts the bytes of this exchange from now on."""
