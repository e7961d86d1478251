"""What an answer has taken so far, as its client counts it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloudFigures:
    """A round trip is a wait for the cloud: each stream opened, each single position, each reopening.
    `tokens_sent` counts the answer's tokens in all bodies, `positions` what came back."""

    round_trips: int = 0
    positions: int = 0
    tokens_sent: int = 0

    def plus(self, round_trips: int, positions: int, tokens_sent: int) -> CloudFigures:
        return CloudFigures(
            self.round_trips + round_trips, self.positions + positions, self.tokens_sent + tokens_sent
        )
