"""Which line of the private context a word of an answer comes from, with the embedded model and the demo cloud."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from costeer.services.why_spans import Said, first_said, spans_of, word_around
from costeer.steering.trace import TokenTrace
from costeer.storage.records import Message

NAMED = "My sister is called Zephyrine."
FACTS = [
    *("I live in Tromso.", "I am allergic to peanuts.", "I play the cello in an amateur orchestra."),
    *(NAMED, "My car is a green Volvo.", "I work as a nurse on night shifts."),
]
PROMPT = "Write a two-line birthday note to my sister."


def ask(app: Application, prompt: str = PROMPT, options: AskOptions | None = None) -> Message:
    chosen = options or AskOptions(strength=1.0, max_tokens=24)
    *_, finished = app.chat.ask(app.chat.create().id, prompt, chosen, CancelToken())
    assert isinstance(finished, AnswerFinished)
    return finished.answer


def forget_all(app: Application) -> None:
    for entry in app.profile.entries():
        app.profile.remove(entry.id)
    for memory in app.profile.memories():
        app.profile.remove_memory(memory.id)


@pytest.fixture
def known(app: Application) -> Iterator[Application]:
    forget_all(app)
    for one in FACTS:
        app.profile.add("fact", one)
    yield app
    forget_all(app)


def place_of(app: Application, answer: Message, word: str) -> int:
    """The token of the answer in which `word` begins."""
    at, text = answer.text.index(word), ""
    for number, trace in enumerate(app.chat.traces(answer.id)):
        text += trace.text
        if len(text) > at:
            return number
    raise AssertionError(word)


def test_the_fact_that_a_name_comes_from_is_first(known: Application) -> None:
    answer = ask(known)
    assert "Zephyrine" in answer.text
    requests = len(known.audit.entries(newest=1000))
    span = known.why.word(answer.id, place_of(known, answer, "Zephyrine"))
    found = known.why.of(answer.id, *span)
    assert found.text.strip() == "Zephyrine"
    assert sum(found.moved.values()) > 1.0, "steering wrote it"
    assert found.causes[0].text == NAMED
    assert {one.text for one in found.causes} == set(FACTS)
    assert found.recorded
    assert found.gone == 0
    first, second = found.causes[0].nats, found.causes[1].nats
    assert first is not None
    assert second is not None
    assert first > 3.0
    assert first > 3 * second
    assert span in known.why.most_moved(answer.id)
    assert len(known.audit.entries(newest=1000)) == requests, "nothing of it is sent"


def test_what_was_shown_is_known_when_the_profile_has_changed(known: Application) -> None:
    answer = ask(known)
    at = place_of(known, answer, "Zephyrine")
    entries = {one.text: one.id for one in known.profile.entries()}
    known.profile.add("fact", "My aunt is called Zephyrine, too.")
    known.profile.remove(entries[FACTS[0]])
    known.profile.change(entries[FACTS[1]], scope="never")
    known.profile.change(entries[NAMED], text="My only sister is called Zephyrine.")
    found = known.why.of(answer.id, at, at)
    assert found.gone == 1
    assert found.causes[0].id == entries[NAMED]
    assert [one.changed for one in found.causes] == [one.id == entries[NAMED] for one in found.causes]
    assert {one.text for one in found.causes} == {*FACTS[1:], "My only sister is called Zephyrine."} - {NAMED}


def test_memories_documents_and_earlier_messages_are_causes_too(known: Application, tmp_path: Path) -> None:
    forget_all(known)
    known.profile.add_memory("My sister is called Zephyrine.")
    note = tmp_path / "cabin.txt"
    note.write_text("The cabin of my sister is painted yellow and stands by the lake Femunden.", encoding="utf-8")
    conversation = known.chat.create()
    document = known.documents.add(conversation.id, note, "private")
    options = AskOptions(strength=1.0, max_tokens=24)
    *_, finished = known.chat.ask(conversation.id, PROMPT, options, CancelToken(), documents=[document.id])
    assert isinstance(finished, AnswerFinished)
    at = place_of(known, finished.answer, "Zephyrine")
    found = known.why.of(finished.answer.id, *known.why.word(finished.answer.id, at))
    assert [(one.kind, one.text[:10]) for one in found.causes] == [
        ("memory", "My sister "),
        ("document", "The cabin "),
    ]
    assert all(one.nats is not None for one in found.causes)


def test_an_answer_without_context_has_no_causes(known: Application) -> None:
    answer = ask(known, options=AskOptions(strength=0.0, max_tokens=4))
    found = known.why.of(answer.id, 0, 1)
    assert found.causes == ()
    with pytest.raises(BadInput, match="tokens"):
        known.why.of(answer.id, 0, 100)
    question = known.chat.message(answer.parent or "")
    with pytest.raises(BadInput, match="choose an answer"):
        known.why.of(question.id, 0, 0)


@pytest.mark.thorough
def test_the_one_of_twenty_facts_comes_first(known: Application) -> None:
    for number in range(14):
        known.profile.add("fact", f"On day {number + 1} of each month I go for a swim with friend {number}.")
    answer = ask(known)
    at = place_of(known, answer, "Zephyrine")
    span = known.why.word(answer.id, at)
    found = known.why.of(answer.id, *span)
    assert found.causes[0].text == NAMED
    assert len(found.causes) == 20


def test_it_is_stopped(known: Application) -> None:
    answer = ask(known)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        known.why.of(answer.id, 0, 0, cancel)
    later = CancelToken()
    threading.Timer(0.05, later.cancel).start()
    start = time.monotonic()
    known.profile.add("note", "Nothing of note. " * 40)
    with pytest.raises(Cancelled):
        ask_on_and_on(known, answer, later)
    assert time.monotonic() - start < 30.0


def ask_on_and_on(app: Application, answer: Message, cancel: CancelToken) -> None:
    for _ in range(100):
        app.why.of(answer.id, 0, 0, cancel)


def traces(*texts: str) -> list[TokenTrace]:
    return [TokenTrace(at, at, one, at, one, 1.0, 1.0, True, {}) for at, one in enumerate(texts)]


def test_words_of_tokens() -> None:
    answer = traces("Dear", " Zeph", "yr", "ine", ",", " 你好", "世界", " it", "'s", " Zeph", "yr", "ine", "!")
    assert word_around(answer, 2) == (1, 3)
    assert word_around(answer, 4) == (4, 4)
    assert word_around(answer, 6) == (6, 6)
    assert word_around(answer, 7) == (7, 8)
    second = Said(9, 11, " Zephyrine")
    assert first_said(answer, second, {"zephyrine"}) == Said(1, 3, " Zephyrine")
    assert first_said(answer, second, {"cello"}) == second


def test_tokens_of_lines() -> None:
    pieces = [b"- a", b" b", b"\n", b"About", b":\n-", b" a", b" b\n", b"- ", b"\xe4\xbd", b"\xa0", b"\n\n?"]
    assert spans_of(range(len(pieces)), pieces, ["- a b", "- 你"]) == [(5, 7), (7, 10)]
    assert spans_of(range(len(pieces)), pieces, ["- c"]) is None
