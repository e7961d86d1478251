"""What a cloud knows is told completely: whatever stands in a recorded body stands in the list."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cloud.scripted_endpoint import ScriptedEndpoint
from tests.privacy.scripted_server import ScriptedServer

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, KnownError
from costeer.foundation.settings import EndpointSettings
from costeer.personalization.profile import Profile
from costeer.services.events import AnswerFinished
from costeer.services.known import Kind, Known, as_text
from costeer.services.options import AskOptions

PUBLIC, LOCAL = "I restore harpsichords.", "My dog is called Biscuit."
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
    lambda text: any(one.isalnum() for one in text)
)


@pytest.fixture
def profile(app: Application) -> Iterator[Application]:
    app.profile.change(app.profile.add("fact", PUBLIC).id, scope="public")
    app.profile.add("fact", LOCAL)
    yield app
    for one in app.profile.entries():
        app.profile.remove(one.id)


def converse(app: Application, questions: list[str], options: AskOptions) -> tuple[str, list[str]]:
    """A conversation, and the ids of its answers."""
    conversation = app.chat.create()
    answers = []
    for one in questions:
        *_, finished = app.chat.ask(conversation.id, one, options, CancelToken())
        assert isinstance(finished, AnswerFinished)
        answers.append(finished.answer.id)
    return conversation.id, answers


def of_kind(known: Known, kind: Kind) -> list[str]:
    return [one.text for one in known.strings if one.kind == kind]


def texts_in(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of every text in a body."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one, name)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from texts_in(one, key)


def untold(text: str, listed: list[str]) -> str:
    """What is left of a text when everything that is listed has been taken out of it, the longest first.

    At its end may stand the beginning of a listed text: an answer as far as it was written. Half a character says
    nothing.
    """
    rest = text.rstrip("\ufffd")
    ends = [len(one[:most]) for one in listed for most in range(len(one), 0, -1) if rest.endswith(one[:most])]
    rest = rest[: -max(ends)] if ends else rest
    for one in sorted(listed, key=len, reverse=True):
        rest = rest.replace(one, "\n")
    return "".join(rest.split()).strip("-")


def check_complete(app: Application, answers: list[str], known: Known) -> None:
    """Texts of every body; ids by what the answers say and by what was tokenised."""
    listed = [one.text for one in known.strings]
    checked = 0
    for message_id in answers:
        written = app.chat.message(message_id).text
        for entry in app.audit.entries(message_id=message_id, newest=10_000):
            if entry.record.kind != "request" or not entry.record.body:
                continue
            body = json.loads(entry.record.body)
            for name, text in texts_in(body):
                if name != "role":
                    rest = untold(text, [*listed, *(one.removeprefix(f"{name}: ") for one in listed)])
                    assert not rest, (name, text, rest)
                    checked += 1
            if isinstance(body.get("prompt"), list):
                words = app.audit.in_words(entry)
                assert words is not None
                assert not untold(words, listed), words
                answer = words.rpartition("assistant\n")[2]
                assert written.startswith(answer.rstrip("\ufffd"))
    assert checked


@pytest.mark.thorough
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions=st.lists(WORDS, min_size=1, max_size=2))
def test_every_text_in_every_body_is_listed_with_the_demo_cloud(
    profile: Application, questions: list[str]
) -> None:
    try:
        conversation, answers = converse(profile, questions, AskOptions(strength=1.78, max_tokens=8))
    except KnownError:
        return  # a question that holds what must not leave, say
    known = profile.audit.known(conversation)
    check_complete(profile, answers, known)
    assert PUBLIC in of_kind(known, "about")
    assert not any(LOCAL in one.text for one in known.strings)
    for question in questions:
        assert any(question.strip() in one for one in of_kind(known, "question"))


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["chat", "vllm", "ollama"])
@pytest.mark.parametrize("seed", range(1))
def test_every_text_in_every_body_is_listed_in_every_dialect(profile: Application, kind: str, seed: int) -> None:
    script = ScriptedEndpoint(kind, seed=seed)
    usual = profile.settings
    with ScriptedServer(script) as server:
        mine = EndpointSettings("mine", server.base_url)
        profile.use_settings(dataclasses.replace(usual, endpoints=(mine,), endpoint="mine"))
        try:
            profile.endpoints.probe(mine, "")
            options = AskOptions(strength=1.0, max_tokens=16)
            conversation, answers = converse(profile, ["Where do I live?", "And my dog?"], options)
        finally:
            profile.use_settings(usual)
    known = profile.audit.known(conversation)
    check_complete(profile, answers, known)
    assert sorted(of_kind(known, "question")) == ["And my dog?", "Where do I live?"]
    first = profile.chat.message(answers[0]).text
    if first.strip():
        assert any(first.strip() in one or one in first for one in of_kind(known, "answer"))
    assert {one.endpoint for one in known.strings} == {"mine"}
    tested = profile.audit.known()
    assert [one for one in tested.strings if one.kind == "test" and one.endpoint == "mine"]


def test_an_answer_is_one_string_however_often_it_was_sent_again(app: Application) -> None:
    lent = Profile((("fact", "My dog is called Biscuit."), ("fact", "I live in Heidelberg.")))
    options = AskOptions(strength=1.78, max_tokens=24, profile=lent)
    conversation, (answer,) = converse(app, ["Write about my home and my dog."], options)
    known = app.audit.known(conversation)
    figures = app.chat.figures(answer)
    assert figures is not None
    (written,) = [one for one in known.strings if one.kind == "answer"]
    text = app.chat.message(answer).text
    assert text.startswith(written.text)
    completions = [one for one in app.audit.exchanges(answer) if one.url.endswith("completions")]
    assert 1 < written.count < len(completions)
    assert written.first < written.last
    assert written.message == answer
    assert written.conversation == conversation
    assert "Biscuit" in figures.private_words
    assert [word for word in figures.private_words if word in written.text] == list(known.private_words)


def test_a_document_and_its_question_are_two_strings(
    profile: Application, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("documents") / "plan.md"
    file.write_text("# Plan\n\nSell the boat.", encoding="utf-8")
    conversation = profile.chat.create()
    document = profile.documents.add(conversation.id, file, "public")
    options = AskOptions(strength=0.0, max_tokens=2)
    *_, _ = profile.chat.ask(conversation.id, "What is planned?", options, CancelToken(), documents=[document.id])
    known = profile.audit.known(conversation.id)
    assert of_kind(known, "question") == ["What is planned?"]
    (sent,) = of_kind(known, "document")
    assert sent.startswith("Document “plan.md”")
    assert sent.endswith("Sell the boat.")


def test_what_is_no_longer_stored_is_still_known(profile: Application) -> None:
    conversation, (answer,) = converse(profile, ["Is Saturn light?"], AskOptions(strength=0.0, max_tokens=4))
    profile.chat.purge(conversation)
    assert profile.audit.known(conversation).strings == ()
    everything = profile.audit.known()
    (question,) = [one for one in everything.strings if one.text == "Is Saturn light?"]
    assert question.message == answer
    assert question.conversation is None


def test_temporary_conversations_are_counted_without_their_words(profile: Application) -> None:
    before = profile.audit.known()
    conversation = profile.chat.create(temporary=True)
    list(
        profile.chat.ask(
            conversation.id, "A secret question?", AskOptions(strength=0.0, max_tokens=2), CancelToken()
        )
    )
    after = profile.audit.known()
    assert after.unkept > before.unkept
    assert not any("A secret question?" in one.text for one in after.strings)


def test_it_is_told_as_text_and_can_be_stopped(profile: Application) -> None:
    conversation, _ = converse(profile, ["Name a planet."], AskOptions(strength=0.0, max_tokens=2))
    lines = "\n".join(as_text(profile.audit.known(conversation)))
    assert "## question\n\n[sent " in lines
    assert "Name a planet." in lines
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        profile.audit.known(conversation, stopped)
