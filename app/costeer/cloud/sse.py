"""Server-sent events of a response, bounded: no server can make this side collect text without end."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import httpx_sse

from costeer.cloud.errors import malformed
from costeer.foundation.translatable import Translatable

LONGEST_EVENT = 4_000_000
"""Bytes that may arrive without an event being complete. An event of ours has about 3000."""

MOST_SILENT = 100_000
"""Events in a row that tell nothing of the answer; a model that thinks aloud first may send some thousands."""

DONE = "[DONE]"


def events(response: httpx.Response, endpoint: str) -> Iterator[dict[str, object] | None]:
    """The JSON object of each event; None for `[DONE]`. Comments and empty events are passed over.

    Raises EndpointError for an event that is too long or not a JSON object, and httpx errors as they come.
    """
    body = _Bounded(response, endpoint)
    plain = {"content-type": "text/event-stream; charset=utf-8"}
    for event in httpx_sse.EventSource(httpx.Response(200, headers=plain, stream=body)).iter_sse():
        if not event.data:
            continue
        body.pending = 0
        if event.data.strip() == DONE:
            yield None
            continue
        try:
            value = json.loads(event.data)
        except (ValueError, RecursionError) as error:
            raise malformed(endpoint, Translatable("sent an event that is not JSON")) from error
        if not isinstance(value, dict):
            raise malformed(endpoint, Translatable("sent an event that is not a JSON object"))
        yield value


class _Bounded(httpx.SyncByteStream):
    """The body of `response`, until more than `LONGEST_EVENT` bytes have come since `pending` was set to zero."""

    def __init__(self, response: httpx.Response, endpoint: str) -> None:
        self._response = response
        self._endpoint = endpoint
        self.pending = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._response.iter_raw():
            self.pending += len(chunk)
            if self.pending > LONGEST_EVENT:
                raise malformed(
                    self._endpoint,
                    Translatable("sent {size} MB that make no event", size=self.pending // 1_000_000),
                )
            yield chunk
