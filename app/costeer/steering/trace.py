"""What is remembered of each token: what the cloud wanted, what was chosen, and what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Draw = Literal["", "accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One alternative at a position, with its probability before (cloud) and after (steered)."""

    token: int
    text: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class TokenTrace:
    """One final token.

    `text` is what the token adds to the answer (several tokens may share a character: then the last one of
    them carries it and the others are empty). `moved` says, per signal in nats, how far it pushed the chosen
    token relative to the one the cloud wanted; nothing where the cloud was so sure that no bounded difference
    could have mattered. `probability` is the steered probability of the choice (1.0 when greedy),
    `cloud_probability` what the cloud gave it, tail completion included. `steered` is False for a token that
    the cloud wrote alone (strength 0, or the local model was lost).

    `shown` is what the user sees of it where that is not `text`: a placeholder that this computer fills in appears
    with its last token.

    `draw` is what became of the cloud's own draw `cloud_token`, where it drew. Then `probability` is that of
    what the cloud gets to see, given its draw: that it was accepted, or that it was refused and `token` drawn.

    `bits` is what the leak meter counted for the decision.
    """

    index: int
    token: int
    text: str
    cloud_token: int
    cloud_text: str
    probability: float
    cloud_probability: float
    steered: bool
    moved: dict[str, float]
    candidates: tuple[Candidate, ...] = ()
    draw: Draw = ""
    bits: float = 0.0
    shown: str | None = None

    @property
    def displayed(self) -> str:
        """What the token adds to the answer on the screen."""
        return self.text if self.shown is None else self.shown

    def leading(self, count: int) -> tuple[Candidate, ...]:
        """The chosen token and the cloud's first, then the others that were likely after steering."""
        ends = {self.token: 0, self.cloud_token: 1}
        ordered = sorted(self.candidates, key=lambda one: (ends.get(one.token, 2), -one.after))
        return tuple(ordered[:count])

    @property
    def changed(self) -> bool:
        """Whether steering wrote something else than the cloud wanted."""
        return self.token != self.cloud_token


Written = TokenTrace | str
"""A token that is kept to be shown: where steering left it alone, what is `displayed` is enough. A long answer has
tens of thousands, and each trace is one more for the garbage collector to look at."""
