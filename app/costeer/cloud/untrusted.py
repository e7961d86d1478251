"""Single values that an endpoint sent, checked before anything is made of them.

A server may be wrong or hostile, so no value is converted: `bytes(700000000)` would allocate as much, `int(True)`
would be a token. All functions raise Unreadable with a reason in words of our own; what the server wrote is never
repeated in it, as it may be of any length. Pure functions, for any thread.
"""

from __future__ import annotations

from costeer.foundation.errors import Worded

TOKEN_IDS = 2**31
"""Ids lie below this: llama.cpp keeps them in 32 bits with a sign."""

LONGEST_PIECE = 256
"""Bytes that one token may spell, with what was withheld before it. The longest of common vocabularies has 128."""

_ONLY_INTEGERS = frozenset({int})


class Unreadable(Worded, ValueError):
    """A value is not what it should be; `said` tells what it is instead."""


def token_id(untrusted: object) -> int:
    """A token id in 0..`TOKEN_IDS`-1. A bool is none, and neither is a number with a fraction or an exponent."""
    if type(untrusted) is not int or not 0 <= untrusted < TOKEN_IDS:
        raise Unreadable("an id is not one of a token")
    return untrusted


def byte_list(untrusted: object) -> bytes:
    """Bytes from a list of at most `LONGEST_PIECE` integers in 0..255."""
    if not isinstance(untrusted, list) or len(untrusted) > LONGEST_PIECE:
        raise Unreadable("the bytes of a token are not a short list")
    if not _ONLY_INTEGERS.issuperset(map(type, untrusted)):
        raise Unreadable("the bytes of a token are not bytes")
    try:
        return bytes(untrusted)
    except ValueError:
        raise Unreadable("the bytes of a token are not bytes") from None


def piece(untrusted: object) -> bytes:
    """What a token spells, as /tokenize tells it: text, or a list of bytes where it is no UTF-8."""
    if not isinstance(untrusted, str):
        return byte_list(untrusted)
    if len(untrusted) > LONGEST_PIECE:
        raise Unreadable("the text of a token is too long")
    return utf8(untrusted)


def utf8(untrusted: str) -> bytes:
    """`untrusted` encoded; JSON can smuggle in half a surrogate pair, which no encoding takes."""
    try:
        return untrusted.encode()
    except UnicodeEncodeError:
        raise Unreadable("a text holds half a character") from None


def is_utf8(untrusted: str) -> bool:
    """Whether `untrusted` can be sent and stored."""
    try:
        utf8(untrusted)
    except ValueError:
        return False
    return True


def number(untrusted: object) -> float:
    """A float, which may be infinite or NaN; an integer is one too, a bool or a text is none."""
    if type(untrusted) is not float and type(untrusted) is not int:
        raise Unreadable("a log-probability is not a number")
    try:
        return float(untrusted)
    except OverflowError:
        raise Unreadable("a log-probability is out of all bounds") from None


def items(untrusted: object, most: int) -> list[object]:
    """A list of at most `most` values, themselves still untrusted."""
    if not isinstance(untrusted, list) or len(untrusted) > most:
        raise Unreadable("a list is missing or has more than {most} values", most=most)
    return untrusted


def fields(untrusted: object, *names: str) -> tuple[object, ...]:
    """The values under `names` of a JSON object that has them all, themselves still untrusted."""
    if not isinstance(untrusted, dict) or not untrusted.keys() >= set(names):
        raise Unreadable("an object without {names}", names=" or ".join(names))
    return tuple([untrusted[name] for name in names])
