"""Bad weather, from a server that does on purpose what real ones do by accident."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from costeer.cloud import sse
from costeer.cloud.llama_server import LlamaServerClient
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import (
    BugError,
    Cancelled,
    EndpointError,
    EndpointRefused,
    EndpointUnreachable,
    KnownError,
    PromptTooLong,
    StorageError,
    StreamBroken,
)
from costeer.privacy.ledger import LedgerEntry, LedgerRecord
from costeer.privacy.transport import open_client
from tests.cloud.scripted import IMPATIENT, NAME, connected, of_ids, prompt_of, read, sending
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import DONE, ScriptedServer, Talk, delta, entry, event


def check_fails(script: Callable[[Talk], None], kind: type[KnownError], *words: str) -> KnownError:
    """The stream ends in one sentence of this kind that names the endpoint and holds `words`."""
    with connected(script) as client:
        _, error = read(client)
    assert type(error) is kind, repr(error)
    for word in (NAME, *words):
        assert word in error.user_message
    assert error.user_message.endswith(".")
    assert "\n" not in error.user_message
    assert "sesame" not in error.user_message
    return error


def test_nothing_listening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with open_client(MemoryLedger(), base_url=url) as http:
        client = LlamaServerClient(url, "", "", http, NAME, patience=IMPATIENT)
        _, error = read(client)
        assert type(error) is EndpointUnreachable
        assert url in error.user_message
        assert NAME in error.user_message
        with pytest.raises(EndpointUnreachable):
            client.props()


def test_no_such_host() -> None:
    with open_client(MemoryLedger(), base_url="http://no-such-host.invalid") as http:
        client = LlamaServerClient("http://no-such-host.invalid", "", "", http, NAME)
        with pytest.raises(EndpointUnreachable) as caught:
            client.tokenize("x")
    assert "cannot be reached" in caught.value.user_message


def test_a_silent_server() -> None:
    def script(talk: Talk) -> None:
        talk.wait_until_client_leaves()

    with connected(script, read_seconds=0.2) as client:
        _, error = read(client)
    assert type(error) is EndpointUnreachable
    assert "in time" in error.user_message


def test_silence_in_the_middle() -> None:
    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(delta(entry(5, b"a")))
        talk.wait_until_client_leaves()

    with connected(script, read_seconds=0.3) as client:
        tokens, error = read(client)
    assert tokens == [5]
    assert type(error) is StreamBroken


def test_an_answer_that_is_dropped_before_it_begins() -> None:
    check_fails(lambda talk: talk.drop(), EndpointUnreachable, "without an answer")


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key(status: int) -> None:
    body = b'{"error": {"message": "Invalid API Key", "type": "authentication_error"}}'
    check_fails(
        lambda talk: talk.answer(status, "application/json", body), EndpointRefused, "key", "Invalid API Key"
    )


def test_a_server_error_with_text() -> None:
    check_fails(
        lambda talk: talk.answer(500, "text/plain", b"out of\n memory"), EndpointRefused, "500", "out of memory"
    )


def test_an_error_without_text() -> None:
    check_fails(lambda talk: talk.answer(404, "application/json"), EndpointRefused, "404", "no reason given")


@pytest.mark.parametrize("body", [b'{"error": "model loading"}', b'{"detail": "model loading"}'])
def test_shapes_of_errors(body: bytes) -> None:
    check_fails(lambda talk: talk.answer(503, "application/json", body), EndpointRefused, "model loading")


def test_too_many_requests() -> None:
    check_fails(
        lambda talk: talk.answer(429, "application/json", b'{"error": "slow down"}', {"Retry-After": "7"}),
        EndpointRefused,
        "slow down",
        "in 7 seconds",
    )


def test_a_redirect() -> None:
    check_fails(lambda talk: talk.answer(302, "text/plain", b"", {"Location": "/x"}), EndpointRefused, "302")


def test_the_context_is_full() -> None:
    body = b'{"error":{"code":400,"message":"request (9 tokens) exceeds","type":"exceed_context_size_error"}}'
    check_fails(lambda talk: talk.answer(400, "application/json", body), PromptTooLong, "9 tokens")


@pytest.mark.parametrize("status", [200, 404])
def test_a_web_page(status: int) -> None:
    page = b"<!DOCTYPE html><html><body>Welcome</body></html>"
    check_fails(lambda talk: talk.answer(status, "text/html", page), EndpointError, "web page")
    script: Callable[[Talk], None] = lambda talk: talk.answer(status, "text/plain", page)  # noqa: E731
    with connected(script) as client, pytest.raises(EndpointError) as caught:
        client.props()
    assert "web page" in caught.value.user_message


def test_an_answer_that_is_not_streamed() -> None:
    check_fails(lambda talk: talk.answer(200, "application/json", b"{}"), EndpointError, "does not stream")


def test_an_error_inside_the_stream() -> None:
    parts = delta(entry(5, b"a")), event({"error": {"message": "GPU lost", "code": 500}})
    check_fails(sending(*parts), EndpointRefused, "GPU lost")


def test_what_came_before_a_break_is_given_out_first() -> None:
    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(delta(entry(5, b"a")) + delta(entry(6, b"b"), entry(7, b"c")))
        talk.drop()

    with connected(script) as client:
        tokens, error = read(client)
    assert tokens == [5, 6, 7]
    assert type(error) is StreamBroken
    assert "can be continued" in error.user_message


def test_an_end_without_a_finish_is_a_break() -> None:
    with connected(sending(delta(entry(5, b"a")))) as client:
        tokens, error = read(client)
    assert (tokens, type(error)) == ([5], StreamBroken)


def test_a_finish_without_done_is_an_end() -> None:
    with connected(sending(delta(entry(5, b"a")), delta(finish="stop", completion_tokens=1))) as client:
        assert read(client) == ([5], None)


def test_done_without_a_finish_is_a_break() -> None:
    with connected(sending(delta(entry(5, b"a")), DONE)) as client:
        tokens, error = read(client)
    assert (tokens, type(error)) == ([5], StreamBroken)


def test_an_answer_without_logprobs() -> None:
    bare = event({"choices": [{"text": "Hello", "logprobs": None, "finish_reason": None}]})
    check_fails(sending(bare), EndpointError, "log-probabilities")
    check_fails(sending(delta({**entry(5, b"a"), "top_logprobs": []})), EndpointError, "log-probabilities")


@pytest.mark.parametrize(
    "broken",
    [
        b"data: {not json}\n\n",
        b"data: [1, 2]\n\n",
        event({"choices": "none"}),
        event({"choices": ["none"]}),
        event({"no": "choices"}),
        delta({"id": 5, "bytes": [97], "token": "a"}),
        delta({**entry(5, b"a"), "id": "five"}),
        delta({**entry(5, b"a"), "bytes": [999]}),
        delta({**entry(5, b"a"), "top_logprobs": [{"id": 5, "bytes": [97], "logprob": None}]}),
        delta({**entry(5, b"a"), "top_logprobs": [{"id": 2**80, "bytes": [97], "logprob": -1}]}),
    ],
)
def test_events_that_cannot_be_read(broken: bytes) -> None:
    check_fails(sending(broken), EndpointError)


def test_an_endless_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST_EVENT", 200_000)

    def script(talk: Talk) -> None:
        talk.begin()
        for _ in range(10_000):  # 160 MB, if it were taken
            talk.chunk(b"garbage " * 2000)

    check_fails(script, EndpointError, "make no event")


def test_an_endless_error_body_is_not_collected() -> None:
    with connected(lambda talk: talk.answer(500, "text/plain", b"x" * 3_000_000)) as client:
        _, error = read(client)
    assert type(error) is EndpointError
    assert len(error.user_message) < 500


def test_a_complete_answer_is_not_json() -> None:
    with connected(lambda talk: talk.answer(200, "application/json", b"{")) as client:
        for ask in (client.props, lambda: client.tokenize("x"), lambda: client.apply_template([])):
            with pytest.raises(EndpointError):
                ask()


@pytest.mark.parametrize("body", [b"{}", b'{"tokens": "abc", "prompt": 5}', b'{"tokens": [{"id": []}]}', b"[]"])
def test_answers_of_another_shape(body: bytes) -> None:
    with connected(lambda talk: talk.answer(200, "application/json", body)) as client:
        for ask in (
            client.props,
            lambda: client.tokenize("x"),
            lambda: client.tokenize_with_bytes("x"),
            lambda: client.apply_template([]),
        ):
            with pytest.raises(EndpointError):
                ask()


def test_chunks_split_anywhere_and_comments() -> None:
    """Inside a UTF-8 character, inside a line end, inside a number: byte by byte."""
    whole = b": ping\n\n" + delta(entry(5, "é🚀".encode())) + b": ping\r\n\r\nevent: x\nretry: 5\n\n"
    whole += delta(entry(6, "ß".encode())).replace(b"\n", b"\r\n") + delta(finish="length", completion_tokens=2)
    whole += DONE
    with connected(sending(*(bytes([one]) for one in whole))) as client:
        assert read(client, 2) == ([5, 6], None)


def test_the_next_request_finds_a_dropped_stream_closed() -> None:
    """Closing joins the reader, and the server sees the connection go."""
    left = threading.Event()

    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(delta(entry(5, b"a")))
        if talk.wait_until_client_leaves():
            left.set()

    ledger = MemoryLedger()
    with connected(script, ledger=ledger) as client:
        with prompt_of(client).stream([], 5) as stream:
            assert len(stream.take(1)) == 1
            started = time.perf_counter()
        assert time.perf_counter() - started < 1
        assert left.wait(10)
        assert stream.take(1) == []
    assert ledger.records[-1].detail == "closed by us"


def test_cancelling_while_the_server_thinks() -> None:
    cancel = CancelToken()
    arrived, left = threading.Event(), threading.Event()

    def script(talk: Talk) -> None:
        arrived.set()
        if talk.wait_until_client_leaves():
            left.set()

    with connected(script) as client, prompt_of(client, cancel).stream([], 5) as stream:
        assert arrived.wait(10)
        timer = threading.Timer(0.05, cancel.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            stream.take(1)
        timer.join()
        assert left.wait(10)


def test_a_ledger_that_fails_is_not_hidden_by_a_hang_up() -> None:
    class FullDisk(MemoryLedger):
        def append(self, record: LedgerRecord) -> LedgerEntry:
            if record.kind != "request":
                raise StorageError("The disk is full; free some space.")
            return super().append(record)

    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(delta(entry(5, b"a")))
        talk.wait_until_client_leaves()

    with connected(script, ledger=FullDisk()) as client:
        stream = prompt_of(client).stream([], 5)
        assert len(stream.take(1)) == 1
        with pytest.raises(StorageError):
            stream.close()
        stream.close()


def test_misuse_is_a_bug() -> None:
    with connected(sending(delta(finish="stop", completion_tokens=0), DONE)) as client:
        with pytest.raises(BugError):
            client.open_prompt(of_ids([]), 20, None, CancelToken())
        with pytest.raises(BugError):
            prompt_of(client).stream([], 0)
        with prompt_of(client).stream([], 1) as stream:
            with pytest.raises(BugError):
                stream.take(0)
            assert stream.take(1) == []


def test_the_key_is_sent_and_the_model_named() -> None:
    seen: list[str | None] = []
    bodies: list[dict[str, object]] = []

    def script(talk: Talk) -> None:
        seen.append(talk.headers.get("Authorization"))
        bodies.append(talk.json())
        sending(delta(finish="stop", completion_tokens=0), DONE)(talk)

    with ScriptedServer(script) as server, open_client(MemoryLedger(), base_url=server.base_url) as http:
        for key, model in (("sesame", "large"), ("", "")):
            client = LlamaServerClient(server.base_url, key, model, http, NAME)
            assert read(client) == ([], None)
    assert seen == ["Bearer sesame", None]
    assert bodies[0]["model"] == "large"
    assert "model" not in bodies[1]


def test_timeouts_are_the_transports() -> None:
    with open_client(MemoryLedger(), base_url="http://127.0.0.1:1") as http:
        assert http.timeout == httpx.Timeout(60.0, connect=10.0)
