"""Token traces as bytes: one chunk for each batch of tokens that was stored together.

A chunk is zlib over JSON, a list per token without names. Candidates make up nearly all of it (twenty a token),
and numbers are kept exactly. A change of this layout is a migration.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence

from costeer.steering.trace import Candidate, TokenTrace

_CANDIDATES = 9  # their place in a row; what follows may be missing from rows of earlier versions


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
            row[_CANDIDATES] = tuple(Candidate(*one) for one in row[_CANDIDATES])
            trace = TokenTrace(*row)
            found[trace.index] = trace
    return [found[index] for index in sorted(found)]


def decode_words(chunks: Iterable[bytes]) -> list[tuple[int, str]]:
    """(token, text) of all tokens of the chunks by index: what `decode_traces` tells, without what takes long."""
    found: dict[int, tuple[int, str]] = {}
    for chunk in chunks:
        for index, token, text, *_ in json.loads(zlib.decompress(chunk)):
            found[index] = token, text
    return [found[index] for index in sorted(found)]
