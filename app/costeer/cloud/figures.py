"""What an answer has taken so far, as its client counts it."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloudFigures:
    """A round trip is a wait for the cloud: each stream opened, each single position, each reopening.
    `tokens_sent` counts the answer's tokens in all bodies, `positions` what came back."""

    round_trips: int = 0
    positions: int = 0
    tokens_sent: int = 0


class FigureCounter:
    """Counts on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures = CloudFigures()

    @property
    def figures(self) -> CloudFigures:
        """So far."""
        with self._lock:
            return self._figures

    def count(self, *, round_trips: int = 0, positions: int = 0, tokens_sent: int = 0) -> None:
        with self._lock:
            old = self._figures
            self._figures = CloudFigures(
                old.round_trips + round_trips, old.positions + positions, old.tokens_sent + tokens_sent
            )
