"""The client against the real llama-server of the demo cloud."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import numpy as np
import pytest

from costeer.cloud.llama_server import LlamaServerClient
from costeer.cloud.prompt import ASCII_ONLY
from costeer.cloud.reported import parse_entry
from costeer.cloud.stream import ReaderStream
from costeer.demo_cloud.supervisor import DEMO_CLOUD_NAME, DemoCloud
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import (
    BadInput,
    Cancelled,
    EndpointRefused,
    EndpointUnreachable,
    PromptTooLong,
    StreamBroken,
    TransmissionRefused,
)
from costeer.privacy.guards import PrivateStrings
from costeer.privacy.transport import open_client
from costeer.steering.types import CloudPosition
from tests.cloud.conftest import Cloud
from tests.cloud.scripted import of_ids
from tests.privacy.memory_ledger import MemoryLedger

END = 2  # <|im_end|> of the demo model


def take_all(stream: ReaderStream, tokens: list[int] | None = None) -> list[CloudPosition]:
    """All positions; their tokens also go into `tokens`, at once."""
    taken: list[CloudPosition] = []
    for _ in range(10_000):
        some = stream.take(64)
        if not some:
            return taken
        taken += some
        if tokens is not None:
            tokens += [one.token for one in some]
    raise AssertionError("the stream does not end")


def spelled(cloud: Cloud, positions: list[CloudPosition]) -> str:
    tokens = [one.token for one in positions if one.token != END]
    text = cloud.bare.post("/detokenize", json={"tokens": tokens}).json()["content"]
    assert isinstance(text, str)
    return text


def test_props(cloud: Cloud) -> None:
    props = cloud.client.props()
    assert props.n_ctx == 8192
    assert props.model == "SmolLM2-135M-Instruct.Q4_1"
    assert "im_start" in props.chat_template
    assert props.slots == 1


def test_tokenising_is_what_the_completion_endpoint_does_itself(cloud: Cloud) -> None:
    text = cloud.client.apply_template(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi é 你好\n\n  <|im_end|> ok"},
        ]
    )
    ids = cloud.client.tokenize(text)
    body = {"prompt": text, "max_tokens": 1, "temperature": 0}
    counted = cloud.bare.post("/v1/completions", json=body).json()["usage"]["prompt_tokens"]
    assert len(ids) == counted
    assert cloud.reference(ids, 12) == cloud.reference(text, 12)
    with_bytes = cloud.client.tokenize_with_bytes(text)
    assert [token for token, _ in with_bytes] == ids
    assert b"".join(piece for _, piece in with_bytes).decode() == text


def test_positions_are_greedy_and_ordered(cloud: Cloud) -> None:
    ids = cloud.prompt_ids("What is 2+2?")
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", CancelToken())
    with prompt.stream([], 60) as stream:
        positions = take_all(stream)
        assert stream.take(1) == []
    assert [one.token for one in positions] == cloud.reference(ids, 60)
    assert positions[-1].token == END, "the end token is a position like any other"
    assert positions[-1].token_bytes == b""
    assert b"".join(one.token_bytes for one in positions) == spelled(cloud, positions).encode()
    for one in positions:
        assert one.top_ids.shape == one.top_logprobs.shape == (20,)
        assert one.token == one.top_ids[0]
        assert np.all(np.diff(one.top_logprobs) <= 0)
        assert np.exp(one.top_logprobs).sum() <= 1.0001
    assert prompt.figures.round_trips == 1
    assert prompt.figures.positions == len(positions)
    assert prompt.figures.tokens_sent == 0


def test_a_request_holds_ids_and_public_settings_only(cloud: Cloud) -> None:
    ids = cloud.prompt_ids("Count to ten.")
    before = len(cloud.ledger.records)
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", CancelToken())
    with prompt.stream([504, 42], 1) as stream:
        take_all(stream)
    request, response = cloud.ledger.records[before:]
    assert json.loads(request.body) == {
        "prompt": [*ids, 504, 42],
        "temperature": 0.0,
        "stream": True,
        "logprobs": 20,
        "max_tokens": 1,
        "cache_prompt": True,
    }
    assert (response.kind, response.status, response.detail) == ("response", 200, "")
    assert response.body.rstrip().endswith("[DONE]")
    assert {one.message_id for one in (request, response)} == {"m"}
    assert prompt.figures.tokens_sent == 2


@pytest.mark.parametrize(
    "question",
    [
        "Repeat exactly: 🎉🎈🚀 你好世界 😀😃",
        "Write only emoji. 😀🎉🚀🌍🔥",
        " 请用中文介绍北京。",
        "Answer in Greek: γειά;",
    ],
)
@pytest.mark.parametrize("most", [1, 3, 24])
def test_withheld_characters_come_out_token_by_token(cloud: Cloud, question: str, most: int) -> None:
    """First token withheld, several in a row, and an end inside a character."""
    ids = cloud.prompt_ids(question)
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", CancelToken())
    with prompt.stream([], most) as stream:
        positions = take_all(stream)
    expected = cloud.reference(ids, most)
    assert [one.token for one in positions] == expected
    assert all(one.token == one.top_ids[0] and one.top_ids.size == 20 for one in positions)
    written = b"".join(one.token_bytes for one in positions).decode("utf-8", "replace")
    assert written.rstrip("\ufffd") == spelled(cloud, positions).rstrip("\ufffd")
    assert prompt.figures.positions == len(expected)
    records = [one for one in cloud.ledger.records if one.kind == "request" and one.purpose == "answer"]
    assert prompt.figures.round_trips == len(records)
    sent = sum(len(json.loads(one.body)["prompt"]) - len(ids) for one in records)
    assert prompt.figures.tokens_sent == sent


def test_a_withheld_position_has_the_distribution_of_the_model(cloud: Cloud) -> None:
    """The grammar that makes the server speak does not touch what it reports."""
    ids = cloud.prompt_ids("What is the capital of France?")
    body = {"prompt": ids, "max_tokens": 1, "temperature": 0, "logprobs": 20}

    def reported(extra: dict[str, object]) -> tuple[list[int], list[float]]:
        reply = cloud.bare.post("/v1/completions", json={**body, **extra}).json()
        one = parse_entry(reply["choices"][0]["logprobs"]["content"][0], "reference")
        return one.top_ids.tolist(), one.top_logprobs.tolist()

    plain = reported({})
    assert plain == reported({"grammar": ASCII_ONLY})
    assert plain == reported({"grammar": "root ::= [0-9]*"})


@pytest.mark.thorough
def test_a_continued_answer_equals_an_uncut_one(cloud: Cloud) -> None:
    ids = cloud.prompt_ids("Write about trains.")
    whole = cloud.reference(ids, 40)
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", CancelToken())
    written: list[int] = []
    for _ in range(40):
        with prompt.stream(written, 40 - len(written)) as stream:
            written += [one.token for one in stream.take(7)]
        if len(written) == 40:
            break
    assert written == whole


def test_leaving_a_stream_stops_the_cloud(cloud: Cloud) -> None:
    """The server has one slot: the next request would wait for thousands of tokens if it went on."""
    ids = cloud.prompt_ids("Write a very long story about the sea. Do not stop.")
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", CancelToken())
    with prompt.stream([], 6000) as stream:
        assert stream.take(3)
    started = time.perf_counter()
    with prompt.stream([], 1) as stream:
        assert len(take_all(stream)) == 1
    assert time.perf_counter() - started < 3
    details = [one.detail for one in cloud.ledger.records if one.kind == "response"]
    assert details[-2:] == ["closed by us", ""]
    assert not [one for one in threading.enumerate() if one.name == "cloud-stream"]


def test_cancelling_wakes_the_taker(cloud: Cloud) -> None:
    cancel = CancelToken()
    ids = cloud.prompt_ids("Write a very long story about the sea. Do not stop.")
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", cancel)
    with prompt.stream([], 6000) as stream:
        assert stream.take(1)
        cancel.cancel()
        with pytest.raises(Cancelled):
            stream.take(1)
    with pytest.raises(Cancelled):
        prompt.stream([], 1)
    assert cloud.ledger.records[-1].detail == "closed by us"


@pytest.mark.thorough
def test_plain_draws(cloud: Cloud) -> None:
    ids = cloud.prompt_ids("Invent a name for a boat.")

    def draw(seed: int, question: list[int] = ids, temperature: float = 1.2) -> list[int]:
        prompt = cloud.client.open_prompt(of_ids(question), 20, None, CancelToken())
        with prompt.plain_stream([], 24, temperature=temperature, top_p=0.95, seed=seed) as stream:
            return [one.token for one in take_all(stream)]

    assert draw(1) == draw(1)
    assert len({tuple(draw(seed)) for seed in range(4)}) > 1
    assert draw(5, temperature=0.0) == cloud.reference(ids, 24)


@pytest.mark.thorough
def test_plain_draws_of_split_characters_spell_whole_text(cloud: Cloud) -> None:
    """What is drawn token by token, detokenised, has no broken character inside."""
    ids = cloud.prompt_ids("Write only emoji. 😀🎉🚀🌍🔥")
    prompt = cloud.client.open_prompt(of_ids(ids), 20, None, CancelToken())
    with prompt.plain_stream([], 40, temperature=0.8, top_p=0.9, seed=3) as stream:
        drawn = [one.token for one in take_all(stream)]
    assert len(drawn) > 8
    text = cloud.bare.post("/detokenize", json={"tokens": drawn}).json()["content"]
    assert "\ufffd" not in text.rstrip("\ufffd")
    assert not text.isascii()


def test_a_prompt_that_is_too_long(cloud: Cloud) -> None:
    prompt = cloud.client.open_prompt(of_ids([504] * 9000), 20, "m", CancelToken())
    with prompt.stream([], 5) as stream, pytest.raises(PromptTooLong) as caught:
        stream.take(1)
    assert "9000 tokens" in caught.value.user_message


def test_a_wrong_key(cloud: Cloud) -> None:
    with open_client(MemoryLedger(), base_url=cloud.address.base_url) as http:
        for key in ("", "wrong-key-0123456789"):
            client = LlamaServerClient(cloud.address.base_url, key, "", http, "My server")
            with pytest.raises(EndpointRefused) as caught:
                client.props()
            assert "key" in caught.value.user_message
            assert "My server" in caught.value.user_message
            assert "wrong-key" not in caught.value.user_message
            prompt = client.open_prompt(of_ids([1, 2]), 20, None, CancelToken())
            with prompt.stream([], 2) as stream, pytest.raises(EndpointRefused):
                stream.take(1)
        with pytest.raises(BadInput):
            LlamaServerClient(cloud.address.base_url, "naïve key", "", http, "My server")


def test_a_refused_id(cloud: Cloud) -> None:
    prompt = cloud.client.open_prompt(of_ids([999_999]), 20, "m", CancelToken())
    with prompt.stream([], 5) as stream, pytest.raises(EndpointRefused) as caught:
        stream.take(1)
    assert "invalid tokens" in caught.value.user_message


def test_a_private_string_spelled_by_ids_stays_here(cloud: Cloud) -> None:
    ledger = MemoryLedger()
    guard = PrivateStrings(lambda: ["My sister is called Wilhelmina"])
    pieces = dict(cloud.client.tokenize_with_bytes(" Well, my sister is called Wilhelmina!"))
    ids = cloud.client.tokenize(" Well, my sister is called Wilhelmina!")

    def spell(tokens: object) -> str:
        assert isinstance(tokens, list)
        return b"".join(pieces[one] for one in tokens).decode()

    with open_client(ledger, base_url=cloud.address.base_url, guards=[guard]) as http:
        client = LlamaServerClient(cloud.address.base_url, cloud.address.key, "", http, DEMO_CLOUD_NAME)
        prompt = client.open_prompt(of_ids([1, 2, 3]), 20, "m", CancelToken(), spell=spell)
        with prompt.stream(ids, 5) as stream, pytest.raises(TransmissionRefused):
            stream.take(1)
        assert [(one.kind, one.body) for one in ledger.records] == [("refused", "")]
        with prompt.stream(ids[:3], 2) as stream:
            assert stream.take(1)


@pytest.mark.thorough
def test_a_killed_cloud_and_its_successor(cloud: Cloud, demo_cloud: DemoCloud) -> None:
    """What arrived before the kill is given out; the rest comes from the server that replaces it."""
    ids = cloud.prompt_ids("Write about rivers.")
    whole = cloud.reference(ids, 120)
    prompt = cloud.client.open_prompt(of_ids(ids), 20, "m", CancelToken())
    written: list[int] = []
    process = demo_cloud.process_id
    assert process is not None
    with prompt.stream([], 120) as stream:
        written += [one.token for one in stream.take(5)]
        os.kill(process, signal.SIGKILL)
        with pytest.raises(StreamBroken) as caught:
            take_all(stream, written)
    assert DEMO_CLOUD_NAME in caught.value.user_message
    assert written == whole[: len(written)]
    with pytest.raises(EndpointUnreachable):
        cloud.client.props()
    address = demo_cloud.ensure_running()
    assert address != cloud.address
    with open_client(MemoryLedger(), base_url=address.base_url) as http:
        client = LlamaServerClient(address.base_url, address.key, "", http, DEMO_CLOUD_NAME)
        again = client.open_prompt(of_ids(ids), 20, "m", CancelToken())
        with again.stream(written, 120 - len(written)) as stream:
            written += [one.token for one in take_all(stream)]
    assert written == whole
