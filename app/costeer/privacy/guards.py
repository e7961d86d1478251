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
from costeer.foundation.text import PrivateTexts
from costeer.privacy.exchange import exchange_of

Guard = Callable[[httpx.Request, bytes], None]

_SHOWN = 4
_DEEPEST = 64
_OUR_WORDS = frozenset({"role", "samplers", "grammar"})
"""Fields whose values are constants of the protocol, not texts."""


class PrivateStrings:
    """Refuses a request whose body holds a text that the user marked private.

    Texts are compared as a reader would (`foundation.text`): in every string of the JSON-decoded body, so that no
    escape hides one; in a body that is no JSON as it stands; and in what the token ids in the body spell, where
    the sender says so. `private` is called for each request, so a text marked a second ago counts; what was worked
    out for the last request is reused while the texts stay the same. Safe on any thread.
    """

    def __init__(self, private: Callable[[], Iterable[str]]) -> None:
        self._private = private
        self._known: tuple[tuple[str, ...], PrivateTexts] = ((), PrivateTexts(()))

    def __call__(self, request: httpx.Request, body: bytes) -> None:
        """Raise TransmissionRefused when `body` holds a private text; the message never quotes one in full."""
        private = self._texts()
        if not private.texts or not body:
            return
        found = private.found_in("\n".join((*_texts(body), exchange_of(request).spelled)))
        if not found:
            return
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise TransmissionRefused(
            f"Nothing was sent to {request.url.host}: the request holds a text that you marked private "
            f"(it begins “{found[0][: min(_SHOWN, len(found[0]) // 2)]}…”{more}); "
            "take it out of the message, or remove it from the profile or the private documents."
        )

    def _texts(self) -> PrivateTexts:
        private = tuple(self._private())
        known, texts = self._known
        if private != known:
            texts = PrivateTexts(private)
            self._known = (private, texts)
        return texts


def _texts(body: bytes) -> Iterator[str]:
    """Every string in a JSON body, or the body as it stands."""
    raw = body.decode("utf-8", "replace")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        yield raw
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
                # Our own field names are plain identifiers; a key that is a text is looked at like one.
                deeper.extend(key for key in one if not key.isidentifier())
                deeper.extend(value for key, value in one.items() if key not in _OUR_WORDS)
            elif isinstance(one, list):
                # A prompt is a list of thousands of token ids: only what can hold a text is looked into.
                deeper.extend(part for part in one if isinstance(part, (str, dict, list)))
        if not deeper:
            return
        level = deeper
    raise TransmissionRefused("Nothing was sent: the request is nested too deeply to be checked; report this.")
