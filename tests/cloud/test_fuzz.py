"""Whatever an endpoint sends, reading it ends in values or in one of our own errors."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from costeer.cloud.dialects.chat import ChatDialect
from costeer.cloud.dialects.completions import CompletionsDialect
from costeer.cloud.dialects.ollama import OllamaDialect
from costeer.cloud.dialects.protocol import Dialect, Heard
from costeer.cloud.lines import objects
from costeer.cloud.reported import parse_entry
from costeer.cloud.sse import events
from costeer.cloud.untrusted import Unreadable
from costeer.foundation.errors import EndpointError
from tests.material.mutations import damaged_bytes, damaged_value, in_chunks

ENDPOINT = "https://cloud.example"


def entry(text: str, logprob: float, token: int) -> dict[str, Any]:
    return {"id": token, "token": text, "logprob": logprob, "bytes": list(text.encode())}


ENTRIES = [
    {**entry(text, -0.1, 5), "top_logprobs": [entry(text, -0.1, 5), entry("no", -3.0, 7), entry("é", -5.5, 9)]}
    for text in ("yes", " and", "<|im_end|>")
]
LISTS = {
    "tokens": ["yes", "token_id:7", "bytes:\\xc3"],
    "token_logprobs": [-0.1, -0.2, -9999.0],
    "top_logprobs": [{"yes": -0.1, "no": -3.0}, [{"a": -1.0}, {"b": -2.0}], None],
    "text_offset": [0, 3, 4],
}
USAGE = {"usage": {"prompt_tokens": 12, "completion_tokens": 3}}


def choices(said: dict[str, Any], logprobs: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, **said, "logprobs": logprobs, "finish_reason": "stop"}], **USAGE}


SAID: Sequence[tuple[Dialect, dict[str, Any]]] = (
    (ChatDialect("trailing"), choices({"delta": {"content": "yes and"}}, {"content": ENTRIES})),
    (ChatDialect("prefix"), choices({"message": {"role": "assistant", "content": "yes"}}, LISTS)),
    (CompletionsDialect(), choices({"text": "yes and"}, LISTS)),
    (OllamaDialect(), {"response": "yes", "done": True, "done_reason": "stop", "logprobs": ENTRIES}),
    (OllamaDialect(), {"message": {"role": "assistant", "content": "yes"}, "done": False, "logprobs": ENTRIES}),
)


def response(data: bytes, chance: random.Random) -> httpx.Response:
    class Stream(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return in_chunks(data, chance)

    return httpx.Response(200, stream=Stream())


def check(heard: Heard) -> None:
    for told in heard.tokens:
        for one in (told.written, *told.top):
            assert not math.isnan(one.logprob)
            assert one.token is None or 0 <= one.token < 2**31
            assert one.spelled is None or len(one.spelled) <= 4 * 4 * 256


def is_one_sentence(outcome: str, said: str) -> str:
    assert 0 < len(said) < 500  # and not what the server wrote
    return outcome


def read_one(seed: int) -> str:
    """Read one damaged stream; what became of it."""
    chance = random.Random(seed)
    dialect, event = chance.choice(SAID)
    said = [damaged_value(event, chance) if chance.random() < 0.5 else event for _ in range(chance.randint(1, 3))]
    if dialect.lines:
        data = b"".join(json.dumps(one).encode() + b"\n" for one in said)
    else:
        data = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in said) + b"data: [DONE]\n\n"
    stream = response(damaged_bytes(data, chance) if chance.random() < 0.6 else data, chance)
    try:
        for one in (objects if dialect.lines else events)(stream, ENDPOINT):
            if one is not None:
                check(dialect.heard(one))
    except EndpointError as error:
        return is_one_sentence("refused", error.user_message)
    except Unreadable as error:
        return is_one_sentence("unreadable", str(error))
    return "read"


def read_entry(seed: int) -> str:
    """The same for an entry of llama-server's."""
    chance = random.Random(seed)
    try:
        reported = parse_entry(damaged_value(chance.choice(ENTRIES), chance), ENDPOINT)
    except EndpointError:
        return "refused"
    assert len(reported.top_ids) == len(reported.top_logprobs) == len(reported.top_bytes)
    assert (reported.top_logprobs <= 0.0).all()
    return "read"


@pytest.mark.parametrize("read", [read_one, read_entry])
def test_nothing_an_endpoint_sends_breaks_the_readers(read: Any) -> None:
    outcomes = [read(seed) for seed in range(1500)]
    assert {"read", "refused"} <= set(
        outcomes
    )  # both are reached, so the damage is neither too much nor too little


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("read", [read_one, read_entry])
def test_a_hundred_thousand_answers(read: Any) -> None:
    for seed in range(1500, 101_500):
        read(seed)
