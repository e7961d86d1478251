"""Small things about text: scripts without spaces, UTF-8 that is cut in the middle of a character."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable

from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import Translatable

APART = "\x1f"
"""What `words_apart` puts between characters: no tokenizer takes it for a part of a word."""

_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Kana
    "]"
)


def words_apart(text: str) -> str:
    """`text` with APART on both sides of each character of a script that does not separate words.

    Full-text search cuts words at what is no letter, so that each such character becomes a word, and a word of
    that script a phrase. The indexes on disk are built with this: a change of it is a migration.
    """
    return text if text.isascii() else _UNSPACED.sub(f"{APART}\\g<0>{APART}", text)


def begun_character(data: bytes) -> bytes:
    """What UTF-8 `data` has of a character that it ends in the middle of; empty when it ends with a whole one."""
    for back in range(1, min(3, len(data)) + 1):
        lead = data[-back]
        if lead & 0xC0 == 0x80:
            continue
        length = 2 if lead & 0xE0 == 0xC0 else 3 if lead & 0xF0 == 0xE0 else 4 if lead & 0xF8 == 0xF0 else 1
        return data[-back:] if back < length else b""
    return b""


def whole_characters(data: bytes) -> tuple[str, bytes]:
    """The text of UTF-8 `data`, and what is left of a character that it ends in the middle of."""
    begun = begun_character(data)
    return data[: len(data) - len(begun)].decode("utf-8", "replace"), begun


def check_text(text: str, what: Translatable) -> None:
    """Raise BadInput, which calls it `what`, when `text` is not text (bytes that were no UTF-8, say)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput("The {what} is not valid UTF-8 text; check where it comes from.", what=what) from error


def json_line(value: object) -> str:
    """`value` as JSON in one line of UTF-8, characters as they are."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a character, as a damaged paste may hold
        return json.dumps(value)
    return line


def safe(text: str) -> str:
    """Text from a model or a server for a terminal or a document: control characters, which could command it, are
    shown, and so are those that turn the direction of what follows."""
    return shown(text, lambda one: f"\\x{ord(one):02x}")


def shown(text: str, escaped: Callable[[str], str]) -> str:
    """`text` with its characters that command a terminal `escaped`."""
    return "".join(escaped(one) if _commands(one) else one for one in text)


def _commands(character: str) -> bool:
    turns = character in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return turns or (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t")
