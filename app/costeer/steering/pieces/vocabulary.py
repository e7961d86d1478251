"""What the ids of an answer spell when cloud and local model do not share a vocabulary.

Four kinds of ids, each stable: those of the cloud, whose bytes are learnt from what it tells; strings that only
the local model has, at `LOCAL_FROM` plus the local id; from `GIVEN_FROM` on those of a cloud that tells no ids,
given here; and at `TEXT` a text that an answer is continued from. The cloud is sent its own ids as they are,
everything else as text.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence

from costeer.foundation.errors import BugError
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.types import CloudPosition
from costeer.steering.vocabulary import Vocabulary

LOCAL_FROM = 2**31
"""Cloud ids lie below."""

GIVEN_FROM = 2**32

TEXT = 2**40
NOTHING = TEXT + 1
"""Stands where a token of the text in `TEXT` stood, so that positions count on."""


class PieceVocabulary(Vocabulary):
    """Grows as the cloud tells more: any thread may `learn` while others read."""

    def __init__(self, strings: LocalStrings, token_bytes: Sequence[bytes], text: bytes = b"") -> None:
        """`text` is what an answer is continued from."""
        super().__init__(token_bytes, frozenset(LOCAL_FROM + int(one) for one in strings.end_tokens))
        self._strings = strings
        self._cloud: dict[int, bytes] = {}
        self._given: dict[bytes, int] = {}
        self._text = text
        self._lock = threading.Lock()

    def give(self, data: bytes) -> int:
        """An id for what a cloud told without one: always the same for the same bytes; none are an end."""
        with self._lock:
            return self._given.setdefault(data, GIVEN_FROM + len(self._given))

    def learn(self, position: CloudPosition) -> None:
        """Remember what the position's tokens spell."""
        if len(position.top_bytes) != len(position.top_ids):
            raise BugError("The cloud has not told what its alternatives spell; please report this.")
        with self._lock:
            told = zip(position.top_ids.tolist(), position.top_bytes, strict=True)
            for token, data in ((position.token, position.token_bytes), *told):
                if token not in self._cloud:
                    self._cloud[token] = data
                    if not data:
                        self.end_tokens = self.end_tokens | {token}

    def text_bytes(self, token: int) -> bytes:
        """What the token adds to an answer. Raises BugError for an id that nobody has told."""
        if token < LOCAL_FROM or GIVEN_FROM <= token < TEXT:
            if token not in self._cloud:
                raise BugError("Nobody has told what token {token} spells; please report this.", token=token)
            return self._cloud[token]
        if token >= TEXT:
            return self._text if token == TEXT else b""
        return b"" if token in self.end_tokens else self.token_bytes[token - LOCAL_FROM]

    def text(self, token: int) -> str:
        """For people: undecodable bytes are shown escaped, an end by its name where it is known."""
        shown = self.text_bytes(token)
        if not shown and LOCAL_FROM <= token < GIVEN_FROM:
            shown = self.token_bytes[token - LOCAL_FROM]
        return shown.decode("utf-8", "backslashreplace")

    def find(self, texts: Sequence[bytes]) -> int | None:
        """A local string that is the first possible one of `texts`."""
        found = (self._strings.index(one) for one in texts)
        return next((LOCAL_FROM + int(self._strings.ids[at]) for at in found if at is not None), None)

    def join(self, tokens: Iterable[int]) -> bytes:
        return b"".join(map(self.text_bytes, tokens))

    def continued(self, length: int) -> list[int]:
        """The text that was handed in, as `length` ids."""
        return [TEXT if at == 0 else NOTHING for at in range(length)]

    def as_sent(self, tokens: Sequence[int]) -> list[int | str]:
        """For the cloud: its own ids, and between them what other ids spell together.

        Raises BugError when that would be no text, which the choice of candidates prevents.
        """
        return list(self._parts(tokens))

    def _parts(self, tokens: Sequence[int]) -> Iterator[int | str]:
        for own, some in itertools.groupby(tokens, lambda one: one < LOCAL_FROM):
            if own:
                yield from some
                continue
            try:
                text = self.join(some).decode()
            except UnicodeDecodeError as error:
                raise BugError("Half a character was to be sent to the cloud; please report this.") from error
            if text:
                yield text
