"""Damage to well-formed data: to the values of a JSON document, and to bytes on the wire."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    10**400,
    1.5,
    -0.0,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    "",
    "\x00",
    "\ud800",
    "\ufffd",
    "é",
    "a" * 300,
    "token_id:99999999999",
    "bytes:\\xff",
    "<|im_end|>",
    "../../etc/passwd",
    "2026-13-45T99:00:00Z",
    [],
    {},
    [[]],
    [None],
    {"": None},
    [256],
    [-1],
    [True],
)

PIECES = (
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"data:",
    b"data: [DONE]\n\n",
    b"event: error\n",
    b"id: \x00\n",
    b": comment\n",
    b"\xff\xfe",
    b"\xe2\x80\xa8",
    b"\x00",
    b"{",
    b"}",
    b"[" * 50,
    b'"',
    b"\\u",
    b"\\ud800",
    b"NaN",
    b"Infinity",
    b"1e999",
    b"9" * 60,
    b",",
    b":",
    b"null",
)


def damaged_value(value: Any, chance: random.Random) -> Any:
    """A copy of a JSON value with up to four of its parts replaced, removed, repeated, renamed or wrapped."""
    changed = copy.deepcopy(value)
    for _ in range(chance.randint(1, 4)):
        places = list(_places(changed))
        if not places:
            return copy.deepcopy(chance.choice(STRANGE))
        _damage(*chance.choice(places), chance)
    return changed


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """Up to six spots of `data` flipped, removed, repeated, cut short or mixed with what means something."""
    changed = bytearray(data)
    for _ in range(chance.randint(0, 6)):
        at = chance.randint(0, len(changed))
        end = min(len(changed), at + chance.randint(1, 40))
        match chance.randrange(5):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = changed[at:end]
            case 3:
                changed[at:at] = chance.choice(PIECES)
            case _:
                if chance.random() < 0.2:
                    del changed[at:]
    return bytes(changed)


def in_chunks(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """As a network may deliver it."""
    at = 0
    while at < len(data):
        size = chance.choice((1, 2, 7, 60, 1000, len(data)))
        yield data[at : at + size]
        at += size


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container with each of its keys or indices."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            yield one, key
            waiting.append(one[key])


def _damage(container: Any, key: Any, chance: random.Random) -> None:
    match chance.randrange(6):
        case 0 | 1:
            container[key] = copy.deepcopy(chance.choice(STRANGE))
        case 2:
            del container[key]
        case 3 if isinstance(container, list):
            container[key:key] = [copy.deepcopy(container[key])] * chance.choice((1, 2, 1500))
        case 3:
            container[chance.choice(("", "content", "id", "__proto__", key))] = container[key]
        case 4:
            container[key] = [container[key]]
        case _:
            other = chance.choice(list(container) if isinstance(container, dict) else range(len(container)))
            container[key], container[other] = container[other], container[key]
