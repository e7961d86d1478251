"""What the local branches say of one position, when candidates are byte strings.

The mass of a candidate is that of the local texts that support it (`attribution`), conditioned on what is
written. Written text may end inside what would have been one local token; then the tokens that begin before the
end and go on behind it count with the probability of having got there: relative to the path that was taken, and
only as far as the cloud would not have written them as one token itself.

Everything about the completed cloud probabilities `b` is computed from the cloud's own words and the branch
without context: public knowledge only, on which the leak meter rests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from costeer.foundation.text import begun_character
from costeer.steering.pieces.attribution import Attribution
from costeer.steering.pieces.candidates import LEAST, Sides, Told
from costeer.steering.pieces.flows import flows_to
from costeer.steering.pieces.vocabulary import LOCAL_FROM
from costeer.steering.policy import WITHOUT_CONTEXT
from costeer.steering.types import CloudPosition, Float32Array, FloatArray, IdArray, Opinions

if TYPE_CHECKING:
    from costeer.steering.pieces.scorer import PieceScorer

BOUNDARIES = 4
"""How many local tokens back a token may begin that goes on behind what is written."""

_SPANNING_MATTERS = 1e-3
_SPANNING_AT_MOST = 64


@dataclass(frozen=True, slots=True, eq=False)
class StringRow:
    """Probabilities behind one path of local tokens: of each string (B, strings) and of an end (B,)."""

    mass: Float32Array
    ends: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """The row at place `at` of the path."""

    row: StringRow
    at: int


class PieceRow:
    """Implements `steering.types.LocalRow`. `opinions` may ask the local model for more."""

    def __init__(
        self, scorer: PieceScorer, written: bytes, path: tuple[int, ...], boundaries: Sequence[Boundary]
    ) -> None:
        """`boundaries` are consecutive places; the last one is the end of `path`."""
        self._scorer, self._strings = scorer, scorer.strings
        self._path = path
        self._boundaries = boundaries
        self._row = boundaries[-1].row
        self._inside = bool(begun_character(written))

    def opinions(self, position: CloudPosition, plausibility: float) -> Opinions:
        """See `LocalRow.opinions`. Local strings are candidates where the text stays UTF-8 with them."""
        told = Told.by(position)
        mass, ends, extra = self._conditioned(told.texts)
        flows = flows_to(self._scorer, self._path, mass, told, position)
        support = Attribution(self._strings, self._scorer.shared, mass, told.texts, flows)
        sides = Sides(support, told, mass, ends, extra, position.top_logprobs)
        kept = sides.told_candidates(plausibility)
        strings = self._sendable(sides.strings(plausibility))
        own, ids = support.of(strings), LOCAL_FROM + self._strings.ids[strings]
        if sides.end_is_candidate(plausibility):
            own = np.concatenate([own, ends[:, None]], axis=1)
            ids = np.append(ids, LOCAL_FROM + self._strings.end_tokens[0])
        branches = np.log(np.maximum(np.concatenate([sides.of_told[:, kept], own], axis=1), LEAST))
        tail = sides.tail.complete(branches[WITHOUT_CONTEXT, int(kept.sum()) :])
        cloud = np.concatenate([position.top_logprobs[kept], tail])
        all_ids = np.concatenate([position.top_ids[kept], ids])
        order = np.argsort(all_ids, kind="stable")
        told_plain = np.log(np.maximum(sides.of_told[WITHOUT_CONTEXT], LEAST))
        return Opinions(all_ids[order], cloud[order] - sides.cloud_norm(), branches[:, order], told_plain)

    def _sendable(self, some: IdArray) -> IdArray:
        """Those that can be sent to the cloud: text by themselves, and not inside a character."""
        return some[:0] if self._inside else some[self._strings.is_text[some]]

    def _conditioned(self, told: Sequence[bytes]) -> tuple[Float32Array, FloatArray, FloatArray]:
        """Mass of the strings (B, strings) and of an end (B,) behind what is written, tokens that began before
        its end included; and what such tokens give to strings that were told and are no local ones (B, told)."""
        extra = np.zeros((len(self._row.ends), len(told)))
        spanning = self._spanning()
        total = sum((weight for _, weight in spanning), np.zeros(len(self._row.ends)))
        matters = total / (1.0 + total) > _SPANNING_MATTERS  # to each branch by itself
        if not matters.any():
            return self._row.mass, self._row.ends, extra
        spanning = [(text, weight * matters) for text, weight in spanning]
        scale = 1.0 / (1.0 + total * matters)
        mass = self._row.mass * scale.astype(np.float32)[:, None]
        places = {text: at for at, text in enumerate(told)}
        for text, weight in spanning:
            known = self._strings.index(text)
            if known is None and text in places:
                extra[:, places[text]] += weight * scale
                continue
            at = known if known is not None else self._strings.longest_beginning(text)
            if at is not None:
                mass[:, at] += (weight * scale).astype(np.float32)
        return mass, self._row.ends * scale, extra

    def _spanning(self) -> list[tuple[bytes, FloatArray]]:
        """What the most probable tokens that begin before the end add behind it, with their weights (B,)
        relative to the path that was taken. Each branch has its own: what the one without context says must not
        follow from what the other finds probable."""
        found: list[tuple[bytes, FloatArray]] = []
        weight = np.ones(len(self._row.ends))
        behind = b""
        for boundary in reversed(self._boundaries[:-1]):
            token = self._scorer.prefix.bytes_of(self._path[boundary.at])
            behind = token + behind
            taken = self._strings.index(token)
            weight = weight / np.maximum(boundary.row.mass[:, taken] if taken is not None else 0.0, LEAST)
            first, last = self._strings.starting_with(behind)
            first += self._strings.index(behind) is not None
            if last <= first:
                continue
            masses = boundary.row.mass[:, first:last] * (1.0 - self._scorer.shared[first:last]) * weight[:, None]
            less = np.argsort(-masses, axis=1, kind="stable")[:, _SPANNING_AT_MOST:]
            np.put_along_axis(masses, less, 0.0, axis=1)
            some = np.flatnonzero(masses.any(axis=0))
            found += [(self._strings.text[first + at][len(behind) :], masses[:, at]) for at in some.tolist()]
        return found
