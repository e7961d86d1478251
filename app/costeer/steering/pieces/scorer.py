"""The local side of an answer whose candidates are byte strings.

What has been written is tokenised by the local model's own tokenizer, always as a function of the bytes alone,
and the rows at the last boundaries of that are what a position is judged by. Rows are kept by their path of
local tokens, so that what a batch computed on the way costs nothing when it is wanted next.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from costeer.foundation.errors import LocalModelLost
from costeer.steering.pieces.prefix import PrefixTokenizer
from costeer.steering.pieces.row import BOUNDARIES, Boundary, PieceRow, StringRow
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import Float32Array, FloatArray, StepCost

_KEPT = 32
Path = tuple[int, ...]


class LocalLogits(Protocol):
    """The local model by its own token ids; `local.process.LocalSession` is one."""

    def logits(self, answer: Sequence[int], wanted: Sequence[int]) -> Float32Array:
        """Of the positions `wanted` of `answer`, shape (positions, branches, tokens). See
        `LocalScorer.score`."""

    @property
    def cost(self) -> StepCost:
        """What a batch has cost lately."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How far candidates that are no local token are followed through shorter ones.

    At most `paths` candidates of a position, those to which the cloud gives at least the share `worth` of its
    likeliest one. None as `paths` follows every way to spell every candidate, which is exact and slow.
    """

    paths: int | None = 2
    worth: float = 0.05


class PieceScorer:
    """Implements `steering.types.LocalScorer`. One thread at a time; the rows it gives come back to it."""

    def __init__(
        self,
        source: LocalLogits,
        strings: LocalStrings,
        prefix: PrefixTokenizer,
        vocabulary: PieceVocabulary,
        shared: FloatArray,
        effort: Effort | None = None,
        *,
        room: int = 2**31,
    ) -> None:
        """`shared[i]` is how probable it is that string `i` is a token of the cloud's too. `room` is how many
        local tokens of answer fit behind the prompts."""
        self.strings, self.prefix, self.vocabulary = strings, prefix, vocabulary
        self.shared, self.effort = shared, effort or Effort()
        self._source, self._room = source, room
        self._rows: OrderedDict[Path, StringRow] = OrderedDict()

    @property
    def cost(self) -> StepCost:
        return self._source.cost

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> list[PieceRow]:
        """See `LocalScorer.score`. Raises LocalModelLost also when the answer outgrows the local context."""
        ends = list(itertools.accumulate((len(self.vocabulary.text_bytes(one)) for one in answer), initial=0))
        written = self.vocabulary.join(answer)
        prefixes = [written[: ends[at]] for at in wanted]
        paths = [self.prefix.tokens(one) for one in prefixes]
        if max(map(len, paths)) + self.strings.longest >= self._room:  # what a candidate may need is kept free
            raise LocalModelLost("The answer has filled the local model's context.")
        rows = self.fetch([(path, self._boundaries(path)) for path in paths])
        return [
            PieceRow(self, prefix, path, [Boundary(rows[path[:at]], at) for at in self._boundaries(path)])
            for prefix, path in zip(prefixes, paths, strict=True)
        ]

    def fetch(self, wanted: Sequence[tuple[Path, Sequence[int]]]) -> dict[Path, StringRow]:
        """Rows at the given places of the given paths, with one local batch for paths that continue each
        other."""
        found: dict[Path, StringRow] = {}
        run: Path = ()
        places: set[int] = set()
        for path, some in wanted:
            if path[: len(run)] != run:
                found |= self._rows_of(run, places)
                places = set()
            run = path if path[: len(run)] != run or len(path) > len(run) else run
            places |= set(some)
        return found | self._rows_of(run, places)

    def _rows_of(self, path: Path, places: Iterable[int]) -> dict[Path, StringRow]:
        found: dict[Path, StringRow] = {}
        missing: list[int] = []
        for at in sorted(places):
            row = self._rows.get(path[:at])
            if row is None:
                missing.append(at)
            else:
                self._rows.move_to_end(path[:at])
                found[path[:at]] = row
        if missing:
            for at, logits in zip(missing, self._source.logits(path, missing), strict=True):
                found[path[:at]] = self._rows[path[:at]] = StringRow(*self.strings.rows(logits))
            while len(self._rows) > _KEPT:
                self._rows.popitem(last=False)
        return found

    def _boundaries(self, path: Path) -> list[int]:
        """The end of the path, and the places before it at which a longer local token could have begun that goes
        on behind the end."""
        places = [len(path)]
        behind = b""
        for at in range(len(path) - 1, max(-1, len(path) - 1 - BOUNDARIES), -1):
            behind = self.prefix.bytes_of(path[at]) + behind
            if len(behind) >= self.strings.longest:
                break
            first, last = self.strings.starting_with(behind)
            if last - first > (self.strings.index(behind) is not None):
                places.append(at)
        # The rows in between say how probable the path to the end is.
        return list(range(min(places), len(path) + 1))
