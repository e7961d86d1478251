"""Token traces as bytes: one chunk for each batch of tokens that was stored together.

A chunk is zlib over JSON, a list per token without names. Candidates make up nearly all of it (twenty a token),
and numbers are kept exactly. A change of this layout is a migration.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from costeer.steering.trace import Candidate, TokenTrace, Written

_TOKEN, _CLOUD_TOKEN, _CANDIDATES = (
    1,
    3,
    9,
)  # their place in a row; what follows may be missing from rows of earlier versions


def encode_traces(traces: Sequence[TokenTrace]) -> bytes:
    """One chunk. Level 1: the time counts while an answer streams."""
    rows = [
        (
            int(one.index),
            int(one.token),
            one.text,
            int(one.cloud_token),
            one.cloud_text,
            float(one.probability),
            float(one.cloud_probability),
            bool(one.steered),
            {name: float(nats) for name, nats in one.moved.items()},
            [(int(c.token), c.text, float(c.before), float(c.after)) for c in one.candidates],
            one.draw,
            float(one.bits),
            one.shown,
        )
        for one in traces
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode("ascii"), level=1)


def decode_traces(chunks: Iterable[bytes]) -> list[TokenTrace]:
    """All tokens of the chunks by index. Where an index was stored again, the later one holds."""
    found: dict[int, TokenTrace] = {}
    for chunk in chunks:
        for row in json.loads(zlib.decompress(chunk)):
            trace = _trace(row)
            found[trace.index] = trace
    return [found[index] for index in sorted(found)]


def decode_changes(chunks: Iterable[bytes], leading: int) -> dict[int, Written]:
    """The same by index, without what takes most of the time and of the memory: of the tokens that steering left
    alone all but what is displayed, of the others all but the `leading` candidates."""
    found: dict[int, Written] = {}
    for chunk in chunks:
        for row in json.loads(zlib.decompress(chunk)):
            if row[_TOKEN] == row[_CLOUD_TOKEN]:
                row[_CANDIDATES] = ()
                found[row[0]] = TokenTrace(*row).displayed
            else:
                trace = _trace(row)
                found[row[0]] = dataclasses.replace(trace, candidates=trace.leading(leading))
    return found


def _trace(row: list[Any]) -> TokenTrace:
    row[_CANDIDATES] = tuple(Candidate(*one) for one in row[_CANDIDATES])
    return TokenTrace(*row)


def decode_words(chunks: Iterable[bytes]) -> list[tuple[int, str]]:
    """(token, text) of all tokens of the chunks by index: what `decode_traces` tells, without what takes long."""
    found: dict[int, tuple[int, str]] = {}
    for chunk in chunks:
        for index, token, text, *_ in json.loads(zlib.decompress(chunk)):
            found[index] = token, text
    return [found[index] for index in sorted(found)]
