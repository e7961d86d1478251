"""Over random profiles, prompts, strengths, decoders and tiers: no request holds a private text in disguise."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.cloud.saying_endpoint import SayingEndpoint
from tests.cloud.scripted_endpoint import ScriptedEndpoint, Traps
from tests.privacy.disguising import DISGUISES, Disguise
from tests.privacy.scripted_server import ScriptedServer

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.disguises import private_in
from costeer.foundation.errors import TransmissionRefused
from costeer.foundation.folding import comparable
from costeer.foundation.paths import AppPaths
from costeer.foundation.private_texts import PrivateTexts, is_recognisable
from costeer.foundation.settings import EndpointSettings
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions

WORDS = ["Zephyrine", "Rheingasse 7", "KX-9917-33-QZ", "Łódź", "山田太郎", "Наталья", "O’Brien", "Thistlewood"]
ENTRIES = [
    "My sister is called Zephyrine and keeps alpacas.",
    "The locker code is KX-9917-33-QZ.",
    "I live at Rheingasse 7 in Basel.",
    "我的妹妹住在北京。",
    "I am allergic to penicillin since 2009.",
]
KINDS: dict[str, tuple[str, Traps]] = {
    "A": ("chat", Traps()),
    "A, ids": ("vllm", Traps()),
    "A, raw": ("ollama", Traps()),
    "A-": ("chat", Traps(most_k=5)),
    "B": ("chat", Traps(continuation="")),
    "C": ("chat", Traps(drops_logprobs=True)),
}
IN_WORDS = tuple(one for one in DISGUISES if one.name in ("as it stands", "upper case", "NFD", "letter by letter"))
"""What people write; the gate alone sees through the rest, and refuses."""

MOST_TOKENS = 12
PHASES = (Phase.explicit, Phase.generate)
"""An example is a conversation: to make a failing one smaller takes longer than to read it."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("private")
    with open_application(AppPaths(*(folder / one for one in ("config", "data", "cache", "log")))) as opened:
        yield opened


@contextmanager
def private(app: Application, words: list[str], entries: list[str]) -> Iterator[PrivateTexts]:
    kept = [app.disclosures.add_word(one) for one in words]
    facts = [app.profile.add("fact", one) for one in entries]
    try:
        yield PrivateTexts([*words, *entries])
    finally:
        for word in kept:
            app.disclosures.remove_word(word.id)
        for fact in facts:
            app.profile.remove(fact.id)


@contextmanager
def answering(app: Application, tier: str, says: str) -> Iterator[ScriptedEndpoint]:
    kind, traps = KINDS[tier]
    script = SayingEndpoint(kind, traps, says=says, size=5)
    usual = app.settings
    with ScriptedServer(script) as server:
        mine = EndpointSettings(tier, server.base_url)
        app.use_settings(dataclasses.replace(usual, endpoints=(mine,), endpoint=tier))
        try:
            app.endpoints.probe(mine, "")
            script.requests.clear()
            yield script
        finally:
            app.use_settings(usual)


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)


def held(script: ScriptedEndpoint, secrets: PrivateTexts) -> list[str]:
    """What of the private texts stands in any request, in whatever disguise."""
    return [one for _, body in script.requests for one in private_in("\n".join(texts_of(body)), secrets)]


PROFILES = st.tuples(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(ENTRIES), max_size=2, unique=True),
)
PROMPTS = st.lists(
    st.tuples(
        st.sampled_from(["Write to", "Who is", "Dear", "你好"]), st.integers(0, 9), st.sampled_from(DISGUISES)
    ),
    min_size=1,
    max_size=3,
)
OPTIONS = st.builds(
    AskOptions,
    strength=st.sampled_from([0.0, 0.5, 1.783, 2.5]),
    decoder=st.sampled_from(["lookahead", "token"]),
    temperature=st.sampled_from([0.0, 0.0, 0.8]),
    prefetch=st.sampled_from([0.0, 1.0]),
    max_tokens=st.just(MOST_TOKENS),
    seed=st.integers(0, 5),
)


def check(
    app: Application,
    profile: tuple[list[str], list[str]],
    prompts: list[tuple[str, int, Disguise]],
    options: AskOptions,
    tier: str,
    seed: int,
) -> None:
    """A conversation of a few turns. A cloud that says what is private by itself is not told it again either."""
    words, entries = profile
    secrets = [*words, *entries]
    says = f"Dear [NAME_1], [TEXT_1] of {random.Random(seed).choice(secrets)[:7]}"
    with private(app, words, entries) as recognised, answering(app, tier, says) as script:
        conversation = app.chat.create()
        for opening, number, disguise in prompts:
            secret = secrets[number % len(secrets)]
            said = disguise.rewrite(secret, random.Random(seed)) if disguise.claims(secret) else secret
            try:
                events = list(app.chat.ask(conversation.id, f"{opening} {said} ?", options, CancelToken()))
            except TransmissionRefused:
                assert disguise not in IN_WORDS, (disguise.name, secret)
            else:
                assert isinstance(events[-1], AnswerFinished)
                assert script.requests
            assert held(script, recognised) == [], (disguise.name, said)
        app.chat.purge(conversation.id)


@given(PROFILES, PROMPTS, OPTIONS, st.sampled_from([*KINDS]), st.integers(0, 99))
@settings(max_examples=12, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_holds_a_private_text(
    app: Application,
    profile: tuple[list[str], list[str]],
    prompts: list[tuple[str, int, Disguise]],
    options: AskOptions,
    tier: str,
    seed: int,
) -> None:
    check(app, profile, prompts, options, tier, seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(PROFILES, PROMPTS, OPTIONS, st.sampled_from([*KINDS]), st.integers(0, 999))
@settings(max_examples=600, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_of_many_holds_a_private_text(
    app: Application,
    profile: tuple[list[str], list[str]],
    prompts: list[tuple[str, int, Disguise]],
    options: AskOptions,
    tier: str,
    seed: int,
) -> None:
    check(app, profile, prompts, options, tier, seed)


def test_the_strategies_are_worth_something() -> None:
    assert all(is_recognisable(comparable(one)) for one in (*WORDS, *ENTRIES))
    assert len(IN_WORDS) == 4
