"""What the user wrote, cut into chunks that can stand for answers.

A chunk is a few dozen tokens: its opening is what a question would tell ("Continue this text: …"), its rest what
the answer would have to be. What the local model is shown besides is other things the user wrote, never the chunk.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from costeer.foundation.errors import BadInput
from costeer.foundation.folding import comparable
from costeer.foundation.system_words import system_words
from costeer.personalization.private_words import words
from costeer.steering.calibration import LEAST_CHUNKS
from costeer.storage.repositories import ConversationRepository

TEXT_FILES = (".txt", ".md")
LEAST_TOKENS = 200

_LARGEST_FILE = 1_000_000
_LONGEST_TEXT = 1_000_000
_MOST_CONVERSATIONS = 200
_CHUNK_TOKENS, _SHORTEST_CHUNK, _CHUNKS_WANTED = 160, 32, 12
_SHORTEST_TEXT = 24
"""Tokens: what is shorter is a question, not writing."""

_OPENING_WORDS = 12
_SHOWN = 3
"""As many other texts as a real answer shows the local model."""

_WORD = re.compile(r"\S{1,20}\s*")
"""Scripts without spaces are cut every 20 characters."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """`source` numbers the text it is of, `place` its place there. `opening` and `rest` together are the chunk."""

    source: int
    place: int
    opening: str
    rest: str

    @property
    def text(self) -> str:
        return self.opening + self.rest


def read_texts(files: Iterable[Path]) -> list[str]:
    """Raises BadInput, naming the file, when one cannot be used."""
    return [_read(file) for file in files]


def own_messages(conversations: ConversationRepository) -> list[str]:
    """What the user wrote in the branches that they look at, the newest conversations first. Never an answer."""
    found = (
        message.text
        for conversation in conversations.list()[:_MOST_CONVERSATIONS]
        for message in conversations.thread(conversation.id)
        if message.role == "user" and message.state == "complete"
    )
    return list(dict.fromkeys(found))


def cut(texts: Sequence[str], count_tokens: Callable[[str], int], most: int) -> list[Chunk]:
    """Chunks of at most about 160 tokens, of all texts evenly, so many that `most` tokens are about reached.

    Raises BadInput when there is too little to learn from.
    """
    unique: dict[str, str] = {}
    for one in texts:
        unique.setdefault(comparable(one), one.strip()[:_LONGEST_TEXT])
    usable = [(one, tokens) for one in unique.values() if (tokens := count_tokens(one)) >= _SHORTEST_TEXT]
    total = sum(tokens for _, tokens in usable)
    length = min(_CHUNK_TOKENS, max(_SHORTEST_CHUNK, min(total, most) // _CHUNKS_WANTED))
    chunks = [
        chunk
        for source, (one, tokens) in enumerate(usable)
        for chunk in _pieces(source, one, -(-tokens // length))
    ]
    if total < LEAST_TOKENS or len(chunks) < LEAST_CHUNKS:
        raise BadInput(
            "There is too little of your own writing ({total} tokens; {least} or more are needed, in files"
            " or in messages of a few sentences each); add a text or two that you wrote.",
            total=total,
            least=LEAST_TOKENS,
        )
    wanted = max(LEAST_CHUNKS, most // length)
    step = max(1.0, len(chunks) / wanted)
    return [chunks[int(number * step)] for number in range(min(len(chunks), wanted))]


def others_than(chunk: Chunk, chunks: Sequence[Chunk]) -> tuple[str, ...]:
    """What else the user wrote, the likest to the chunk's opening first, at most three.

    Of other texts; where there is only one, of places in it that are not beside the chunk. Nothing that holds the
    chunk, as a quotation does.
    """
    elsewhere = [one for one in chunks if one.source != chunk.source]
    if not elsewhere:
        elsewhere = [one for one in chunks if abs(one.place - chunk.place) > 1]
    rest, asked = comparable(chunk.rest), words(chunk.opening)
    apart = [one for one in elsewhere if not _overlap(rest, comparable(one.text))]
    alike = sorted(apart, key=lambda one: -len(asked & words(one.text)))
    return tuple(one.text for one in alike[:_SHOWN])


def _overlap(rest: str, other: str) -> bool:
    return rest in other or other in rest


def _pieces(source: int, text: str, count: int) -> list[Chunk]:
    """`text` in `count` parts of about as many words each; parts of a few words are left out."""
    parts = _WORD.findall(text)
    length = math.ceil(len(parts) / count)
    pieces = [parts[at : at + length] for at in range(0, len(parts), length)]
    found = []
    for place, piece in enumerate(pieces):
        opening = min(_OPENING_WORDS, len(piece) // 2)
        if opening and "".join(piece[opening:]).strip():
            found.append(Chunk(source, place, "".join(piece[:opening]), "".join(piece[opening:]).rstrip()))
    return found


def _read(file: Path) -> str:
    if file.suffix.lower() not in TEXT_FILES:
        raise BadInput("{file} is neither a .txt nor a .md file; save the text as one of these.", file=file)
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise BadInput("The text {file} is larger than 1 MB; choose a part of it.", file=file)
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadInput("There is no file {file}; check the path.", file=file) from error
    except UnicodeDecodeError as error:
        raise BadInput("The text {file} is not UTF-8; save it as UTF-8 and try again.", file=file) from error
    except OSError as error:
        raise BadInput("The text {file} cannot be read: {why}.", file=file, why=system_words(error)) from error
