"""The fallback ladder on real services: a real llama-server through its OpenAI API, at every tier."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from costeer.bootstrap import Application
from costeer.cloud.abilities import Abilities
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import NeverReached
from costeer.foundation.settings import EndpointSettings
from costeer.services.endpoints import EndpointAddress
from costeer.services.events import AnswerFinished, NoticeRaised, PhaseChanged
from costeer.services.options import AskOptions
from tests.integration.conftest import PROFILE, PROMPT, ask

STEERED = AskOptions(strength=1.0, profile=PROFILE, max_tokens=20)
MINE = "mine"
CHAT = Abilities("chat", "", 20, "trailing", streams_logprobs=True)


@pytest.fixture
def server(app: Application, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndpointAddress]:
    """The demo cloud, as an endpoint that the user has added."""
    address = app._demo.ensure_running(lambda _: None, None)
    monkeypatch.setenv("COSTEER_API_KEY", address.key)
    usual = app.settings
    app.use_settings(
        dataclasses.replace(usual, endpoints=(EndpointSettings(MINE, address.base_url),), endpoint=MINE)
    )
    yield address
    app.use_settings(usual)


def takes(app: Application, server: EndpointAddress, abilities: Abilities) -> None:
    """From now on the endpoint is known to allow `abilities`."""
    app.endpoints.forget(app.endpoints.find(MINE))
    app.endpoints._known.put(server.base_url, "", abilities)


def bodies(app: Application, message_id: str) -> list[dict[str, object]]:
    entries = app.audit.entries(message_id=message_id, newest=1000)
    return [json.loads(one.record.body) for one in entries if one.record.kind == "request" and one.record.body]


def test_the_probe_of_a_llama_server(app: Application, server: EndpointAddress) -> None:
    found = app.endpoints.probe(app.endpoints.find(MINE), server.key)
    assert found.abilities.kind == "llama-server"
    assert found.abilities.tier == "A"
    assert found.abilities.token_ids
    assert found.seconds < 15.0


def test_steered_through_the_chat_api(app: Application, server: EndpointAddress) -> None:
    """The same server without its own API: by text, with byte strings for candidates."""
    takes(app, server, CHAT)
    finished, events = ask(app, STEERED)
    assert finished.figures.tier == "A"
    assert "Zephyrine" in finished.answer.text
    assert finished.figures.steered_tokens > 0
    assert finished.figures.round_trips <= finished.figures.tokens / 2
    assert not [one for one in events if isinstance(one, NoticeRaised)]
    sent = bodies(app, finished.answer.id)
    assert all("alpacas" not in json.dumps(one) for one in sent)
    last = sent[0]["messages"]
    assert isinstance(last, list)
    assert last[0] == {"role": "user", "content": PROMPT}
    assert finished.answer.text.startswith(last[1]["content"]), "continued by its final words"
    by_ids, _ = _through_its_own_api(app, server)
    common = min(len(by_ids.answer.text), len(finished.answer.text), 24)
    assert by_ids.answer.text[:common] == finished.answer.text[:common]


def _through_its_own_api(app: Application, server: EndpointAddress) -> tuple[AnswerFinished, list[object]]:
    app.endpoints.probe(app.endpoints.find(MINE), server.key)
    finished, events = ask(app, STEERED)
    return finished, [*events]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("tier", "abilities"),
    [
        ("B", dataclasses.replace(CHAT, continuation="")),
        ("C", dataclasses.replace(CHAT, continuation="", top_k=0, streams_logprobs=False)),
    ],
)
def test_a_draft_is_rewritten_here(
    app: Application, server: EndpointAddress, tier: str, abilities: Abilities
) -> None:
    takes(app, server, abilities)
    conversation = app.chat.create()
    events = list(app.chat.ask(conversation.id, PROMPT, STEERED, CancelToken()))
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert finished.figures.tier == tier
    assert finished.figures.sketch
    assert finished.answer.text
    assert finished.answer.text != finished.figures.sketch
    phases = [one.phase for one in events if isinstance(one, PhaseChanged)]
    assert phases.index("sketching") < phases.index("local only")
    (why,) = [str(one.text) for one in events if isinstance(one, NoticeRaised)]
    assert "draft" in why
    sent = bodies(app, finished.answer.id)
    assert [one["messages"] for one in sent] == [[{"role": "user", "content": PROMPT}]]
    # The conversation goes on, and the cloud is shown what it said itself.
    again = list(app.chat.ask(conversation.id, "Make it shorter.", STEERED, CancelToken()))[-1]
    assert isinstance(again, AnswerFinished)
    shown = bodies(app, again.answer.id)[0]["messages"]
    assert isinstance(shown, list)
    assert shown[1] == {"role": "assistant", "content": finished.figures.sketch}


@pytest.mark.thorough
def test_the_tier_changes_in_a_conversation(app: Application, server: EndpointAddress) -> None:
    conversation = app.chat.create()
    found: list[str] = []
    for abilities in (dataclasses.replace(CHAT, continuation=""), CHAT):
        takes(app, server, abilities)
        events = list(app.chat.ask(conversation.id, PROMPT, STEERED, CancelToken()))
        finished = events[-1]
        assert isinstance(finished, AnswerFinished)
        assert finished.answer.text
        found.append(finished.figures.tier)
    assert found == ["B", "A"]


@pytest.mark.thorough
def test_a_dead_host_leaves_this_computer(app: Application, server: EndpointAddress) -> None:
    dead = EndpointSettings(MINE, "http://127.0.0.1:9")
    app.use_settings(dataclasses.replace(app.settings, endpoints=(dead,)))
    with pytest.raises(NeverReached, match="check the address"):
        ask(app, STEERED)
    app.endpoints._known.put(dead.base_url, "", CHAT)  # it has answered before
    finished, events = ask(app, STEERED)
    assert finished.figures.tier == "D"
    assert finished.answer.text
    (why,) = [str(one.text) for one in events if isinstance(one, NoticeRaised)]
    assert "cannot be reached" in why
    assert "answers alone" in why


def test_what_this_computer_wrote_alone_stays_here(app: Application) -> None:
    """Offline it may use what it knows; when the conversation goes on with the cloud, that is not told."""
    conversation = app.chat.create()
    alone = dataclasses.replace(STEERED, offline=True)
    list(app.chat.ask(conversation.id, "What is my sister called?", alone, CancelToken()))
    again = list(app.chat.ask(conversation.id, "Say it again.", alone, CancelToken()))[-1]
    finished = list(app.chat.ask(conversation.id, "Say hello.", STEERED, CancelToken()))[-1]
    assert isinstance(again, AnswerFinished)
    assert isinstance(finished, AnswerFinished)
    (templated,) = [one["messages"] for one in bodies(app, finished.answer.id) if "messages" in one]
    assert templated == [{"role": "user", "content": "Say hello."}]
