"""The two shapes in which endpoints tell log-probabilities.

The newer one is a list of entries with their alternatives (`content`), the older one has parallel lists and a
map from text to log-probability for each position (`tokens`, `token_logprobs`, `top_logprobs`). Some endpoints
answer a chat in the older shape, so the shape is looked at and not assumed. Pure; raises Unreadable in words of
our own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from costeer.cloud import untrusted
from costeer.cloud.dialects.protocol import Alternative, ToldToken
from costeer.cloud.untrusted import Unreadable

MISSING = -9000.0
"""Nats; at or below it an endpoint means "not told": -9999, or the lowest float."""

MOST_ALTERNATIVES = 1000

END_MARKS = frozenset(
    {
        "<|im_end|>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<|eot_id|>",
        "<|end|>",
        "<|return|>",
        "<end_of_turn>",
        "</s>",
        "<eos>",
        "<|end▁of▁sentence|>",
        "<｜end▁of▁sentence｜>",
        "[/INST]",
        "<|END_OF_TURN_TOKEN|>",
    }
)
"""How common models write the token that ends an answer, where an endpoint lists it by name."""

_ID = re.compile(r"token_id:(\d{1,10})")
_BYTES = re.compile(r"bytes:((?:\\x[0-9a-fA-F]{2})+)")


def read_logprobs(logprobs: object) -> list[ToldToken]:
    """The positions of a choice's `logprobs`; none when there is nothing in it."""
    if logprobs is None:
        return []
    if not isinstance(logprobs, dict):
        raise Unreadable("log-probabilities are no object")
    if isinstance(logprobs.get("content"), list):
        return [_entry(one) for one in untrusted.items(logprobs["content"], untrusted.TOKEN_IDS)]
    if isinstance(logprobs.get("tokens"), list):
        return _lists(logprobs)
    return []


def read_entries(entries: object) -> list[ToldToken]:
    """The same for a bare list of entries."""
    return [] if entries is None else [_entry(one) for one in untrusted.items(entries, untrusted.TOKEN_IDS)]


def _entry(entry: object) -> ToldToken:
    written = _alternative(entry)
    top = entry.get("top_logprobs") if isinstance(entry, dict) else None
    told = untrusted.items([] if top is None else top, MOST_ALTERNATIVES)
    return _told(written, [_alternative(one) for one in told])


def _lists(logprobs: Mapping[str, Any]) -> list[ToldToken]:
    tokens = untrusted.items(logprobs["tokens"], untrusted.TOKEN_IDS)
    chosen = untrusted.items(logprobs.get("token_logprobs"), untrusted.TOKEN_IDS)
    maps = logprobs.get("top_logprobs")
    maps = [None] * len(tokens) if maps is None else untrusted.items(maps, untrusted.TOKEN_IDS)
    ids = logprobs.get("token_ids")
    ids = [None] * len(tokens) if ids is None else untrusted.items(ids, untrusted.TOKEN_IDS)
    if not len(tokens) == len(chosen) == len(maps) == len(ids):
        raise Unreadable("lists of tokens and of log-probabilities differ in length")
    return [
        _told(_named(_text(token), _number(logprob), token_id), _map(top))
        for token, logprob, top, token_id in zip(tokens, chosen, maps, ids, strict=True)
    ]


def _map(top: object) -> list[Alternative]:
    if top is None:
        return []
    if isinstance(top, list):  # as entries, each its own map
        some = untrusted.items(top, MOST_ALTERNATIVES)
        if any(isinstance(one, list) for one in some):
            raise Unreadable("alternatives in lists of lists")
        return [one for each in some for one in _map(each)]
    if not isinstance(top, dict) or len(top) > MOST_ALTERNATIVES:
        raise Unreadable("the alternatives of a token are no map")
    return [_named(text, _number(logprob), None) for text, logprob in top.items()]


def _alternative(entry: object) -> Alternative:
    if not isinstance(entry, dict):
        raise Unreadable("a token is no object")
    token = entry.get("id")
    named = _named(_text(entry.get("token")), _number(entry.get("logprob")), token)
    spelled = entry.get("bytes")
    if spelled is None or named.spelled == b"":
        return named
    data = untrusted.byte_list(spelled)
    # Some endpoints make the bytes from the text, so that half a character comes as the bytes of its replacement.
    if named.spelled is None and "\N{REPLACEMENT CHARACTER}".encode() in data:
        return named
    return Alternative(data, named.logprob, named.token)


def _named(text: str, logprob: float, token: object) -> Alternative:
    """A token by its text, or by what some endpoints write instead of a text."""
    number = untrusted.token_id(token) if token is not None else None
    if found := _ID.fullmatch(text):
        return Alternative(None, logprob, untrusted.token_id(int(found.group(1))))
    if found := _BYTES.fullmatch(text):
        return Alternative(bytes.fromhex(found.group(1).replace("\\x", "")), logprob, number)
    if text in END_MARKS:
        return Alternative(b"", logprob, number)
    if "\N{REPLACEMENT CHARACTER}" in text or not text:
        return Alternative(None, logprob, number)
    return Alternative(untrusted.utf8(text), logprob, number)


def _told(written: Alternative, top: list[Alternative]) -> ToldToken:
    kept = tuple(one for one in top if not one.logprob <= MISSING)
    if any(math.isnan(one.logprob) for one in kept) or math.isnan(written.logprob):
        raise Unreadable("a log-probability is not a number")
    return ToldToken(written, kept)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 4 * untrusted.LONGEST_PIECE:
        raise Unreadable("a token has no text, or too long a one")
    return value


def _number(value: object) -> float:
    return untrusted.number(value)
