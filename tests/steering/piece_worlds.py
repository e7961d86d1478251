"""Small worlds in which cloud and local model cut the same text differently.

Both are functions of what is written, byte for byte; each has a vocabulary of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from costeer.steering.distributions import log_softmax
from costeer.steering.pieces.prefix import PrefixTokenizer
from costeer.steering.pieces.scorer import Effort, PieceScorer
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition, Draws, Float32Array, FloatArray, StepCost

END = b"<end>"

LOCAL = [END, b"a", b"b", b"ab", b"ba", b"abb", b" ", b" a", b"b ", b"\xc3", b"\xa4", b"\xc3\xa4", b"<x>"]
CLOUD = [b"", b"a", b"b", b"aa", b"bab", b"abba", b" ", b" b", b"\xc3", b"\xa4", b"a ", b"ab"]
CONTROL = (12,)


@dataclass
class LocalWorld:
    """Implements LocalLogits: three branches, of which the second is in between."""

    seed: int
    tokens: Sequence[bytes] = tuple(LOCAL)
    spread: float = 1.5
    difference: float = 1.0
    cost: StepCost = field(default_factory=StepCost)
    batches: int = 0

    def logits(self, answer: Sequence[int], wanted: Sequence[int]) -> Float32Array:
        assert list(wanted) == sorted(set(wanted))
        assert wanted[-1] <= len(answer)
        self.batches += 1
        return np.stack([self._row(answer[:at]) for at in wanted])

    def probabilities(self, path: Sequence[int]) -> FloatArray:
        """(B, tokens), float64, for brute force."""
        return np.exp([log_softmax(one) for one in self._row(path).astype(np.float64)])

    def _row(self, path: Sequence[int]) -> Float32Array:
        random = np.random.default_rng([self.seed, len(path), *list(path)[-4:]])
        plain, other = self.spread * random.normal(size=(2, len(self.tokens)))
        both = [plain + self.difference * other, plain + 0.5 * self.difference * other, plain]
        return np.stack(both).astype(np.float32)


@dataclass
class TextCloud:
    """Implements Cloud over texts; `spell` says what the ids of an answer are."""

    seed: int
    spell: Callable[[Sequence[int]], bytes]
    learn: Callable[[CloudPosition], None]
    tokens: Sequence[bytes] = tuple(CLOUD)
    k: int = 5
    burst: int = 3
    spread: float = 1.5

    def position(self, written: bytes) -> CloudPosition:
        random = np.random.default_rng([self.seed, 9, zlib.crc32(written)])
        logprobs = log_softmax(self.spread * random.normal(size=len(self.tokens)))
        top = np.argsort(-logprobs, kind="stable")[: self.k]
        told = tuple(self.tokens[one] for one in top)
        return CloudPosition(int(top[0]), top, logprobs[top], told[0], told)

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> TextStream:
        return TextStream(self, self.spell(answer), max_tokens)


@dataclass
class TextStream:
    cloud: TextCloud
    written: bytes
    left: int
    waiting: bool = False

    def take(self, most: int) -> list[CloudPosition]:
        arrived: list[CloudPosition] = []
        while self.left > 0 and len(arrived) < min(most, self.cloud.burst):
            position = self.cloud.position(self.written)
            self.cloud.learn(position)
            arrived.append(position)
            self.written += position.token_bytes
            self.left = self.left - 1 if position.token_bytes else 0
        return arrived

    def close(self) -> None:
        self.left = 0


def longest_first(tokens: Sequence[bytes]) -> Callable[[str], list[int]]:
    """A tokenizer: the longest token that fits, from the left."""

    def tokenize(text: str) -> list[int]:
        data, ids = text.encode(), []
        while data:
            fitting = [
                at for at, one in enumerate(tokens) if data.startswith(one) and one and at not in (0, *CONTROL)
            ]
            best = max(fitting, key=lambda at: len(tokens[at]))
            ids.append(best)
            data = data[len(tokens[best]) :]
        return ids

    return tokenize


def scorer_of(
    local: LocalWorld, shared: float = 0.9, effort: Effort | None = None
) -> tuple[PieceScorer, PieceVocabulary]:
    strings = LocalStrings(local.tokens, [0], CONTROL)
    prefix = PrefixTokenizer(strings, local.tokens, longest_first(local.tokens))
    vocabulary = PieceVocabulary(strings, local.tokens)
    return PieceScorer(local, strings, prefix, vocabulary, np.full(len(strings), shared), effort), vocabulary
