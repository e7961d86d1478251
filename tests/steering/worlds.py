"""Small deterministic worlds: a cloud and a local model whose every opinion is a function of the prefix.

Not mocks of a service: they are the mathematical objects that the engine is defined over, small enough to
enumerate. The same prefix always gets the same numbers, whoever asks and in whatever batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np

from costeer.steering.distributions import log_softmax
from costeer.steering.types import CloudPosition, Float32Array, FloatArray
from costeer.steering.vocabulary import Vocabulary

END = 0


def small_vocabulary(size: int) -> Vocabulary:
    """Token 0 ends; the others are single letters, then pairs."""
    letters = [b"<end>"] + [chr(97 + i % 26).encode() * (1 + i // 26) for i in range(size - 1)]
    return Vocabulary(letters, frozenset({END}))


@dataclass
class World:
    """`spread` is how peaked the cloud is, `difference` how far the local branches stand apart, in nats."""

    seed: int
    size: int = 24
    spread: float = 2.0
    difference: float = 2.0
    prefix_memory: int = 6

    def numbers(self, what: int, prefix: Sequence[int]) -> FloatArray:
        tail = list(prefix)[-self.prefix_memory :]
        return np.random.default_rng([self.seed, what, len(prefix), *tail]).normal(size=self.size)

    def cloud_logprobs(self, prefix: Sequence[int]) -> FloatArray:
        return log_softmax(self.spread * self.numbers(0, prefix))

    def local_logits(self, prefix: Sequence[int]) -> Float32Array:
        plain = self.spread * self.numbers(1, prefix)
        return np.stack([plain + self.difference * self.numbers(2, prefix), plain]).astype(np.float32)

    def position(self, prefix: Sequence[int], k: int) -> CloudPosition:
        logprobs = self.cloud_logprobs(prefix)
        top = np.argsort(-logprobs, kind="stable")[:k]
        token = int(top[0])
        return CloudPosition(token, top, logprobs[top], small_vocabulary(self.size).text_bytes(token))


@dataclass
class WorldCloud:
    """Implements Cloud. `burst` is how many positions have arrived whenever the decoder looks."""

    world: World
    k: int = 8
    burst: int = 3
    requests: list[tuple[int, ...]] = field(default_factory=list)

    def stream(self, answer: Sequence[int], max_tokens: int) -> WorldStream:
        self.requests.append(tuple(answer))
        return WorldStream(self, list(answer), max_tokens)


@dataclass
class WorldStream:
    cloud: WorldCloud
    prefix: list[int]
    left: int

    def take(self, most: int) -> list[CloudPosition]:
        arrived: list[CloudPosition] = []
        while self.left > 0 and len(arrived) < min(most, self.cloud.burst):
            position = self.cloud.world.position(self.prefix, self.cloud.k)
            arrived.append(position)
            self.prefix.append(position.token)
            self.left = 0 if position.token == END else self.left - 1
        return arrived

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left = 0


@dataclass
class WorldLocal:
    """Implements LocalScorer."""

    world: World

    def score(self, answer: Sequence[int], first: int) -> Float32Array:
        return np.stack([self.world.local_logits(answer[:i]) for i in range(first, len(answer) + 1)])
