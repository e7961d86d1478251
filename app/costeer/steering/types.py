"""What the engine is told and what it asks for.

The cloud side and the local side are protocols: `cloud/` and `local/` implement them, so that the engine
never points upwards. Token ids are ids of the one vocabulary that both sides share (`vocabulary` checks that
they do); an answer is a sequence of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IdArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class CloudPosition:
    """One position of the cloud's own greedy continuation.

    `token` is what the cloud wrote there and `token_bytes` what that adds to the answer (nothing for an end
    token); `top_ids` and `top_logprobs` (shape (K,), descending, nats, before any temperature) are what it told
    about the alternatives, `top_bytes` what they spell, where it told that. The end-of-answer token is a token
    like any other and may be `token`. In a stream that was asked to draw, `token` is the cloud's own draw.
    """

    token: int
    top_ids: IdArray
    top_logprobs: FloatArray
    token_bytes: bytes = b""
    top_bytes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Draws:
    """The cloud is asked to draw rather than to be greedy: from exactly the K alternatives that it tells, with
    probabilities proportional to `exp(logprob / temperature)`. So what it drew from is known."""

    temperature: float
    seed: int


class CloudStream(Protocol):
    """One request being answered."""

    @property
    def waiting(self) -> bool:
        """Whether `take` would have to wait."""

    def take(self, most: int) -> list[CloudPosition]:
        """Wait for at least one position, then return all that have arrived, at most `most`.

        An empty list means that the stream has ended (end of answer, or `max_tokens` reached).
        Raises EndpointError when it broke, Cancelled when the token handed to the client was cancelled.
        """

    def close(self) -> None:
        """Hang up; the cloud stops. May be called again."""


class Cloud(Protocol):
    """The strong model, already given the public prompt."""

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> CloudStream:
        """Let the cloud continue after public prompt + `answer` for up to `max_tokens` tokens: greedily, or with
        its own draws. Several streams may be open at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """What is thought of the `n` candidates of one position.

    `ids` (n,) ascending; `cloud` (n,) the completed log-probabilities `b`, `branches` (B, n) those of the local
    branches, both in nats and normalised over the whole vocabulary. `told_plain` (K,) is what the branch without
    context says of the alternatives that the cloud told, candidates or not.
    """

    ids: IdArray
    cloud: FloatArray
    branches: FloatArray
    told_plain: FloatArray

    def index(self, token: int) -> int | None:
        """Where `token` is among the candidates; None when it is not one."""
        at = int(np.searchsorted(self.ids, token))
        return at if at < len(self.ids) and self.ids[at] == token else None


class LocalRow(Protocol):
    """What the local branches say of one position. Branch 0 has all of the private context, the last has none."""

    def opinions(self, position: CloudPosition, plausibility: float) -> Opinions:
        """The candidates that are plausible to the cloud or to the local model with context, and what all sides
        say of them. A candidate is plausible when it has at least the share `plausibility` of the likeliest one's
        probability; 0 lets everything in."""


@dataclass(frozen=True, slots=True)
class StepCost:
    """Seconds that local batches have taken: `seconds[i]` for `positions[i]` positions, ascending; empty when
    nothing has been measured yet. They do not grow evenly: few and many positions have kernels of their own."""

    positions: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()

    def batch(self, positions: float) -> float:
        """Between the measured sizes evenly; below and beyond them in proportion to the nearest."""
        if not self.positions:
            return 0.0
        first, last = self.positions[0], self.positions[-1]
        if positions < first:
            return self.seconds[0] * positions / first
        if positions > last:
            return self.seconds[-1] * positions / last
        return float(np.interp(positions, self.positions, self.seconds))


class LocalScorer(Protocol):
    """The small model on this computer, already given its prompts."""

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> Sequence[LocalRow]:
        """Rows for the positions `wanted`, ascending indices of at most `len(answer)`.

        Position `i` predicts `answer[i]` from the prompt and `answer[:i]`; so `len(answer)` predicts what comes
        after the whole `answer`. The scorer keeps its KV cache between calls and works out what changed; tokens
        before the first wanted position that it has not read yet are read in the same batch.

        Raises LocalModelLost when the model process cannot be brought back.
        """

    @property
    def cost(self) -> StepCost:
        """What batches have cost lately."""
