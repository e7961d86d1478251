"""The core of the conformance suite against real engines: llama-server here, vLLM where it is installed (slow).

Whatever the dialect, the same model says the same words, and an answer that is cut is continued where it stands.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from costeer.bootstrap import Application
from costeer.cloud.abilities import Abilities
from costeer.cloud.http import EndpointHttp
from costeer.cloud.probe import Probed, probe
from costeer.cloud.text_client import TextClient
from costeer.foundation.cancel import CancelToken
from costeer.foundation.settings import EndpointSettings
from costeer.local.template_process import TemplateProcess
from costeer.privacy.transport import open_client
from costeer.services.events import NoticeRaised
from costeer.services.options import AskOptions
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.types import CloudPosition
from tests.cloud.conftest import Cloud
from tests.cloud.vllm_server import VllmServer
from tests.integration.conftest import PROFILE, ask
from tests.privacy.memory_ledger import MemoryLedger

QUESTION = [{"role": "user", "content": "Write one sentence about the sea, with an emoji."}]
MOST = 24
CUTS = (1, 5, 11, 17)
TEMPLATES = TemplateProcess()


def check_core(client: TextClient) -> bytes:
    """What it writes greedily; checks that the positions are distributions and that any cut is continued."""
    vocabulary = PieceVocabulary(LocalStrings((), ()), ())
    whole = walk(client, vocabulary, [], MOST)
    for one in whole:
        assert one.token in one.top_ids
        assert one.top_logprobs.max() <= 0.0
        assert len(one.top_ids) == len(one.top_bytes)
    assert max(len(one.top_ids) for one in whole) >= min(5, client.abilities.top_k)
    ids = [one.token for one in whole]
    text = vocabulary.join(ids)
    for cut in CUTS:
        if cut < len(ids) - 1:
            rest = walk(client, vocabulary, ids[:cut], len(ids) - cut)
            both = vocabulary.join(ids[:cut]) + vocabulary.join([one.token for one in rest])
            assert both[: len(text)] == text[: len(both)] or near_tie(whole, rest, cut), (both, text)
    return text


def near_tie(whole: list[CloudPosition], rest: list[CloudPosition], cut: int) -> bool:
    """Whether the first difference is between two tokens that are as good as equally likely."""
    for one, other in zip(whole[cut:], rest, strict=False):
        if one.token_bytes != other.token_bytes:
            return bool(one.top_logprobs[0] - one.top_logprobs[1] < 0.3)
    return True


def walk(client: TextClient, vocabulary: PieceVocabulary, answer: list[int], most: int) -> list[CloudPosition]:
    prompt = client.open_prompt(client.prepare(QUESTION), 20, "m", CancelToken(), pieces=vocabulary)
    taken: list[CloudPosition] = []
    with prompt.stream(answer, most) as stream:
        while some := stream.take(8):
            taken += some
    return taken


@pytest.fixture(scope="module", autouse=True)
def _templates_end() -> Iterator[None]:
    yield
    TEMPLATES.close()


def probed(http: EndpointHttp, model: str = "") -> Probed:
    return probe(http, model, TEMPLATES.render, CancelToken())


@pytest.mark.thorough
def test_llama_server_in_every_dialect_that_it_speaks(cloud: Cloud) -> None:
    template = cloud.client.props().chat_template
    chat = Abilities("chat", "", 20, "trailing", streams_logprobs=True)
    few = Abilities("chat", "", 5, "trailing", streams_logprobs=True)
    completions = Abilities("completions", "", 20, streams_logprobs=True, raw=True, chat_template=template)
    native = cloud.reference(cloud.client.prepare(QUESTION).text, MOST)
    spelled = b"".join(piece for _, piece in _pieces(cloud, native))
    with open_client(MemoryLedger(), base_url=cloud.address.base_url) as client:
        http = EndpointHttp("Real cloud", cloud.address.base_url, cloud.address.key, client)
        for abilities in (chat, few, completions):
            text = check_core(TextClient(http, abilities, TEMPLATES.render))
            assert text.startswith(spelled[:40]) or spelled.startswith(text[:40]), abilities.kind


def _pieces(cloud: Cloud, ids: list[int]) -> list[tuple[int, bytes]]:
    text = cloud.bare.post("/detokenize", json={"tokens": ids}).json()["content"]
    return [(0, str(text).encode())]


def test_the_probe_of_a_real_llama_server(cloud: Cloud) -> None:
    with open_client(MemoryLedger(), base_url=cloud.address.base_url) as client:
        found = probed(EndpointHttp("Real cloud", cloud.address.base_url, cloud.address.key, client))
    assert found.abilities.kind == "llama-server"
    assert found.abilities.tier == "A"
    assert found.seconds < 15.0


@pytest.mark.slow
def test_vllm(vllm: VllmServer) -> None:
    """By text and by ids the same words, and the probe knows what it talks to."""
    with open_client(MemoryLedger(), base_url=vllm.base_url, read_seconds=120.0) as client:
        http = EndpointHttp("vLLM", vllm.base_url, "", client)
        found = probed(http)
        assert found.abilities.kind == "vllm"
        assert found.abilities.tier in ("A", "A-")
        assert found.abilities.token_ids
        assert found.abilities.window > 0
        by_completions = check_core(TextClient(http, found.abilities))
        final = Abilities("chat", found.abilities.model, 5, "final", streams_logprobs=True)
        by_chat = check_core(TextClient(http, final))
    common = min(len(by_chat), len(by_completions), 30)
    assert by_chat[:common] == by_completions[:common]


@pytest.mark.slow
def test_vllm_steered_by_ids(app: Application, vllm: VllmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local model has the same vocabulary as vLLM's: prompts, answers and alternatives are ids."""
    monkeypatch.setenv("COSTEER_API_KEY", "none-needed")
    usual = app.settings
    mine = EndpointSettings("vLLM", vllm.base_url)
    app.use_settings(dataclasses.replace(usual, endpoints=(mine,), endpoint="vLLM"))
    try:
        finished, events = ask(app, AskOptions(strength=1.0, profile=PROFILE, max_tokens=40))
    finally:
        app.use_settings(usual)
    assert not [one.text for one in events if isinstance(one, NoticeRaised)]
    assert finished.figures.tier == "A"
    assert "Zephyrine" in finished.answer.text
    assert finished.figures.steered_tokens > 0
    entries = app.audit.entries(message_id=finished.answer.id, newest=1000)
    sent = [one.record for one in entries if one.record.kind == "request" and "/v1/completions" in one.record.url]
    bodies = [json.loads(one.body) for one in sent]
    assert all(isinstance(one["prompt"], list) and one["return_tokens_as_token_ids"] for one in bodies)
    assert max(len(one["prompt"]) for one in bodies) > min(len(one["prompt"]) for one in bodies)
