"""Every dialect and every trap against a scripted endpoint: the engine is told what the model behind it thinks."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from costeer.cloud.abilities import Abilities
from costeer.cloud.http import EndpointHttp
from costeer.cloud.probe import Probed, probe
from costeer.cloud.text_client import TextClient
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import EndpointError, StreamBroken
from costeer.foundation.text import whole_characters
from costeer.local.template_process import TemplateProcess
from costeer.privacy.transport import open_client
from costeer.services.known_endpoints import KnownEndpoints
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition
from costeer.steering.vocabulary import Vocabulary
from tests.cloud.scripted import IMPATIENT
from tests.cloud.scripted_endpoint import END, MODEL, RESTS, WHOLE, ScriptedEndpoint, Told, Traps, told
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer

QUESTION = [{"role": "user", "content": "Tell me something."}]
SEEDS = range(3)
TEMPLATES = TemplateProcess()

KINDS: dict[str, tuple[str, Traps]] = {
    "OpenAI's shape, continued by a last message": ("chat", Traps()),
    "vLLM's chat": ("chat", Traps(continuation="final")),
    "Mistral's prefix": ("chat", Traps(continuation="prefix")),
    "DeepSeek's beta, sentinels at temperature 0": ("chat", Traps(continuation="beta", sentinels_at_zero=True)),
    "Together's integer and map": ("chat", Traps(integer=True, lists=True)),
    "five alternatives, 400 above": ("chat", Traps(most_k=5)),
    "no bytes": ("chat", Traps(with_bytes=False)),
    "bytes made from the text": ("chat", Traps(bytes_of_text=True)),
    "no log-probabilities at the end": ("chat", Traps(tells_end=False)),
    "comments between events": ("chat", Traps(comments=True)),
    "empty deltas": ("chat", Traps(empty_deltas=True)),
    "several tokens in an event": ("chat", Traps(tokens_at_once=3)),
    "stream not heeded": ("chat", Traps(heeds_stream=False)),
    "limit not heeded": ("chat", Traps(ignores_limit=True)),
    "vLLM": ("vllm", Traps()),
    "Ollama, raw": ("ollama", Traps()),
    "completions alone": ("completions", Traps()),
    "completions alone, five alternatives": ("completions", Traps(most_k=5)),
}


@pytest.fixture(scope="module", autouse=True)
def _templates_end() -> Iterator[None]:
    yield
    TEMPLATES.close()


@contextmanager
def http_of(script: ScriptedEndpoint, key: str = "sesame") -> Iterator[EndpointHttp]:
    with (
        ScriptedServer(script) as server,
        open_client(MemoryLedger(), base_url=server.base_url, read_seconds=5.0) as client,
    ):
        yield EndpointHttp("Test cloud", server.base_url, key, client, IMPATIENT)


def probed(http: EndpointHttp, model: str = "") -> Probed:
    return probe(http, model, TEMPLATES.render, CancelToken())


@functools.cache
def abilities_of(name: str) -> Abilities:
    """What a probe finds at one of the KINDS."""
    with http_of(ScriptedEndpoint(*KINDS[name])) as http:
        return probed(http).abilities


def pieces_of(text: bytes = b"") -> PieceVocabulary:
    return PieceVocabulary(LocalStrings((), ()), (), text)


def client_of(http: EndpointHttp, abilities: Abilities) -> TextClient:
    return TextClient(http, abilities, TEMPLATES.render)


def walk(client: TextClient, vocabulary: PieceVocabulary, most: int, answer: list[int]) -> list[CloudPosition]:
    """One stream to its end."""
    prompt = client.open_prompt(client.prepare(QUESTION), 20, "m", CancelToken(), pieces=vocabulary)
    taken: list[CloudPosition] = []
    with prompt.stream(answer, most) as stream:
        while some := stream.take(4):
            taken += some
    return taken


def expected(seed: int, written: bytes, most: int) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < most and (not found or found[-1] != END):
        found.append(told(seed, written).best)
        written += found[-1]
    return found


@pytest.mark.parametrize("name", KINDS)
def test_the_answer_of_the_model_comes_through(name: str) -> None:
    kind, traps = KINDS[name]
    for seed in SEEDS:
        script = ScriptedEndpoint(kind, traps, seed)
        with http_of(script) as http:
            client = client_of(http, abilities_of(name))
            positions = walk(client, pieces_of(), 12, [])
        model = expected(seed, b"", 12)
        if (
            traps.with_bytes
            and not traps.bytes_of_text
            and not traps.lists
            and kind not in ("vllm", "completions")
        ):
            assert [one.token_bytes for one in positions] == model
            check_alternatives(positions, seed, traps)
        else:  # parts of characters are told as one position
            whole, _ = whole_characters(b"".join(model))
            assert b"".join(one.token_bytes for one in positions) == whole.encode()


def check_alternatives(positions: list[CloudPosition], seed: int, traps: Traps) -> None:
    written = b""
    for one in positions:
        model = told(seed, written)
        by_text = dict(zip(model.spelled, model.logprobs, strict=True))
        if one.token_bytes != END or traps.tells_end:
            least = min(traps.most_k, len(model.spelled)) - (not traps.tells_end)
            assert len(one.top_ids) >= (1 if whole_characters(written)[1] else least - 1), (
                "half characters are left out"
            )
            others = [spelled for spelled in one.top_bytes if spelled != one.token_bytes]
            assert all(not whole_characters(spelled)[1] for spelled in others)
            for spelled, logprob in zip(one.top_bytes, one.top_logprobs, strict=True):
                assert logprob == pytest.approx(by_text[spelled])
        written += one.token_bytes


@pytest.mark.thorough
@pytest.mark.parametrize("name", KINDS)
def test_an_answer_is_continued_where_it_stands(name: str) -> None:
    """Cut behind each position, inside characters too, and asked again: the rest is the same."""
    kind, traps = KINDS[name]
    for seed in SEEDS:
        with http_of(ScriptedEndpoint(kind, traps, seed)) as http:
            client = client_of(http, abilities_of(name))
            vocabulary = pieces_of()
            whole = walk(client, vocabulary, 10, [])
            ids = [one.token for one in whole]
            for cut in range(1, len(whole)):
                if not whole[cut - 1].token_bytes:
                    continue
                rest = walk(client, vocabulary, len(whole) - cut, ids[:cut])
                both = vocabulary.join(ids[:cut]) + vocabulary.join([one.token for one in rest])
                assert both.startswith(vocabulary.join(ids)) or vocabulary.join(ids).startswith(both)
                assert len(both) >= len(vocabulary.join(ids[: cut + 1]))


def test_vllm_by_ids() -> None:
    """Where the local model has the same vocabulary, prompts and answers are ids."""
    vocabulary = Vocabulary([*WHOLE, *RESTS, *(bytes([one]) for one in range(256))], frozenset({0}))
    for seed in SEEDS:
        script = ScriptedEndpoint("vllm", Traps(), seed)
        with http_of(script) as http:
            client = client_of(http, abilities_of("vLLM"))
            prompt = client.open_prompt(client.prepare(QUESTION), 20, "m", CancelToken(), vocabulary=vocabulary)
            with prompt.stream([1, 2], 6) as stream:
                taken: list[CloudPosition] = []
                while some := stream.take(4):
                    taken += some
        assert [one.token_bytes for one in taken] == expected(seed, b"The cat", 6)
        assert [vocabulary.text_bytes(one.token) for one in taken] == expected(seed, b"The cat", 6)
        body = script.requests[-1][1]
        assert body["prompt"][-2:] == [1, 2]
        assert body["add_special_tokens"] is False


TIERS = {
    "A": ("chat", Traps()),
    "A-": ("chat", Traps(most_k=5)),
    "B": ("chat", Traps(continuation="")),
    "C": ("chat", Traps(drops_logprobs=True)),
}


@pytest.mark.parametrize("tier", TIERS)
def test_the_probe_finds_the_tier(tier: str) -> None:
    kind, traps = TIERS[tier]
    with http_of(ScriptedEndpoint(kind, traps)) as http:
        found = probed(http)
    assert found.abilities.tier == tier
    assert found.models == (MODEL, "other")
    assert found.abilities.model == MODEL
    assert found.seconds < 15.0
    assert Abilities.from_json(found.abilities.as_json()) == found.abilities
    assert bool(found.abilities.remarks) == (tier == "C")


@pytest.mark.parametrize("name", KINDS)
def test_the_probe_is_right(name: str) -> None:
    kind, traps = KINDS[name]
    found = abilities_of(name)
    assert found.tier == ("A-" if traps.most_k == 5 else "A")
    if kind == "chat":
        ways = {"beta": "prefix"}
        assert found.continuation == ways.get(traps.continuation, traps.continuation)
        assert found.integer == traps.integer
        assert found.top_k == traps.most_k
        assert found.greedy == ("nucleus" if traps.sentinels_at_zero else "zero")
    else:
        assert found.kind == kind
        assert found.raw


def test_certain_tokens_are_not_believed() -> None:
    with http_of(ScriptedEndpoint("chat", Traps(certain=True))) as http:
        found = probed(http).abilities
    assert found.tier == "C"
    assert "speculative" in str(found.remarks[0])


def refusal(traps: Traps, key: str = "sesame") -> str:
    """What the user is told when the endpoint is tested."""
    with http_of(ScriptedEndpoint(traps=traps), key) as http, pytest.raises(EndpointError) as caught:
        probed(http)
    return caught.value.user_message


def test_a_wrong_key_a_page_and_a_busy_endpoint() -> None:
    wrong = refusal(Traps(key="right"), "wrong-key")
    assert "does not accept the key (Incorrect API key provided)" in wrong
    assert "wrong-key" not in wrong
    assert "web page" in refusal(Traps(page=True))
    busy = refusal(Traps(status=429, retry_after="7"))
    assert "Slow down" in busy
    assert "in 7 seconds" in busy


def test_a_stream_that_is_cut() -> None:
    with http_of(ScriptedEndpoint(traps=Traps(cut_after=3))) as http:
        abilities = Abilities("chat", MODEL, 20, "trailing", streams_logprobs=True)
        client, vocabulary = client_of(http, abilities), pieces_of()
        prompt = client.open_prompt(client.prepare(QUESTION), 20, "m", CancelToken(), pieces=vocabulary)
        taken: list[CloudPosition] = []
        with prompt.stream([], 8) as stream:
            while len(taken) < 3:  # bounded: `take` waits for one at least, or raises
                taken += stream.take(1)
            with pytest.raises(StreamBroken, match="can be continued"):
                stream.take(1)
        rest = walk(client, vocabulary, 5, [one.token for one in taken])
    assert [one.token_bytes for one in taken + rest] == expected(1, b"", 8)


def test_sums_above_one_are_refused() -> None:
    class Wrong(ScriptedEndpoint):
        def _entry(self, spelled: bytes, logprob: float) -> dict[str, object]:
            return {**super()._entry(spelled, logprob), "logprob": -0.1}

    with http_of(Wrong()) as http:
        client = client_of(http, Abilities("chat", MODEL, 20, "trailing", streams_logprobs=True))
        with pytest.raises(EndpointError, match="sum to more than one"):
            walk(client, pieces_of(), 3, [])


def test_a_position_is_a_distribution() -> None:
    with http_of(ScriptedEndpoint()) as http:
        client = client_of(http, Abilities("chat", MODEL, 4, "trailing", streams_logprobs=True))
        for one in walk(client, pieces_of(), 6, []):
            assert len(one.top_ids) == len(one.top_bytes) <= 4
            assert np.all(np.diff(one.top_logprobs) <= 0.0)
            assert one.token in one.top_ids


def test_a_character_that_comes_whole_where_half_of_it_stands() -> None:
    """The answer ends inside a character, and the endpoint spells it again as one token."""
    vocabulary = pieces_of()
    half = vocabulary.give(b"\xf0\x9f")
    vocabulary.learn(CloudPosition(half, np.array([half]), np.zeros(1), b"\xf0\x9f", (b"\xf0\x9f",)))

    class Whole(ScriptedEndpoint):
        def _steps(self, body: object, written: bytes) -> Iterator[Told]:
            return iter([Told(("\U0001f600".encode(), b" a"), (-0.1, -3.0)), Told((END, b" a"), (-0.1, -3.0))])

    with http_of(Whole()) as http:
        client = client_of(http, Abilities("chat", MODEL, 20, "trailing", streams_logprobs=True))
        rest = walk(client, vocabulary, 4, [half])
    assert b"\xf0\x9f" + b"".join(one.token_bytes for one in rest) == "\U0001f600".encode()


class Odd(ScriptedEndpoint):
    """Sends the same event for ever, or once, whatever is asked."""

    def __init__(self, told: object) -> None:
        super().__init__()
        self.told = told

    def _logprobs(self, *_: object, **__: object) -> object:
        return self.told


def nested(depth: int) -> object:
    value: object = {" a": -0.1}
    for _ in range(depth):
        value = [value]
    return value


ODD = {
    "lists of lists": {"tokens": [" a"], "token_logprobs": [-0.1], "top_logprobs": [nested(500)]},
    "parts without an end": {
        "tokens": ["\ufffd"] * 20,
        "token_logprobs": [-1.7e308] * 20,
        "top_logprobs": [{}] * 20,
    },
    "no numbers": {"tokens": [" a"], "token_logprobs": ["much"], "top_logprobs": [{}]},
    "lists of different lengths": {"tokens": [" a"], "token_logprobs": [], "top_logprobs": [{}]},
    "no list": {"tokens": [" a"], "token_logprobs": 7, "top_logprobs": [{}]},
}


@pytest.mark.parametrize("name", ODD)
def test_what_cannot_be_read_is_one_sentence(name: str) -> None:
    with http_of(Odd(ODD[name])) as http:
        client = client_of(http, Abilities("chat", MODEL, 20, "trailing", streams_logprobs=True))
        with pytest.raises(EndpointError, match="Test cloud reports"):
            walk(client, pieces_of(), 3, [])


@pytest.mark.parametrize(
    "change",
    [
        {"top_k": "20"},
        {"top_k": True},
        {"path": ".evil.example/x"},
        {"path": "@evil.example/x"},
        {"greedy": "x"},
        {"extra": [1]},
        {"window": "9"},
        {"model": 5},
        {"remarks": [5]},
        {"continuation": "other"},
        {"kind": "other"},
    ],
)
def test_kept_abilities_that_no_probe_found(change: dict[str, object], tmp_path: Path) -> None:
    kept = Abilities("chat", MODEL, 20, "trailing", streams_logprobs=True).as_json()
    file = tmp_path / "endpoints.json"
    file.write_text(json.dumps({"http://one m": kept, "http://two m": {**kept, **change}}), encoding="utf-8")
    known = KnownEndpoints(file)
    assert known.get("http://one", "m") is not None
    assert known.get("http://two", "m") is None, "it is tested again"
    file.write_text("[" * 100_000, encoding="utf-8")
    assert known.get("http://one", "m") is None
