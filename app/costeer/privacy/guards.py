"""Guards: the last look at a request before it leaves.

A guard is called by the transport with the request and its whole body, on the thread that sends it, and raises
`TransmissionRefused` when the request must not go. It sees exactly the bytes that would be sent, so what a
layer above forgot, or a server's answer smuggled back in, is still found here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

import httpx

from costeer.foundation.errors import TransmissionRefused
from costeer.foundation.text import comparable
from costeer.privacy.exchange import exchange_of

Guard = Callable[[httpx.Request, bytes], None]

SHORTEST = 4
"""Private strings of fewer characters are ignored: they would match in almost any text."""

_SHOWN = 4
_DEEPEST = 64


class PrivateStrings:
    """Refuses a request whose body holds a string that the user marked private.

    Both sides are compared casefolded, NFKC-normalised, without invisible format characters and with white
    space collapsed: in the raw body; in every string (keys too) of the JSON-decoded body, so that no escape
    hides one; and in what the token ids in the body spell, where the sender says so. `private` is called for
    each request, so a string marked a second ago counts; what was normalised for the last request is reused
    while the strings stay the same. Safe on any thread.
    """

    def __init__(self, private: Callable[[], Iterable[str]]) -> None:
        self._private = private
        self._normalised: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def __call__(self, request: httpx.Request, body: bytes) -> None:
        """Raise TransmissionRefused when `body` holds a private string; the message never quotes one in full."""
        needles = self._needles()
        if not needles or not body:
            return
        texts = (*_texts(body), exchange_of(request).spelled)
        haystack = "\n".join(comparable(text) for text in texts)
        found = [needle for needle in needles if needle in haystack]
        if not found:
            return
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise TransmissionRefused(
            f"Nothing was sent to {request.url.host}: the request holds a text that you marked private "
            f"(it begins “{found[0][: min(_SHOWN, len(found[0]) // 2)]}…”{more}); "
            "take it out of the message, or unmark it in the profile."
        )

    def _needles(self) -> tuple[str, ...]:
        private = tuple(self._private())
        known, normalised = self._normalised
        if private != known:
            texts = dict.fromkeys(comparable(text).strip() for text in private)
            normalised = tuple(text for text in texts if len(text) >= SHORTEST)
            self._normalised = (private, normalised)
        return normalised


def _texts(body: bytes) -> Iterator[str]:
    """The raw body as text, and every string in it when it is JSON."""
    raw = body.decode("utf-8", "replace")
    yield raw
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return
    yield from _strings(value)


def _strings(value: object) -> Iterator[str]:
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        deeper: list[object] = []
        for one in level:
            if isinstance(one, str):
                yield one
            elif isinstance(one, dict):
                deeper.extend(one.keys())
                deeper.extend(one.values())
            elif isinstance(one, list):
                # A prompt is a list of thousands of token ids: only what can hold a text is looked into.
                deeper.extend(part for part in one if isinstance(part, (str, dict, list)))
        if not deeper:
            return
        level = deeper
    raise TransmissionRefused("Nothing was sent: the request is nested too deeply to be checked; report this.")
