"""The exact law of what the cloud sees, had the device of one candidate written the answer.

`steering.choice.Chooser` decides with one draw; this is the distribution that its decisions have, with the same
policy, gate, plausibility mask, private strings and loop guard, so that the likelihood of a transcript under a
profile is exact. With the same local model the numbers are the device's own, bit for bit. Pure.

The attacker that takes the largest of these likelihoods is Bayes-optimal for what the transcript holds: nobody
who knows the candidates guesses right more often.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from costeer.evaluation.attribution.transcript import Transcript
from costeer.steering.choice import WITHHELD_MARKS, told_opinions
from costeer.steering.distributions import softmax
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy, is_sure, steer
from costeer.steering.repetition import completes_a_loop
from costeer.steering.types import CloudPosition, FloatArray, IdArray, LocalRow
from costeer.steering.vocabulary import Vocabulary

IMPOSSIBLE = 1e-9
"""What a place counts at least: an answer is not ruled out by one place at which rounding may have decided."""


@dataclass(frozen=True, slots=True)
class SeenLaw:
    """Of one position: with which probability the cloud comes to see which final token there, itself not among
    `by_token` where it is 0."""

    by_token: Mapping[int, float]
    end_tokens: frozenset[int]

    def probability(self, token: int) -> float:
        """Of seeing `token` in the end."""
        return self.by_token.get(token, 0.0)

    def ends(self) -> float:
        """The probability that the answer ends here."""
        return sum(self.probability(one) for one in self.end_tokens)


class SteeringLaw:
    """The device of one candidate: its policy and its private strings. Immutable; any thread."""

    def __init__(self, policy: Policy, vocabulary: Vocabulary, mask: StringMask) -> None:
        self._policy = policy
        self._neutral = replace(policy, signals=(), mixture=0.0)
        self._vocabulary = vocabulary
        self._mask = mask
        self._withheld = vocabulary.find(WITHHELD_MARKS)

    def is_public(self, position: CloudPosition) -> bool:
        """Whether the local model is not asked at this position."""
        return is_sure(position, self._policy)

    def at(
        self,
        position: CloudPosition,
        row: LocalRow | None,
        answer: Sequence[int],
        written: bytes,
    ) -> SeenLaw:
        """Behind `answer`, which spells `written`. `row` may be None where `is_public`."""
        if row is None or self.is_public(position):
            opinions, policy = told_opinions(position), self._neutral
        else:
            opinions, policy = row.opinions(position, self._policy.plausibility), self._policy
        likely = steer(opinions, policy).probabilities
        if policy.greedy:
            mass = _all_on_the_best(likely)
        elif policy.fast:
            mass = _after_rejection(position, opinions.ids, likely, policy.temperature)
        else:
            mass = likely
        return SeenLaw(self._guarded(opinions.ids, mass, likely, answer, written), self._vocabulary.end_tokens)

    def _guarded(
        self, ids: IdArray, mass: FloatArray, likely: FloatArray, answer: Sequence[int], written: bytes
    ) -> dict[int, float]:
        """What mask and loop guard make of the `mass` (n,) with which the candidates `ids` (n,) are settled on.
        `likely` (n,) says which end is the likeliest."""
        final: dict[int, float] = {}
        refused = 0.0
        for at in np.flatnonzero(mass).tolist():
            token = self._unless_it_loops(ids, likely, answer, int(ids[at]))
            if self._masked(written, token):
                refused += float(mass[at])
            else:
                final[token] = final.get(token, 0.0) + float(mass[at])
        if refused == 0.0:
            return final
        token = self._instead(written)
        final[token] = final.get(token, 0.0) + refused
        return final

    def _instead(self, written: bytes) -> int:
        """What stands in the place of a masked token."""
        if self._withheld is not None and not self._masked(written, self._withheld):
            return self._withheld
        return min(self._vocabulary.end_tokens)

    def _unless_it_loops(self, ids: IdArray, likely: FloatArray, answer: Sequence[int], token: int) -> int:
        """`token`, or the end that stands there where it would complete a loop."""
        ends = self._vocabulary.end_tokens
        if not ends or not completes_a_loop(answer, token):
            return token
        best_first = ids[np.argsort(-likely)].tolist()
        return next((one for one in best_first if one in ends), min(ends))

    def _masked(self, written: bytes, token: int) -> bool:
        return not self._mask.empty and self._mask.completes(written, self._vocabulary.text_bytes(token))


def _all_on_the_best(likely: FloatArray) -> FloatArray:
    mass = np.zeros_like(likely)
    mass[np.argmax(likely)] = 1.0
    return mass


def _after_rejection(position: CloudPosition, ids: IdArray, q: FloatArray, temperature: float) -> FloatArray:
    """Given the cloud's draw: it stands with min(1, q/p), else another comes from the normalised max(q - p, 0)."""
    p = np.zeros_like(q)
    drawing = softmax(position.top_logprobs / temperature)
    own, drawn_from = None, 0.0
    for token, mass in zip(position.top_ids.tolist(), drawing.tolist(), strict=True):
        at = int(np.searchsorted(ids, token))
        listed = at < len(ids) and ids[at] == token
        if listed:
            p[at] = mass
        if token == position.token:
            own, drawn_from = (at if listed else None), mass
    accepted = 0.0 if own is None or not drawn_from else min(1.0, float(q[own]) / drawn_from)
    residual = np.maximum(q - p, 0.0)
    total = float(residual.sum())
    seen = (1.0 - accepted) * (residual / total if total > 0.0 else q)
    if own is not None:
        seen[own] += accepted
    return np.asarray(seen)


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of a transcript, in nats. `impossible` counts the places at which the candidate's device would never have
    written what stands there; all behind the last established token are one."""

    log: float
    impossible: int


def likelihood(transcript: Transcript, laws: Sequence[SeenLaw | None], end_tokens: frozenset[int]) -> Likelihood:
    """`laws[i]` is that of position `i` behind the transcript's own tokens; None where nothing is known.

    Established tokens count by their laws. Behind them the answer may have ended at any place, or the cloud's
    words were accepted to the end; the two are added up.
    """
    log, impossible = 0.0, 0
    for at in range(transcript.established):
        law = laws[at]
        if law is not None:
            mass = law.probability(transcript.tokens[at])
            impossible += mass < IMPOSSIBLE
            log += math.log(max(mass, IMPOSSIBLE))
    rest = _unestablished(transcript, laws, end_tokens)
    return Likelihood(log + math.log(max(rest, IMPOSSIBLE)), impossible + (rest < IMPOSSIBLE))


def _unestablished(transcript: Transcript, laws: Sequence[SeenLaw | None], end_tokens: frozenset[int]) -> float:
    """The probability that no further request came."""
    accepted, ended = 1.0, 0.0
    for at in range(transcript.established, len(transcript.tokens)):
        law, own = laws[at], transcript.tokens[at]
        if law is None:
            break
        if at == transcript.limit - 1:
            return ended + accepted  # whatever stands there, nothing follows
        if own in end_tokens:
            return ended + accepted * law.ends()
        ended += accepted * law.ends()
        accepted *= law.probability(own)
    # The cloud was cut before the end of what it would have said, so the answer ended among what it did say; if
    # nothing is known there (all was said and read), it says nothing about the candidates.
    return ended if len(transcript.tokens) > transcript.established else 1.0
