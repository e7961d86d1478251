"""Titles written by the embedded model, and what keeps it from writing nonsense."""

from __future__ import annotations

import threading
import time

import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled
from costeer.services.library import ConversationLibrary
from costeer.services.titles import LONGEST_TITLE, Allowed
from costeer.storage.records import Conversation

QUESTION = "Can you explain how a heat pump works and whether it is worth installing one in a house from 1970?"
ANSWER = "A heat pump moves heat from outside into the house. In a house from 1970, insulation decides."


@pytest.fixture(scope="module")
def warm(app: Application) -> Application:
    app.models.ready()
    return app


def chat(app: Application, question: str, answer: str, title: str = "") -> Conversation:
    """A conversation with one answer, which no cloud was asked for."""
    conversation = app.chat.create(title)
    conversations = app._shelves.stored.conversations
    asked = conversations.add_message(conversation.id, None, "user", question)
    if not title:
        conversations.rename(conversation.id, question[:20], "question")
    if answer:
        conversations.add_message(conversation.id, asked.id, "assistant", answer)
    return app.chat.conversation(conversation.id)


def test_a_title_of_the_conversations_own_words(warm: Application) -> None:
    requests = len(warm.audit.entries(newest=1000))
    conversation = chat(warm, QUESTION, ANSWER)
    titled = warm.titles.entitle(conversation.id)
    assert titled.titled_by == "model"
    assert "heat pump" in titled.title.lower()
    assert len(titled.title) <= LONGEST_TITLE
    assert set(titled.title.lower().split()) <= set(f"{QUESTION} {ANSWER}".lower().replace(".", "").split())
    start = time.perf_counter()
    again = chat(warm, "Quelles sont les causes de la Révolution française ?", "La crise, et les Lumières.")
    named = warm.titles.entitle(again.id)
    assert time.perf_counter() - start < 30.0, "under one second where nothing else runs"
    assert "Révolution" in named.title
    assert len(warm.audit.entries(newest=1000)) == requests, "nothing is sent"


def test_what_the_user_named_stays(warm: Application) -> None:
    conversation = chat(warm, QUESTION, ANSWER, "Heating")
    assert warm.titles.entitle(conversation.id) == conversation


@pytest.mark.parametrize(
    ("question", "answer"), [("hi", "Hello!"), (QUESTION, ""), ("```\nx = 1\n```", "```\n1\n```")]
)
def test_where_there_is_no_title_nothing_changes(warm: Application, question: str, answer: str) -> None:
    conversation = chat(warm, question, answer)
    assert warm.titles.entitle(conversation.id) == conversation


def test_it_waits_while_the_model_is_used_and_stops_when_it_is(warm: Application) -> None:
    conversation = chat(warm, QUESTION, ANSWER)
    done = threading.Event()

    def entitle() -> None:
        warm.titles.entitle(conversation.id)
        done.set()

    with warm.models.noticing(lambda _: None):
        worker = threading.Thread(target=entitle)
        worker.start()
        assert not done.wait(0.5), "an answer is being written"
    assert done.wait(30)
    worker.join()
    assert warm.chat.conversation(conversation.id).titled_by == "model"


def test_work_that_is_interrupted_is_done_again(warm: Application) -> None:
    begun, stopped, runs = threading.Event(), threading.Event(), []

    def work(_: object, cancel: CancelToken) -> int:
        runs.append(cancel)
        if len(runs) == 1:
            begun.set()
            with cancel.calling(stopped.set):
                assert stopped.wait(10)
            cancel.raise_if_cancelled()
        return len(runs)

    found: list[int] = []
    worker = threading.Thread(target=lambda: found.append(warm.models.in_spare_time(work)))
    worker.start()
    assert begun.wait(30)
    with warm.models.noticing(lambda _: None):
        assert stopped.wait(5)
    worker.join(30)
    assert found == [2]


def test_it_is_cancelled_while_it_waits(warm: Application) -> None:
    conversation = chat(warm, QUESTION, ANSWER)
    cancel = CancelToken()
    threading.Timer(0.1, cancel.cancel).start()
    with warm.models.noticing(lambda _: None), pytest.raises(Cancelled):
        warm.titles.entitle(conversation.id, cancel)
    assert isinstance(warm.chat, ConversationLibrary)
    assert warm.chat.conversation(conversation.id) == conversation


def test_words_that_are_allowed() -> None:
    allowed = Allowed("Why do C++ compilers warn? 怎么做麻婆豆腐")
    assert allowed.begins(b" Why do")
    assert allowed.begins(b"comp")
    assert not allowed.begins(b"computers")
    assert not allowed.ends("Why comp")
    assert allowed.ends(" Compilers warn")
    assert not allowed.ends("warn warn warn")
    assert allowed.ends("麻婆豆腐")
    assert not allowed.ends("豆婆")
    assert allowed.begins("麻婆".encode() + b"\xe8")
