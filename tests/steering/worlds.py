"""Small deterministic worlds: a cloud and a local model whose every opinion is a function of the prefix.

Not mocks of a service: they are the mathematical objects that the engine is defined over, small enough to
enumerate. The same prefix always gets the same numbers, whoever asks and in whatever batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from costeer.foundation.errors import StreamBroken
from costeer.steering.distributions import log_softmax, softmax
from costeer.steering.rows import LogitsRow
from costeer.steering.types import CloudPosition, Draws, Float32Array, FloatArray, StepCost
from costeer.steering.vocabulary import Vocabulary

END = 0


def small_vocabulary(size: int) -> Vocabulary:
    """Token 0 ends; the others are words of one letter, then of two: a private text is one of whole words."""
    letters = [b"<end>"] + [b" " + chr(97 + i % 26).encode() * (1 + i // 26) for i in range(size - 1)]
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
    """Implements Cloud.

    `burst` is how many positions have arrived whenever the decoder looks, `silence` how often it looks in vain
    before each burst. Every `drop`-th stream breaks off after its first burst.
    """

    world: World
    k: int = 8
    burst: int = 3
    silence: int = 0
    drop: int = 0
    requests: list[tuple[int, ...]] = field(default_factory=list)

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> WorldStream:
        self.requests.append(tuple(answer))
        breaks = bool(self.drop) and len(self.requests) % self.drop == 0
        random = np.random.default_rng([draws.seed, len(answer)]) if draws else None
        return WorldStream(self, list(answer), max_tokens, draws, random, breaks, self.silence)


@dataclass
class WorldStream:
    cloud: WorldCloud
    prefix: list[int]
    left: int
    draws: Draws | None
    random: np.random.Generator | None
    breaks: bool
    silent: int

    @property
    def waiting(self) -> bool:
        self.silent -= 1
        return self.silent >= 0

    def take(self, most: int) -> list[CloudPosition]:
        self.silent = self.cloud.silence
        arrived: list[CloudPosition] = []
        if self.breaks and self.left == 0:
            raise StreamBroken("The connection was closed; try again.")
        while self.left > 0 and len(arrived) < min(most, self.cloud.burst):
            position = self._draw(self.cloud.world.position(self.prefix, self.cloud.k))
            arrived.append(position)
            self.prefix.append(position.token)
            self.left = 0 if position.token == END else self.left - 1
        if self.breaks:
            self.left = 0
        return arrived

    def _draw(self, position: CloudPosition) -> CloudPosition:
        if self.draws is None or self.random is None:
            return position
        law = softmax(position.top_logprobs / self.draws.temperature)
        token = int(self.random.choice(position.top_ids, p=law))
        return replace(position, token=token)

    def close(self) -> None:
        self.left = 0
        self.breaks = False


@dataclass
class WorldLocal:
    """Implements LocalScorer."""

    world: World
    cost: StepCost = field(default_factory=StepCost)

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> list[LogitsRow]:
        assert list(wanted) == sorted(set(wanted))
        assert wanted[-1] <= len(answer)
        return [LogitsRow(self.world.local_logits(answer[:i])) for i in wanted]
