"""What has been written, as local tokens: a function of the bytes alone, so that every decoder conditions alike.

A long text is tokenised in parts, cut at the beginning of a word, so that a further token costs the tokenising
of one part and not of the whole answer. Bytes that are no text (a character that is not finished yet) become the
longest local tokens that spell them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costeer.steering.pieces.strings import LocalStrings

Tokenize = Callable[[str], Sequence[int]]
"""Text to local ids: markers of the chat template are ordinary text, and nothing is added around it."""

_PART = 192
_LONGEST_PART = 1024
_REMEMBERED = 512
_WORD = "a"


class PrefixTokenizer:
    """Used by one thread at a time."""

    def __init__(self, strings: LocalStrings, token_bytes: Sequence[bytes], tokenize: Tokenize) -> None:
        self._strings = strings
        self._token_bytes = token_bytes
        self._tokenize = tokenize
        self._parts: dict[bytes, tuple[int, ...]] = {}
        self._settled: tuple[bytes, tuple[int, ...]] = (b"", ())

    def tokens(self, written: bytes) -> tuple[int, ...]:
        """The local tokens of `written`. Bytes that no local token spells are left out."""
        settled, tokens = self._settled
        if not written.startswith(settled):
            settled, tokens = b"", ()
        start = len(settled)
        for _ in range(len(written)):  # each pass settles a part
            end = _end_of_part(written, start)
            if end is None:
                break
            tokens += self._part(written[start:end])
            start = end
        self._settled = (written[:start], tokens)
        return tokens + self._part(written[start:])

    def tokens_of(self, piece: bytes) -> tuple[int, ...]:
        """The local tokens of a short string by itself."""
        return self._part(piece)

    def bytes_of(self, token: int) -> bytes:
        """What a local token spells."""
        return self._token_bytes[token]

    def _part(self, data: bytes) -> tuple[int, ...]:
        known = self._parts.get(data)
        if known is None:
            if len(self._parts) >= _REMEMBERED:
                self._parts.clear()
            known = self._parts[data] = tuple(self._of_bytes(data))
        return known

    def _of_bytes(self, data: bytes) -> list[int]:
        tokens: list[int] = []
        rest = data
        for _ in range(len(data)):  # each pass takes text and the bytes that end it
            if not rest:
                break
            try:
                text, broken = rest.decode(), len(rest)
                after = broken
            except UnicodeDecodeError as error:
                text, broken, after = rest[: error.start].decode(), error.start, error.end
            if text:
                tokens += self._of_text(text)
            tokens += self._longest(rest[broken:after])
            rest = rest[after:]
        return tokens

    def _of_text(self, text: str) -> list[int]:
        """As the model's own tokenizer does it, unless that writes something else (a space before the text).

        White space at the end is taken for what stands before a word, as tokenizers cut it otherwise at the end of
        a text: two newlines may be one token there, which the model has hardly ever seen.
        """
        data = text.encode()
        if text[-1].isspace():
            tokens = list(self._tokenize(text + _WORD))
            if self._spelled(tokens[-1:]) == _WORD.encode() and self._spelled(tokens[:-1]) == data:
                return tokens[:-1]
        tokens = list(self._tokenize(text))
        if self._spelled(tokens) == data:
            return tokens
        if text.startswith(" "):
            tokens = list(self._tokenize(text[1:]))
            if self._spelled(tokens) == data:
                return tokens
        return self._longest(data)

    def _spelled(self, tokens: Sequence[int]) -> bytes:
        return b"".join(self._token_bytes[one] for one in tokens)

    def _longest(self, data: bytes) -> list[int]:
        tokens: list[int] = []
        start = 0
        while start < len(data):  # each pass takes a byte at least
            found = self._strings.longest_beginning(data[start:])
            if found is None:
                start += 1
            else:
                tokens.append(int(self._strings.ids[found]))
                start += len(self._strings.text[found])
        return tokens


def _end_of_part(written: bytes, start: int) -> int | None:
    """Where the part that begins at `start` ends; None while it may go on. What comes later changes nothing."""
    for at in range(start + _PART, len(written) - 1):
        word = written[at] == 0x20 and written[at - 1 : at].isalpha() and written[at + 1 : at + 2].isalpha()
        too_long = at >= start + _LONGEST_PART and written[at] & 0xC0 != 0x80
        if word or too_long:
            return at
    return None
