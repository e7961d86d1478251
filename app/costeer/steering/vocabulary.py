"""The one vocabulary that the cloud and the local model must share.

Ids are the currency of the engine, so before an answer begins the two sides are compared: the same bytes must
have the same ids. Steering across different tokenizers needs scores of byte strings instead and is not part of
this module.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence

from costeer.foundation.errors import VocabularyMismatch


class Vocabulary:
    """What each id stands for. `end_tokens` end an answer and add no text. Read from any thread."""

    def __init__(self, token_bytes: Sequence[bytes], end_tokens: frozenset[int]) -> None:
        self.token_bytes = token_bytes
        self.end_tokens = end_tokens

    def __len__(self) -> int:
        return len(self.token_bytes)

    def text_bytes(self, token: int) -> bytes:
        """What the token adds to an answer."""
        return b"" if token in self.end_tokens else self.token_bytes[token]

    def text(self, token: int) -> str:
        """For people: undecodable bytes are shown escaped."""
        return self.token_bytes[token].decode("utf-8", "backslashreplace")

    def find(self, texts: Sequence[bytes]) -> int | None:
        """The token that spells the first of `texts` that any token spells; None when none does."""
        return next((self.token_bytes.index(text) for text in texts if text in self.token_bytes), None)

    def join(self, tokens: Iterable[int]) -> bytes:
        return b"".join(self.text_bytes(token) for token in tokens)


def check_same_vocabulary(
    local: Sequence[int], cloud: Sequence[int], local_name: str, cloud_name: str
) -> list[int]:
    """Compare how both sides tokenise the same public text; raise VocabularyMismatch when they differ.

    The cloud may have put a begin-of-text token before it, which the local side never does by itself; it is
    returned, so that the local prompts can begin with it too.
    """
    begin = list(cloud[: max(0, len(cloud) - len(local))])
    if len(begin) > 1 or [*begin, *local] != list(cloud):
        raise VocabularyMismatch(
            "The local model {local_name} and the cloud model {cloud_name} use different tokenizers; "
            "choose a local model of the same family.",
            local_name=local_name,
            cloud_name=cloud_name,
        )
    return begin


class TextAssembler:
    """Turns token bytes into text as they come. A character cut in two appears with its last byte."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, data: bytes) -> str:
        return self._decoder.decode(data)

    def rest(self) -> str:
        """At the end: whatever is left of an unfinished character, as replacement characters."""
        return self._decoder.decode(b"", final=True)
