"""JSON objects, one in each line of a response, bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx

from costeer.cloud.errors import malformed
from costeer.cloud.sse import LONGEST_EVENT
from costeer.foundation.translatable import Translatable


def objects(response: httpx.Response, endpoint: str) -> Iterator[dict[str, object]]:
    """Raises EndpointError for a line that is too long or not a JSON object, and httpx errors as they come."""
    pending: list[bytes] = []
    size = 0
    for chunk in response.iter_raw():
        first, *others = chunk.split(b"\n")
        pending.append(first)
        size += len(first)
        if max(size, *map(len, others), 0) > LONGEST_EVENT:
            raise malformed(endpoint, Translatable("sent {size} MB that make no line", size=size // 1_000_000))
        for line in others:
            whole, pending, size = b"".join(pending), [line], len(line)
            if whole.strip():
                yield _object(whole, endpoint)
    if b"".join(pending).strip():
        yield _object(b"".join(pending), endpoint)


def _object(line: bytes, endpoint: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise malformed(endpoint, Translatable("sent a line that is not JSON")) from error
    if not isinstance(value, dict):
        raise malformed(endpoint, Translatable("sent a line that is not a JSON object"))
    return value
