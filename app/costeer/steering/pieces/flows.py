"""Text that reaches a candidate through local tokens that are shorter than it.

Exactly that is a sum over all ways to spell the candidate. Nearly all of it lies on one: where the candidate is
a local token, that token, else the model's own tokenisation, so that only a candidate of the second kind is
followed, and only as far as it may matter. The mass of those that are not followed lies between nothing and that
of their first local token; it is taken to be as the cloud says, both branches alike: then the difference of the
branches is that of the first token, and the mixture does not credit the candidate with everything that starts
alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from costeer.steering.policy import WITHOUT_CONTEXT
from costeer.steering.types import CloudPosition, Float32Array, FloatArray

if TYPE_CHECKING:
    from costeer.steering.pieces.candidates import Told
    from costeer.steering.pieces.scorer import PieceScorer


_LEAST_LEFT = 1e-3
"""Of a string's mass: less is the rounding of what was followed."""


def flows_to(
    scorer: PieceScorer, path: tuple[int, ...], mass: Float32Array, told: Told, position: CloudPosition
) -> dict[int, dict[int, FloatArray]]:
    """See `attribution.Flows`. `mass` (B, strings) is behind `path`."""
    strings, effort = scorer.strings, scorer.effort
    told_mass = np.exp(position.top_logprobs)
    probabilities: FloatArray = np.zeros(len(told.texts))
    np.add.at(probabilities, told.text_of[told.text_of >= 0], told_mass[told.text_of >= 0])
    shares: dict[int, dict[int, FloatArray]] = {}  # of the string's mass
    if effort.paths is None:
        for candidate, text in enumerate(told.texts):
            for first in strings.beginnings(text):
                rest = text[len(strings.text[first]) :]
                reached = spelled_mass(scorer, (*path, int(strings.ids[first])), rest)
                shares.setdefault(first, {})[candidate] = reached
    else:
        left = effort.paths
        estimated: dict[int, list[int]] = {}
        for candidate in np.argsort(-probabilities, kind="stable").tolist():
            text = told.texts[candidate]
            matters = probabilities[candidate] >= effort.worth * probabilities.max()
            own = strings.index(text) is not None and not (matters and _is_cut(scorer, text))
            beginnings = [] if own else strings.beginnings(text)
            if not beginnings:
                continue
            first = max(beginnings, key=lambda one: float(mass[WITHOUT_CONTEXT, one]))
            if left > 0 and matters:
                left -= 1
                rest = text[len(strings.text[first]) :]
                reached = tokenised_mass(scorer, (*path, int(strings.ids[first])), rest)
                shares.setdefault(first, {})[candidate] = reached
            elif strings.index(text) is None:
                estimated.setdefault(first, []).append(candidate)
        missing = max(0.0, 1.0 - float(told_mass.sum()))
        for first, some in estimated.items():
            alike = [at for at, one in enumerate(told.texts) if one.startswith(strings.text[first])]
            _estimate(told.texts, shares.setdefault(first, {}), some, alike, probabilities, missing, len(mass))
    return {
        first: {candidate: mass[:, first] * share for candidate, share in known.items()}
        for first, known in shares.items()
    }


def _is_cut(scorer: PieceScorer, text: bytes) -> bool:
    """Whether the model's tokenizer writes the text in several tokens although there is one. That concerns white
    space (two newlines before a word): only such a text is asked about."""
    return text[-1:].isspace() and len(scorer.prefix.tokens_of(text)) > 1


def _estimate(
    texts: Sequence[bytes],
    known: dict[int, FloatArray],
    some: Iterable[int],
    alike: Sequence[int],
    probabilities: FloatArray,
    missing: float,
    branches: int,
) -> None:
    """Divide what the branch without context leaves of a string's mass among the candidates `some` that were not
    followed, as the cloud does among all that start `alike`; what it has not told may all be of them."""
    others = missing + sum(float(probabilities[at]) for at in alike if at not in known)
    left = 1.0 - sum(float(known[at][WITHOUT_CONTEXT]) for at in _outermost(texts, known))
    each = max(_LEAST_LEFT, left) / max(others, 1e-37)
    for candidate in sorted(some, reverse=True):  # the longer ones first
        longer = [at for at in known if texts[at].startswith(texts[candidate])]
        onwards = sum((known[at] for at in _outermost(texts, longer)), np.zeros(branches))
        known[candidate] = each * float(probabilities[candidate]) + onwards


def _outermost(texts: Sequence[bytes], some: Iterable[int]) -> list[int]:
    """Those of `some` texts that start with no other of them."""
    found: list[int] = []
    for at in sorted(some):  # a text comes before those that start with it
        if not found or not texts[at].startswith(texts[found[-1]]):
            found.append(at)
    return found


def spelled_mass(scorer: PieceScorer, path: tuple[int, ...], text: bytes) -> FloatArray:
    """The probability, per branch, that what follows `path` starts with `text`: over all ways to spell it.
    (B,)"""
    strings = scorer.strings
    row = scorer.fetch([(path, [len(path)])])[path]
    first, last = strings.starting_with(text)
    total: FloatArray = row.mass[:, first:last].sum(axis=1, dtype=np.float64)
    for one in strings.beginnings(text):
        further = spelled_mass(scorer, (*path, int(strings.ids[one])), text[len(strings.text[one]) :])
        total = total + row.mass[:, one] * further
    return total


def tokenised_mass(scorer: PieceScorer, path: tuple[int, ...], text: bytes) -> FloatArray:
    """As `spelled_mass`, along the one way in which the model's tokenizer spells it; one local batch. (B,)"""
    strings = scorer.strings
    tokens = scorer.prefix.tokens_of(text)
    whole = (*path, *tokens)
    rows = scorer.fetch([(whole, range(len(path), max(len(path) + 1, len(whole))))])
    total: FloatArray | None = None
    reach = None
    rest = text
    for at in range(len(path), max(len(path) + 1, len(whole))):
        row = rows[whole[:at]]
        first, last = strings.starting_with(rest)
        here = row.mass[:, first:last].sum(axis=1, dtype=np.float64)
        reach = np.ones(len(here)) if reach is None else reach
        total = here * reach if total is None else total + here * reach
        if at < len(whole):
            token = scorer.prefix.bytes_of(whole[at])
            own = strings.index(token)
            if own is None or not rest.startswith(token):
                break
            reach = reach * row.mass[:, own]
            rest = rest[len(token) :]
    assert total is not None
    return total
