"""What encodings hide: a text as it would read once its escapes are undone.

Undone are, in any mixture and up to `ROUNDS` times over: escapes of JSON and of programs, names of code points,
percent-encoding, HTML entities, quoted-printable, and the invisible tag characters; then base64 (either alphabet,
wherever in a run the value begins) and hexadecimal, and what these hold once more. Everything takes time in
proportion to the text.

A value that was encrypted, compressed, rotated or cut into parts with other text between them is not found, nor
one in any other code (base32, base85, decimal or binary numbers, digits for letters).
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from costeer.foundation.folding import comparable
from costeer.foundation.private_texts import PrivateTexts

ROUNDS = 4
LAYERS = 2
"""Encodings inside each other that are undone: escapes, and base64 or hexadecimal."""

LEAST_DECODED = 5
"""Characters that a text needs to be recognised in what was base64 or hexadecimal: chance writes shorter ones."""

_BEGINS_ONE = re.compile(r"[\\%&=U\U000E0020-\U000E007E]")
_ESCAPE = re.compile(
    r"(?P<units>(?:\\u[0-9a-fA-F]{4}|%u[0-9a-fA-F]{4})+)"
    r"|\\[ux]\{0{0,16}(?P<braced>[0-9a-fA-F]{1,6})\}|\\U(?P<long>[0-9a-fA-F]{8})"
    r"|(?P<points>(?<![\w+/])U\+[0-9a-fA-F]{4,6}(?:[ ,;]{0,2}U\+[0-9a-fA-F]{4,6})*)"
    r"|(?P<bytes>(?:%[0-9a-fA-F]{2})+|(?:\\x[0-9a-fA-F]{2})+|(?:=(?:[0-9A-F]{2}|[0-9a-f]{2}))+|(?:\\[0-3][0-7]{2})+)"
    r"|\\(?P<plain>[\"'\\/bfnrt])"
    r"|(?P<entity>&(?:#[0-9]{1,16}|#[xX][0-9a-fA-F]{1,16}|[A-Za-z][A-Za-z0-9]{1,31});?)"
    r"|(?P<tags>[\U000E0020-\U000E007E]+)"
)
_POINT = re.compile(r"U\+([0-9a-fA-F]+)")
_PLAIN = {"b": " ", "f": " ", "n": "\n", "r": "\n", "t": "\t"}
_LAST_POINT = 0x10FFFF

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{7,}")

_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_HEX_APART = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2}){1,4}(?:[\s:,;._-]{1,2}(?:0x)?(?:[0-9a-fA-F]{2}){1,4}){2,}")
_NOT_HEX = re.compile(r"0x|[^0-9a-fA-F]+")

_READABLE = re.compile("[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]{4,}")


def private_in(text: str, private: PrivateTexts) -> tuple[str, ...]:
    """Which of `private` the text holds, in any disguise. Time grows with the length of `text` alone."""
    found = dict.fromkeys(private.found_in(text))
    plain = unescaped(text)
    if plain != text:
        found |= dict.fromkeys(private.found_in(plain))
    hidden = decoded(plain)
    if hidden:  # what stands beside an encoded value may read as a part of it, so words have no borders here
        inside = private.found_in(hidden, anywhere=True)
        found |= dict.fromkeys(one for one in inside if len(comparable(one)) >= LEAST_DECODED)
    return tuple(found)


def unescaped(text: str) -> str:
    """`text` with its escapes undone, `ROUNDS` times at most."""
    for _ in range(ROUNDS):
        undone = _undone_once(text)
        if undone == text:
            break
        text = undone
    return text


def _undone_once(text: str) -> str:
    parts: list[str] = []
    done = 0
    for begin in _BEGINS_ONE.finditer(text):
        match = _ESCAPE.match(text, begin.start()) if begin.start() >= done else None
        if match is not None:
            parts += (text[done : match.start()], _undo(match))
            done = match.end()
    return "".join((*parts, text[done:])) if parts else text


def decoded(text: str) -> str:
    """What stands in `text` in base64 or hexadecimal, as far as it reads as text; most of it by chance."""
    found: list[str] = []
    current = text
    for _ in range(LAYERS):
        pieces = "\n".join((*_from_base64(current), *_from_hex(current)))
        if not pieces:
            break
        current = unescaped(pieces)
        found.append(current)
    return "\n".join(found)


def _undo(match: re.Match[str]) -> str:
    kind, value = str(match.lastgroup), match.group(str(match.lastgroup))
    if kind == "units":
        units = bytes.fromhex(re.sub(r"\\u|%u", "", value))
        return units.decode("utf-16-be", "replace")
    if kind in ("braced", "long"):
        return _character(value)
    if kind == "points":
        return "".join(map(_character, _POINT.findall(value)))
    if kind == "bytes":
        return _bytes_of(value).decode("utf-8", "replace")
    if kind == "entity":
        return html.unescape(value)
    if kind == "tags":
        return "".join(chr(ord(one) - 0xE0000) for one in value)
    return _PLAIN.get(value, value)


def _character(point: str) -> str:
    return chr(int(point, 16)) if int(point, 16) <= _LAST_POINT else "\ufffd"


def _bytes_of(escapes: str) -> bytes:
    if escapes[0] == "\\" and escapes[1] != "x":
        return bytes(int(one, 8) for one in escapes.split("\\")[1:])
    return bytes.fromhex(re.sub(r"%|\\x|=", "", escapes))


def _from_base64(text: str) -> Iterator[str]:
    """All groups of four characters are read, from each of the first four on: a value may begin anywhere. What is
    no digit of base64 counts as zero, so that no readable piece goes beyond its run."""
    if _BASE64.search(text) is None:
        return
    sextets = _SEXTETS[np.frombuffer(text.encode("ascii", "replace"), np.uint8)]
    for skipped in range(4):
        rest = sextets[skipped:]
        groups = np.pad(rest, (0, -len(rest) % 4)).reshape(-1, 4)
        first, second, third, fourth = groups.T
        triples = np.stack((first << 2 | second >> 4, second << 4 | third >> 2, third << 6 | fourth), axis=1)
        yield from _readable(triples.tobytes())


def _from_hex(text: str) -> Iterator[str]:
    runs = _HEX.findall(text)
    runs += [_NOT_HEX.sub("", run) for run in _HEX_APART.findall(text)]
    for skipped in range(2 if runs else 0):
        even = [run[skipped : len(run) - (len(run) - skipped) % 2] for run in runs]
        yield from _readable(bytes.fromhex("000000".join(even)))


def _readable(data: bytes) -> list[str]:
    """Pieces that read as text; what stands between them is none."""
    return _READABLE.findall(data.decode("utf-8", "replace"))


def _sextets() -> NDArray[np.uint8]:
    """Of each byte what it is worth as a digit of base64, in either alphabet."""
    worth = np.zeros(256, np.uint8)
    for alphabet in (b"+/", b"-_"):
        digits = string.ascii_uppercase.encode() + string.ascii_lowercase.encode() + b"0123456789" + alphabet
        worth[np.frombuffer(digits, np.uint8)] = np.arange(64)
    return worth


_SEXTETS = _sextets()
