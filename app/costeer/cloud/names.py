"""What the tokens of an endpoint are called in an answer, and what an answer is called towards the endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from costeer.cloud.dialects.protocol import Alternative, ToldToken
from costeer.cloud.untrusted import Unreadable
from costeer.steering.pieces.strings import is_text
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition
from costeer.steering.vocabulary import Vocabulary

_ROUNDING = 1e-3  # nats by which a certain token may come out above zero
_SUM_ROUNDING = 1e-2


class Names(Protocol):
    """Any thread."""

    def named(self, told: Alternative) -> tuple[int, bytes] | None:
        """The id of a token and what it spells; None when it cannot be named."""

    def sendable(self, spelled: bytes) -> bool:
        """Whether an answer can go on with this instead of what the endpoint wrote."""

    def learn(self, position: CloudPosition) -> None:
        """A position is about to be told to the decoder."""

    def ids(self, answer: Sequence[int]) -> tuple[int, ...] | None:
        """The endpoint's own ids for `answer`; None when it has not all of them."""

    def join(self, answer: Sequence[int]) -> bytes:
        """What `answer` spells."""


class NamesById:
    """The endpoint tells ids, and they are those of `vocabulary`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def named(self, told: Alternative) -> tuple[int, bytes] | None:
        if told.token is None:
            return None
        # A padded vocabulary may list ids that no text has.
        known = told.token < len(self._vocabulary)
        return told.token, self._vocabulary.text_bytes(told.token) if known else told.spelled or b""

    def sendable(self, spelled: bytes) -> bool:  # noqa: ARG002 - it is sent by its id
        return True

    def learn(self, position: CloudPosition) -> None:
        pass

    def ids(self, answer: Sequence[int]) -> tuple[int, ...] | None:
        return tuple(answer)

    def join(self, answer: Sequence[int]) -> bytes:
        return self._vocabulary.join(answer)


class NamesByText:
    """The endpoint tells what its tokens spell."""

    def __init__(self, pieces: PieceVocabulary) -> None:
        self._pieces = pieces

    def named(self, told: Alternative) -> tuple[int, bytes] | None:
        return None if told.spelled is None else (self._pieces.give(told.spelled), told.spelled)

    def sendable(self, spelled: bytes) -> bool:
        """A part of a character is no text: only what the endpoint itself makes of it can be gone on with."""
        return is_text(spelled)

    def learn(self, position: CloudPosition) -> None:
        self._pieces.learn(position)

    def ids(self, answer: Sequence[int]) -> tuple[int, ...] | None:  # noqa: ARG002
        return None

    def join(self, answer: Sequence[int]) -> bytes:
        return self._pieces.join(answer)


def as_position(told: ToldToken, names: Names, most: int) -> CloudPosition | None:
    """One position as the engine takes it, with at most `most` alternatives and the written token among them.

    None when the written token cannot be named. Alternatives that cannot be named or sent are left out: what they
    had counts as not told. Raises Unreadable when the numbers can be no distribution.
    """
    written = names.named(told.written)
    if written is None:
        return None
    masses: dict[int, tuple[float, bytes]] = {}
    for one in told.top:
        found = names.named(one)
        if found is not None and (found == written or names.sendable(found[1])):
            token, spelled = found
            before = masses[token][0] if token in masses else -np.inf  # two tokens may spell the same
            masses[token] = (float(np.logaddexp(before, one.logprob)), spelled)
    masses.setdefault(written[0], (told.written.logprob, written[1]))
    ranked = sorted(masses.items(), key=lambda item: -item[1][0])[:most]
    if written[0] not in {token for token, _ in ranked}:
        ranked[-1:] = [(written[0], masses[written[0]])]
    logprobs = np.array([mass for _, (mass, _) in ranked])
    if logprobs.max() > _ROUNDING:
        raise Unreadable("log-probabilities above zero")
    if np.exp(logprobs).sum() > 1.0 + _SUM_ROUNDING:
        raise Unreadable("probabilities that sum to more than one")
    return CloudPosition(
        written[0],
        np.array([token for token, _ in ranked], dtype=np.int64),
        np.minimum(logprobs, 0.0),
        written[1],
        tuple(spelled for _, (_, spelled) in ranked),
    )
