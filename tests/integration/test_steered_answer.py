"""The main job: a steered answer, what it costs, and what the ledger shows of it."""

from __future__ import annotations

import contextlib
import dataclasses
import json

import httpx
import numpy as np
import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, PromptTooLong, TransmissionRefused
from costeer.personalization.profile import Profile
from costeer.services.events import AnswerFinished, AnswerStarted, TokensAppended, TrafficChanged
from costeer.services.ledger_file import as_plain
from costeer.services.options import AskOptions
from costeer.storage.records import Message, Role
from costeer.storage.repositories import ConversationRepository
from tests.integration.conftest import PROFILE, PROMPT, ask

STEERED = AskOptions(strength=1.0, profile=PROFILE, max_tokens=60)
UNSTEERED = dataclasses.replace(STEERED, strength=0.0)


def bodies(app: Application, message_id: str) -> list[str]:
    entries = app.audit.entries(message_id=message_id, newest=1000)
    return [one.record.body for one in entries if one.record.kind == "request"]


def first_requests(app: Application, options: AskOptions, prompt: str, most: int = 3) -> list[str]:
    """Those of an answer that is stopped as soon as it has made them."""
    cancel, answer = CancelToken(), ""
    events = app.chat.ask(app.chat.create().id, prompt, options, cancel)
    with contextlib.suppress(Cancelled):
        for event in events:
            if isinstance(event, AnswerStarted):
                answer = event.answer.id
            elif len(bodies(app, answer)) >= most:
                cancel.cancel()
    return bodies(app, answer)[::-1][:most]


def test_steering_changes_the_answer_and_sends_nothing_private(app: Application) -> None:
    plain, _ = ask(app, UNSTEERED)
    steered, events = ask(app, STEERED)
    assert "Zephyrine" in steered.answer.text
    assert steered.answer.text != plain.answer.text
    figures = steered.figures
    assert figures.steered_tokens > 0
    assert figures.round_trips <= figures.tokens / 2, "well under one round trip a token"
    assert figures.leak_bits > 0
    assert figures.signals == ("context", "mixture")
    sent = bodies(app, steered.answer.id)
    assert len(sent) == figures.requests > figures.round_trips
    assert sum(len(one.encode()) for one in sent) < figures.bytes_up
    for body in sent:
        readable = body + json.dumps(json.loads(body), ensure_ascii=False)
        for private in (*PROFILE.private_strings, "Zephyrine", "alpacas", "Tromso"):
            assert private.casefold() not in readable.casefold()
    newest = next(one for one in app.audit.entries(message_id=steered.answer.id) if one.record.kind == "request")
    in_words = app.audit.in_words(newest)
    assert in_words is not None
    assert PROMPT in in_words
    assert "Dear Zephyrine" in in_words, "the window shows what the ids say: the final tokens"
    last = [one for one in events if isinstance(one, TrafficChanged)][-1]
    assert "Zephyrine" in last.private_words, "the window says that the answer itself gave the name away"


def test_strength_zero_is_the_demo_clouds_own_greedy_answer(app: Application) -> None:
    finished, _ = ask(app, UNSTEERED)
    connection = app.endpoints.connect(CancelToken())
    prompt = connection.client.prepare([{"role": "user", "content": PROMPT}]).text
    address = app._demo.ensure_running(lambda _: None, None)
    own = httpx.post(
        f"{address.base_url}/completion",
        headers={"Authorization": f"Bearer {address.key}"},
        json={"prompt": prompt, "n_predict": 60, "temperature": 0, "return_tokens": True},
        timeout=60,
        trust_env=False,
    ).json()
    assert finished.answer.text == own["content"]
    assert finished.figures.round_trips == 1
    assert finished.figures.steered_tokens == 0
    assert finished.figures.leak_bits == 0.0


@pytest.mark.thorough
def test_lookahead_and_token_by_token_differ_at_ties_only(app: Application) -> None:
    ahead, _ = ask(app, STEERED)
    single, _ = ask(app, dataclasses.replace(STEERED, decoder="token"))
    assert single.figures.round_trips >= single.figures.tokens
    for one, other in zip(app.chat.traces(ahead.answer.id), app.chat.traces(single.answer.id), strict=False):
        if one.token != other.token:
            after = {candidate.token: candidate.after for candidate in one.candidates}
            margin = abs(np.log(after[one.token] / after[other.token]))
            assert margin < 0.15, "batching moves the last digits of a quantised model's logits, not more"
            break


def test_an_empty_profile_is_not_steered(app: Application) -> None:
    finished, _ = ask(app, dataclasses.replace(STEERED, profile=Profile()))
    assert finished.figures.signals == ()
    assert finished.figures.round_trips == 1


def test_offline_sends_nothing(app: Application) -> None:
    finished, _ = ask(app, dataclasses.replace(STEERED, offline=True, max_tokens=20))
    assert finished.figures.tier == "D"
    assert finished.figures.tokens > 5
    assert finished.figures.requests == 0
    assert bodies(app, finished.answer.id) == []


def test_sampling_repeats_with_its_seed(app: Application) -> None:
    warm = dataclasses.replace(STEERED, temperature=0.8, top_p=0.9, seed=5, max_tokens=12)
    first, _ = ask(app, warm)
    again, _ = ask(app, warm)
    other, _ = ask(app, dataclasses.replace(warm, seed=6))
    assert first.answer.text == again.answer.text != other.answer.text


def test_a_private_entry_is_never_spelled_out(app: Application) -> None:
    plain, _ = ask(app, UNSTEERED)
    entry = " ".join(plain.answer.text.split()[:6])
    private = Profile((("fact", entry), ("fact", "My sister is called Zephyrine.")))
    finished, _ = ask(app, dataclasses.replace(STEERED, profile=private, max_tokens=40))
    assert entry.casefold() not in " ".join(finished.answer.text.casefold().split())


@pytest.mark.thorough
def test_everything_written_is_stored(app: Application) -> None:
    finished, events = ask(app, STEERED)
    started = events[0]
    assert isinstance(started, AnswerStarted)
    streamed = "".join(one.text for one in events if isinstance(one, TokensAppended))
    thread = app.chat.thread(started.question.conversation)
    assert [one.role for one in thread] == ["user", "assistant"]
    assert thread[1].text == streamed == finished.answer.text
    assert thread[1].state == "complete"
    traces = app.chat.traces(finished.answer.id)
    assert tuple(one.token for one in traces) == thread[1].tokens
    assert "".join(one.text for one in traces) == streamed
    assert app.chat.figures(finished.answer.id) == finished.figures
    assert app.audit.verify().ok
    newest = as_plain(app.audit.entries(newest=1)[0])
    assert newest["message_id"] == finished.answer.id


def stopped(app: Application, after: int) -> Message:
    cancel = CancelToken()
    conversation = app.chat.create()
    events = app.chat.ask(conversation.id, "Tell me a long story.", STEERED, cancel)
    seen = 0
    for event in events:
        if isinstance(event, TokensAppended):
            seen += len(event.tokens)
            if seen >= after:
                cancel.cancel()
        last = event
    assert isinstance(last, AnswerFinished)
    return last.answer


def test_stop_keeps_what_was_written_and_continue_goes_on(app: Application) -> None:
    answer = stopped(app, after=5)
    assert answer.state == "stopped"
    assert answer.text
    events = list(app.chat.continue_answer(answer.id, dataclasses.replace(STEERED, max_tokens=5), CancelToken()))
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert finished.answer.id == answer.id
    assert finished.answer.text.startswith(answer.text)
    assert len(finished.answer.tokens) == len(answer.tokens) + 5
    assert [one.index for one in app.chat.traces(answer.id)] == list(range(len(finished.answer.tokens)))


def test_stop_before_anything_was_sent(app: Application) -> None:
    cancel = CancelToken()
    cancel.cancel()
    conversation = app.chat.create()
    events = list(app.chat.ask(conversation.id, PROMPT, STEERED, cancel))
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert finished.answer.state == "stopped"
    assert finished.answer.text == ""


def test_regenerating_adds_a_sibling(app: Application) -> None:
    first, _ = ask(app, dataclasses.replace(UNSTEERED, max_tokens=5))
    events = list(app.chat.regenerate(first.answer.id, dataclasses.replace(STEERED, max_tokens=8), CancelToken()))
    second = events[-1]
    assert isinstance(second, AnswerFinished)
    thread = app.chat.thread(first.answer.conversation)
    assert [one.id for one in thread] == [thread[0].id, second.answer.id]
    assert second.answer.parent == first.answer.parent


def test_a_conversation_longer_than_the_context_goes_on(app: Application) -> None:
    conversation = app.chat.create()
    store = ConversationRepository(app._database)
    parent: str | None = None
    history: tuple[tuple[Role, str], ...] = (("user", "word " * 5000), ("assistant", "word " * 5000))
    for role, text in history:
        parent = store.add_message(conversation.id, parent, role, text, "complete").id
    short = dataclasses.replace(STEERED, max_tokens=2)
    finished = list(app.chat.ask(conversation.id, "Say hi.", short, CancelToken()))[-1]
    assert isinstance(finished, AnswerFinished)
    template = next(one for one in bodies(app, finished.answer.id)[::-1] if "messages" in one)
    assert len(json.loads(template)["messages"]) == 3, "all of it was tried first"
    assert len(app.chat.thread(conversation.id)) == 4, "nothing is forgotten on this computer"


@pytest.mark.parametrize(
    ("prompt", "error"), [("word " * 20_000, PromptTooLong), (" \n", BadInput), ("", BadInput)]
)
def test_unusable_prompts(app: Application, prompt: str, error: type[Exception]) -> None:
    conversation = app.chat.create()
    with pytest.raises(error):
        list(app.chat.ask(conversation.id, prompt, STEERED, CancelToken()))


@pytest.mark.thorough
def test_no_request_depends_on_how_much_is_private(app: Application) -> None:
    """The first requests of two users with the same question are the same, byte for byte."""
    first: list[list[str]] = []
    for facts in (1, 30):
        profile = Profile(tuple(("fact", f"My sister is called Zephyrine {n} times.") for n in range(facts)))
        options = dataclasses.replace(STEERED, profile=profile, max_tokens=8000)
        first.append(first_requests(app, options, "Say hi."))
    assert first[0] == first[1]


def test_an_answer_at_its_limit_says_so_and_counts_on(app: Application) -> None:
    finished, _ = ask(app, dataclasses.replace(STEERED, max_tokens=6))
    assert finished.answer.state == "complete"
    assert "limit of 6 tokens" in str(finished.answer.detail)
    more = list(
        app.chat.continue_answer(finished.answer.id, dataclasses.replace(STEERED, max_tokens=5), CancelToken())
    )
    continued = more[-1]
    assert isinstance(continued, AnswerFinished)
    assert continued.figures.tokens == 11
    assert continued.figures.leak_bits > finished.figures.leak_bits
    assert continued.figures.requests > finished.figures.requests


def test_another_models_answer_is_not_continued(app: Application) -> None:
    finished, _ = ask(app, dataclasses.replace(STEERED, max_tokens=6, offline=True))
    with pytest.raises(BadInput, match="regenerate"):
        list(app.chat.continue_answer(finished.answer.id, STEERED, CancelToken()))
    assert app.chat.thread(finished.answer.conversation)[1].text == finished.answer.text


def test_a_refused_message_does_not_lock_the_conversation(app: Application) -> None:
    profile = Profile((("fact", "The locker code of my sister is KX-9917-33-QZ."),))
    options = dataclasses.replace(STEERED, profile=profile, max_tokens=4)
    conversation = app.chat.create()
    prompt = "the LOCKER code of my sister is “KX-9917-33-QZ”"
    with pytest.raises(TransmissionRefused):
        list(
            app.chat.ask(conversation.id, prompt, dataclasses.replace(options, when_found="refuse"), CancelToken())
        )
    for said in (prompt, "Say hi."):
        finished = list(app.chat.ask(conversation.id, said, options, CancelToken()))[-1]
        assert isinstance(finished, AnswerFinished)
        assert finished.answer.state == "complete"
        assert not any("9917" in body for body in bodies(app, finished.answer.id))


def test_sampling_without_steering_is_the_clouds_own(app: Application) -> None:
    warm = dataclasses.replace(STEERED, profile=Profile(), temperature=0.9, seed=3, max_tokens=6)
    finished, _ = ask(app, warm, "Say hi to everyone.")
    assert json.loads(bodies(app, finished.answer.id)[0])["temperature"] == 0.9


def test_earlier_conversations_steer_only_when_asked_to(app: Application) -> None:
    told = dataclasses.replace(STEERED, profile=Profile(), offline=True, max_tokens=2)
    ask(app, told, "My secret project is called Bluefin.")
    question = dataclasses.replace(STEERED, profile=Profile(), strength=1.78, max_tokens=12)
    without, _ = ask(app, question, "What is my secret project called?")
    assert without.figures.signals == ()
    asked, _ = ask(app, dataclasses.replace(question, history=True), "What is my secret project called?")
    assert asked.figures.signals == ("context", "mixture")
