"""A server that means harm: values of the wrong kind, of the wrong size, and more of them than were asked for."""

from __future__ import annotations

import json
import threading
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from costeer.cloud import prompt, text_prompt
from costeer.cloud.abilities import Abilities
from costeer.cloud.http import EndpointHttp
from costeer.cloud.llama_server import LlamaServerClient
from costeer.cloud.reported import parse_entry
from costeer.cloud.text_client import TextClient
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, EndpointError, KnownError
from costeer.privacy.transport import open_client
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition
from tests.cloud.scripted import IMPATIENT, NAME, among, connected, of_ids, prompt_of, read, sending
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import DONE, ScriptedServer, Talk, delta, entry, event

Ask = Callable[[LlamaServerClient], object]

UNREADABLE = "reports tokens in a form that cannot be read"


def replying(body: bytes, seen: list[str] | None = None) -> Callable[[Talk], None]:
    def script(talk: Talk) -> None:
        if seen is not None:
            seen.append(talk.path)
        talk.answer(200, "application/json", body)

    return script


def check_sentence(error: KnownError | None, *words: str) -> None:
    """An EndpointError of one short sentence that names the endpoint and can be written anywhere."""
    assert type(error) is EndpointError, repr(error)
    for word in (NAME, *words):
        assert word in error.user_message
    assert error.user_message.endswith(".")
    assert len(error.user_message) < 500
    assert error.user_message.encode()


def check_refused(body: bytes, ask: Ask, *words: str) -> None:
    """`ask`, answered with `body`, raises such a sentence, and nothing more is sent."""
    seen: list[str] = []
    with connected(replying(body, seen)) as client, pytest.raises(EndpointError) as caught:
        ask(client)
    check_sentence(caught.value, *words)
    assert len(seen) == 1


def check_entry_refused(one: object, *words: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse_entry(one, NAME)
    check_sentence(caught.value, *words)


def with_top(*alternatives: tuple[object, object]) -> dict[str, object]:
    """An entry with these (id, log-probability) alternatives."""
    top = [{"id": one, "bytes": [97], "logprob": logprob} for one, logprob in alternatives]
    return {**entry(5, b"a"), "top_logprobs": top}


def alternative(**changed: object) -> dict[str, object]:
    return {**entry(5, b"a"), "top_logprobs": [{"id": 5, "bytes": [97], "logprob": -0.1, **changed}]}


NO_BYTES = [
    700_000_000,
    2**80,
    True,
    "abc",
    None,
    {"0": 1},
    [97] * 257,
    [True],
    [1.0],
    [-1],
    [256],
    [2**80],
    [[97]],
]


@pytest.mark.parametrize("untrusted", NO_BYTES, ids=lambda one: str(one)[:12])
def test_bytes_are_a_short_list_of_bytes(untrusted: object) -> None:
    tracemalloc.start()
    try:
        check_entry_refused({**entry(5, b"a"), "bytes": untrusted}, UNREADABLE)
        check_entry_refused(alternative(bytes=untrusted), UNREADABLE)
        if not isinstance(untrusted, str):  # a piece may be text
            body = json.dumps({"tokens": [{"id": 1, "piece": untrusted}]}).encode()
            check_refused(body, lambda client: client.tokenize_with_bytes("x"), "does not give token ids")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000


def test_such_bytes_end_a_stream_with_a_sentence() -> None:
    with connected(sending(delta(entry(5, b"a")), delta({**entry(6, b"b"), "bytes": 700_000_000}))) as client:
        tokens, error = read(client)
    assert tokens == [5]
    check_sentence(error, UNREADABLE)


def test_pieces_that_are_no_text() -> None:
    for untrusted in (b'"\\ud800"', b'"' + b"x" * 257 + b'"'):
        body = b'{"tokens": [{"id": 1, "piece": ' + untrusted + b"}]}"
        check_refused(body, lambda client: client.tokenize_with_bytes("x"), "does not give token ids")


def test_a_piece_is_text_or_bytes() -> None:
    body = json.dumps({"tokens": [{"id": 1, "piece": "é"}, {"id": 2, "piece": [240, 159]}]}).encode()
    with connected(replying(body)) as client:
        assert client.tokenize_with_bytes("x") == [(1, "é".encode()), (2, b"\xf0\x9f")]


@pytest.mark.parametrize("in_one_event", [True, False])
def test_no_more_than_was_asked_for_is_delivered(in_one_event: bool) -> None:
    """The stream ends as if the server had kept to `max_tokens`, and the server is left."""
    left = threading.Event()
    many = [entry(token, b"a") for token in range(3000)]

    def script(talk: Talk) -> None:
        talk.begin()
        try:
            for part in [delta(*many)] if in_one_event else [delta(one) for one in many[:20]]:
                talk.chunk(part)
            gone = talk.wait_until_client_leaves()
        except ConnectionError:  # it left while it was being written to
            gone = True
        if gone:
            left.set()

    with connected(script) as client:
        prompt = prompt_of(client)
        taken: list[CloudPosition] = []
        with prompt.stream([9], 5) as stream:
            for _ in range(10):
                taken += stream.take(1000)
            assert left.wait(10)
    assert [one.token for one in taken] == [0, 1, 2, 3, 4]
    assert prompt.figures.positions == 5
    assert prompt.figures.round_trips == 1


@pytest.mark.parametrize("logprob", [0.01, 5, 1e999, "-0.1", True, None, [], 10**400, -(10**400)], ids=str)
def test_a_log_probability_is_a_number_not_above_zero(logprob: object) -> None:
    check_entry_refused(with_top((5, logprob)))


def test_nan_is_no_log_probability() -> None:
    check_entry_refused(with_top((5, float("nan"))), "log-probabilities")
    check_entry_refused(with_top((5, -0.1), (6, float("nan"))), "log-probabilities")


def test_a_rounding_error_above_zero_is_taken_off() -> None:
    assert parse_entry(with_top((5, 0.0009), (6, -20)), NAME).top_logprobs.tolist() == [0.0, -20.0]


def test_probabilities_sum_to_one_at_most() -> None:
    half = float(np.log(0.5))
    assert parse_entry(with_top((5, half), (6, half), (7, float(np.log(0.009)))), NAME).top_ids.size == 3
    check_entry_refused(with_top((5, half), (6, half), (7, float(np.log(0.02)))), "more than one")
    check_entry_refused(with_top(*((one, -1) for one in range(20))), "more than one")


def test_alternatives_are_distinct_and_ordered() -> None:
    check_entry_refused(with_top((5, -1), (5, -2)), "twice")
    check_entry_refused(with_top((5, -2), (6, -1)), "no order")


@pytest.mark.parametrize("logprob", [float("-inf"), -9000, -9999.0, -3.4028234663852886e38])
def test_impossible_alternatives_are_left_out(logprob: float) -> None:
    reported = parse_entry(with_top((5, -0.1), (6, logprob), (7, logprob)), NAME)
    assert reported.top_ids.tolist() == [5]
    assert reported.top_logprobs.tolist() == [-0.1]
    assert reported.top_bytes == (b"a",)
    check_entry_refused(with_top((5, logprob)), "without log-probabilities")


def test_the_list_of_alternatives_is_bounded_by_what_was_asked() -> None:
    def wide(size: int) -> dict[str, object]:
        return with_top((0, -0.1), *((one, -50) for one in range(1, size)))

    assert parse_entry(wide(1000), NAME).top_ids.size == 1000
    check_entry_refused(wide(1001), UNREADABLE)
    parts = delta(wide(1500)), delta(finish="length", completion_tokens=1), DONE
    with connected(sending(*parts)) as client:
        _, error = read(client, 1)
        check_sentence(error, UNREADABLE)
        with client.open_prompt(of_ids([7]), 1500, "m", CancelToken()).stream([], 1) as stream:
            assert stream.take(1)[0].top_ids.size == 1500


NO_ID = ["-1", "true", "2147483648", "1e999", "-1e999", "5.0", '"5"', "null", "[]", "1" + "0" * 400]


@pytest.mark.parametrize("untrusted", NO_ID, ids=lambda one: one[:12])
def test_ids_that_are_none(untrusted: str) -> None:
    value = json.loads(untrusted)
    check_entry_refused({**entry(5, b"a"), "id": value}, UNREADABLE)
    check_entry_refused(alternative(id=value), UNREADABLE)
    body = f'{{"tokens": [1, {untrusted}]}}'.encode()
    check_refused(body, lambda client: client.tokenize("x"), "does not give token ids")
    body = f'{{"tokens": [{{"id": {untrusted}, "piece": "x"}}]}}'.encode()
    check_refused(body, lambda client: client.tokenize_with_bytes("x"), "does not give token ids")


def test_the_largest_id() -> None:
    with connected(replying(b'{"tokens": [0, 2147483647]}')) as client:
        assert client.tokenize("x") == [0, 2**31 - 1]


def test_a_text_has_ids() -> None:
    for ask in (lambda client: client.tokenize("x"), lambda client: client.tokenize_with_bytes("x")):
        check_refused(b'{"tokens": []}', ask, "no token ids")
    with connected(replying(b'{"tokens": []}')) as client:
        assert client.tokenize("") == []


def test_a_text_has_not_millions_of_ids() -> None:
    body = b'{"tokens": [' + b"1," * 4_000_000 + b"1]}"
    check_refused(body, lambda client: client.tokenize("x"), "does not give token ids")


@pytest.mark.parametrize("untrusted", ["0", "-1", "true", "16777217", "1e999", "8192.0", '"8192"', "null"])
def test_a_context_without_a_usable_size(untrusted: str) -> None:
    body = f'{{"default_generation_settings": {{"n_ctx": {untrusted}}}}}'.encode()
    check_refused(body, lambda client: client.props(), "does not tell a usable size of its context")


@pytest.mark.parametrize("untrusted", ["-1", "true", "1.5"])
def test_slots_that_are_no_number(untrusted: str) -> None:
    body = f'{{"default_generation_settings": {{"n_ctx": 512}}, "total_slots": {untrusted}}}'.encode()
    check_refused(body, lambda client: client.props())


@pytest.mark.parametrize(
    "untrusted",
    [
        b'"<|im_start|>\\ud800"',
        b'"' + b"x" * 4_000_001 + b'"',
        b'"' + "é".encode() * 2_000_001 + b'"',
        b"5",
        b"{}",
    ],
    ids=["half a character", "long", "long in bytes", "number", "object"],
)
def test_a_prompt_that_is_no_text(untrusted: bytes) -> None:
    """It is refused here, so that nothing of it is sent back to be tokenised."""
    messages = [{"role": "user", "content": "Hi"}]
    check_refused(
        b'{"prompt": ' + untrusted + b"}",
        lambda client: client.tokenize(client.apply_template(messages)),
        "prompt",
    )


@pytest.mark.parametrize("content", [5, True, "abc", {"id": 5}])
def test_entries_that_are_no_list(content: object) -> None:
    choice = {"text": "", "logprobs": {"content": content}, "finish_reason": None}
    with connected(sending(event({"choices": [choice]}))) as client:
        tokens, error = read(client)
    assert tokens == []
    check_sentence(error, UNREADABLE)


def test_a_finish_reason_and_a_count_of_the_wrong_kind() -> None:
    choice = {"text": "", "logprobs": None, "finish_reason": {"stop": 1}}
    last = event({"choices": [choice], "usage": {"completion_tokens": True}})
    with connected(sending(delta(entry(5, b"a")), last, DONE)) as client:
        tokens, error = read(client)
    assert tokens == [5]
    assert error is not None
    assert "stopped before its end" in error.user_message


def test_the_text_of_an_answer_is_never_used() -> None:
    """Bytes come from `bytes` alone, whatever the texts beside them say."""
    one = {**among(5, b"a", {5: b"a", 6: b"b"}), "token": "\ud800 not this"}
    choice = {"text": "nor this", "logprobs": {"content": [one]}, "finish_reason": "length"}
    part = b"data: " + json.dumps({"choices": [choice], "usage": {"completion_tokens": 1}}).encode() + b"\n\n"
    with connected(sending(part, DONE)) as client, prompt_of(client).stream([], 1) as stream:
        assert [(one.token, one.token_bytes) for one in stream.take(5)] == [(5, b"a")]


def test_the_text_of_a_drawn_token_has_a_kind() -> None:
    """/detokenize is asked when the token drawn is not among the alternatives."""

    def script(talk: Talk) -> None:
        if talk.path == "/detokenize":
            talk.answer(200, "application/json", b'{"content": 5}')
        else:
            sending(delta(among(7, "é".encode(), {5: b"a"})))(talk)

    with connected(script) as client:
        tokens, error = read(client)
    assert tokens == []
    check_sentence(error, "does not give the text of a token")


def test_the_words_of_a_server_can_be_printed() -> None:
    body = b'{"error": {"message": "half \\ud800 a character"}}'
    with connected(lambda talk: talk.answer(500, "application/json", body)) as client:
        _, error = read(client)
    assert error is not None
    assert "half ? a character" in error.user_message


def test_events_without_an_answer_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "MOST_SILENT", 20)
    monkeypatch.setattr(text_prompt, "MOST_SILENT", 20)
    empty = event({"choices": [{"text": "", "delta": {"content": ""}, "logprobs": None, "finish_reason": None}]})
    script = sending(*[empty] * 30)
    with connected(script) as client:
        tokens, error = read(client)
    assert tokens == []
    check_sentence(error, "without end")
    with (
        ScriptedServer(script) as server,
        open_client(MemoryLedger(), base_url=server.base_url) as http,
    ):
        pieces = PieceVocabulary(LocalStrings((), ()), ())
        chat = TextClient(EndpointHttp(NAME, server.base_url, "", http, IMPATIENT), Abilities("chat", "any", 5))
        opened = chat.open_prompt(chat.prepare([]), 5, None, CancelToken(), pieces=pieces)
        with opened.stream((), 5) as stream, pytest.raises(EndpointError) as caught:
            stream.take(1)
    check_sentence(caught.value, "without end")


def test_a_silent_server_keeps_nobody_who_gives_up() -> None:
    """It has taken the request, and says nothing."""
    cancel, release = CancelToken(), threading.Event()

    def script(talk: Talk) -> None:
        cancel.cancel()
        release.wait(30.0)
        talk.answer(200, "application/json", b"{}")

    with connected(script) as client:
        try:
            with pytest.raises(Cancelled):
                client.props(cancel)
        finally:
            release.set()
