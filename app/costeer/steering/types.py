"""What the engine is told and what it asks for.

The cloud side and the local side are protocols: `cloud/` and `local/` implement them, so that the engine
never points upwards. Token ids are ids of the one vocabulary that both sides share (`vocabulary` checks that
they do); an answer is a sequence of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IdArray = NDArray[np.int64]


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
    """One request being answered. A context manager: leaving it closes the connection, and the cloud stops."""

    def take(self, most: int) -> list[CloudPosition]:
        """Wait for at least one position, then return all that have arrived, at most `most`.

        An empty list means that the stream has ended (end of answer, or `max_tokens` reached).
        Raises EndpointError when it broke, Cancelled when the token handed to the client was cancelled.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Cloud(Protocol):
    """The strong model, already given the public prompt."""

    def stream(self, answer: Sequence[int], max_tokens: int) -> CloudStream:
        """Let the cloud continue greedily after public prompt + `answer` for up to `max_tokens` tokens.

        Each call is one round trip.
        """


class LocalScorer(Protocol):
    """The small model on this computer, already given its two prompts."""

    def score(self, answer: Sequence[int], first: int) -> Float32Array:
        """Logits for the positions `first`..`len(answer)` inclusive.

        Position `i` predicts `answer[i]` from the prompt and `answer[:i]`; so the last row predicts what comes
        after the whole `answer`. Shape (len(answer) - first + 1, 2, V): branch 0 has the private context,
        branch 1 has not. The scorer keeps its KV cache between calls and works out what changed.

        Raises LocalModelLost when the model process cannot be brought back.
        """
