"""Guards: the last look at a request before it leaves.

A guard is called by the transport with the request and its whole body, on the thread that sends it, and raises
`TransmissionRefused` when the request must not go. It sees exactly the bytes that would be sent, so what a
layer above forgot, or a server's answer smuggled back in, is still found here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator

import httpx

from costeer.foundation.disguises import private_in
from costeer.foundation.errors import TransmissionRefused
from costeer.foundation.folding import comparable
from costeer.foundation.private_texts import CurrentTexts, PrivateTexts
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.privacy.exchange import exchange_of

Guard = Callable[[httpx.Request, bytes], None]

Allowed = Callable[[str | None], Collection[str]]
"""Message id -> the private texts that the user lets be sent as they are in its conversation."""

_SHOWN = 4
_DEEPEST = 64

_OUR_FIELDS = frozenset(
    """add_generation_prompt add_special add_special_tokens cache_prompt cache_salt content continue_final_message
    grammar id_slot logprobs max_tokens messages min_p model num_predict options parse_special prefix prompt raw
    return_tokens_as_token_ids role samplers seed stream stream_options temperature thinking tokens top_k
    top_logprobs top_p type with_pieces""".split()
)
_OUR_VALUES = {
    "role": frozenset({"system", "user", "assistant"}),
    "samplers": frozenset({"top_k", "top_p", "temperature"}),
    "type": frozenset({"disabled"}),
    "grammar": frozenset({"root ::= [ -~\\n\\t]*"}),
}
"""Names and constants of the protocols, which are no texts."""

_OUR_HEADERS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"}
)
_KEY_HEADERS = frozenset({"authorization", "api-key", "x-api-key"})


class PrivateStrings:
    """Refuses a request that holds a text that the user marked private.

    Texts are compared as a reader would (`foundation.private_texts`), as they stand and with every escape and
    encoding undone (`foundation.disguises`): in the address, in the values of headers, in every string of the
    JSON-decoded body (in all of a body that is no JSON), and in what the token ids in the body spell, where the
    sender says so. `private` is called for each request, so a text marked a second ago counts; what was worked out
    for the last request is reused while the texts stay the same. `allowed` names the exceptions that the user has
    made. Safe on any thread.
    """

    def __init__(
        self, private: Callable[[], Iterable[str]] | CurrentTexts, allowed: Allowed = lambda _: ()
    ) -> None:
        self._private = private if isinstance(private, CurrentTexts) else CurrentTexts(private)
        self._allowed = allowed

    def __call__(self, request: httpx.Request, body: bytes) -> None:
        """Raise TransmissionRefused when the request holds a private text; the sentence quotes its beginning."""
        private = self._private()
        if not private:
            return
        exchange = exchange_of(request)
        parts = (*_of_address(request, private), *_texts(body), exchange.spelled)
        found = private_in("\n".join(parts), private)
        if not found:
            return
        allowed = {comparable(one) for one in self._allowed(exchange.message_id)}
        found = tuple(one for one in found if comparable(one) not in allowed)
        if not found:
            return
        more = Translatable(" and {count} more", count=len(found) - 1) if len(found) > 1 else NOTHING
        raise TransmissionRefused(
            "Nothing was sent to {host}: the request holds a text that you marked private "
            "(it begins “{beginning}…”{more}); "
            "take it out of the message, or remove it from the profile or the private documents.",
            host=request.url.host,
            beginning=found[0].strip()[: min(_SHOWN, len(found[0].strip()) // 2)],
            more=more,
        )


def _of_address(request: httpx.Request, private: PrivateTexts) -> Iterator[str]:
    """The URL and the values of the headers that a caller has set. A key that is itself marked private is what the
    endpoint must be told."""
    yield str(request.url)
    keys = {one.strip() for one in private.texts}
    for name, value in request.headers.items():
        key = name in _KEY_HEADERS and value.rpartition(" ")[2] in keys
        if name not in _OUR_HEADERS and not key:
            yield value


def _texts(body: bytes) -> Iterator[str]:
    """Every string in a JSON body, or the body as it stands."""
    raw = body.decode("utf-8", "replace")
    try:
        value = json.loads(raw, object_pairs_hook=_Fields)
    except (ValueError, RecursionError):
        yield raw.replace("\x00", "")
        return
    yield from _strings(value)


class _Fields(list[tuple[str, object]]):
    """A JSON object with every field that was written, also where a name stands twice."""


def _strings(value: object) -> Iterator[str]:
    level: list[tuple[str, object]] = [("", value)]
    for _ in range(_DEEPEST):
        deeper: list[tuple[str, object]] = []
        for field, one in level:
            if isinstance(one, str):
                if one not in _OUR_VALUES.get(field, ()):
                    yield one
            elif isinstance(one, _Fields):
                yield from (name for name, _ in one if name not in _OUR_FIELDS)
                deeper.extend(one)
            elif isinstance(one, list):
                # A prompt is a list of thousands of token ids: only what can hold a text is looked into.
                deeper.extend((field, part) for part in one if isinstance(part, (str, list)))
        if not deeper:
            return
        level = deeper
    raise TransmissionRefused("Nothing was sent: the request is nested too deeply to be checked; report this.")
