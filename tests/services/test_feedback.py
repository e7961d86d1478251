"""What the user says of answers without being asked: by going on below one, and by writing one better."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cloud.saying_endpoint import SayingEndpoint
from tests.privacy.scripted_server import ScriptedServer

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, TransmissionRefused
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import EndpointSettings
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from costeer.storage.records import BY_THE_USER, AnswerFigures, Message, MessageState

PLAIN = AskOptions(strength=0.0, max_tokens=64)


@pytest.fixture
def script() -> SayingEndpoint:
    return SayingEndpoint(says="Water.")


@pytest.fixture
def app(tmp_path: Path, script: SayingEndpoint) -> Iterator[Application]:
    paths = AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))
    with open_application(paths) as opened, ScriptedServer(script) as server:
        mine = EndpointSettings("mine", server.base_url)
        opened.use_settings(dataclasses.replace(opened.settings, endpoints=(mine,), endpoint="mine"))
        opened.endpoints.probe(mine, "")
        yield opened


def ask(app: Application, conversation: str, prompt: str = "And then?") -> Message:
    *_, last = app.chat.ask(conversation, prompt, PLAIN, CancelToken())
    assert isinstance(last, AnswerFinished)
    return last.answer


def again(app: Application, script: SayingEndpoint, answer: Message, says: str) -> Message:
    script.says = says
    *_, last = app.chat.regenerate(answer.id, PLAIN, CancelToken())
    assert isinstance(last, AnswerFinished)
    return last.answer


def end_as(app: Application, answer: Message, state: MessageState) -> None:
    """As if the answer had ended so."""
    app._shelves.of_message(answer.id).conversations.update_answer(answer.id, answer.text, (), state)


def told(app: Application) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.chosen, one.rejected) for one in app.preferences.list()]


def sent(app: Application, answer: Message) -> list[str]:
    """What the cloud was told for an answer, as the messages' texts."""
    first = [one.record.body for one in app.audit.entries(message_id=answer.id, newest=100)][-1]
    return [one["content"] for one in json.loads(first)["messages"]]


def test_going_on_below_an_answer_prefers_it_to_the_newest_other(app: Application, script: SayingEndpoint) -> None:
    conversation = app.chat.create().id
    first = ask(app, conversation, "What is a fjord?")
    second = again(app, script, first, "An inlet.")
    third = again(app, script, second, "A narrow inlet.")
    assert told(app) == []
    ask(app, conversation)
    assert told(app) == [("regenerated", third.id, second.id)]
    (kept,) = app.preferences.list()
    ask(app, conversation)
    app.chat.show(third.id)
    ask(app, conversation)
    assert app.preferences.list() == [kept], "the same two are told of once"
    ((path, chosen, rejected),) = app.preferences.pairs()
    assert ([one.text for one in path], chosen.id, rejected.id) == (["What is a fjord?"], third.id, second.id)


def test_a_change_of_mind_is_the_later_one(app: Application, script: SayingEndpoint) -> None:
    conversation = app.chat.create().id
    first = ask(app, conversation)
    second = again(app, script, first, "An inlet.")
    ask(app, conversation)
    app.chat.show(first.id)
    ask(app, conversation)
    assert told(app) == [("regenerated", first.id, second.id)]


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
def test_what_was_not_finished_is_neither_chosen_nor_rejected(
    app: Application, script: SayingEndpoint, state: MessageState
) -> None:
    conversation = app.chat.create().id
    first = ask(app, conversation)
    second = again(app, script, first, "An inlet.")
    end_as(app, second, state)
    ask(app, conversation)
    assert told(app) == []
    app.chat.show(first.id)
    ask(app, conversation)
    assert told(app) == []


def test_the_same_words_twice_are_no_choice(app: Application, script: SayingEndpoint) -> None:
    conversation = app.chat.create().id
    again(app, script, ask(app, conversation), " Water.\n")
    ask(app, conversation)
    assert told(app) == []


def test_changing_the_question_that_follows_says_nothing(app: Application, script: SayingEndpoint) -> None:
    conversation = app.chat.create().id
    first = ask(app, conversation)
    ask(app, conversation)
    again(app, script, first, "An inlet.")
    thread = app.chat.show(first.id)
    list(app.chat.edit(thread[2].id, "And now?", PLAIN, CancelToken()))
    assert told(app) == []


def test_what_the_user_said_of_the_two_counts_more(app: Application, script: SayingEndpoint) -> None:
    conversation = app.chat.create().id
    first = ask(app, conversation)
    second = again(app, script, first, "An inlet.")
    app.preferences.rate(second.id, -1)
    ask(app, conversation)
    assert [one.kind for one in app.preferences.list()] == ["thumb"]
    given = app.preferences.record("compare", first.id, second.id)
    app.preferences.rate(second.id, 1)
    app.chat.show(second.id)
    ask(app, conversation)
    assert [one for one in app.preferences.list() if one.kind != "thumb"] == [given]


def test_in_a_temporary_chat_it_is_told_and_never_learnt_from(app: Application, script: SayingEndpoint) -> None:
    conversation = app.chat.create(temporary=True).id
    first = ask(app, conversation)
    second = again(app, script, first, "An inlet.")
    ask(app, conversation)
    assert told(app) == [("regenerated", second.id, first.id)]
    assert app.chat.edit_answer(first.id, "Deep water.") is not None
    assert list(app.preferences.pairs()) == []
    assert list(app.preferences.export()) == []


def test_a_changed_answer_stands_beside_the_original(app: Application, tmp_path: Path) -> None:
    conversation = app.chat.create().id
    original = ask(app, conversation, "What is a fjord?")
    written = app.chat.edit_answer(original.id, "A *narrow* inlet.")
    assert written is not None
    assert app.chat.thread(conversation)[-1] == written
    assert (written.state, written.tokens, written.parent) == ("complete", (), original.parent)
    assert app.chat.figures(written.id) == AnswerFigures(written_by=BY_THE_USER)
    assert app.chat.traces(written.id) == []
    assert told(app) == [("edited", written.id, original.id)]
    ((path, chosen, rejected),) = app.preferences.pairs()
    assert [one.text for one in (*path, chosen, rejected)] == ["What is a fjord?", "A *narrow* inlet.", "Water."]
    (exported,) = app.preferences.export()
    assert (exported["kind"], exported["strengths"]) == ("edited", [None, 0.0]), "nobody steered the user"
    with pytest.raises(BadInput, match="You wrote this answer"):
        list(app.chat.continue_answer(written.id, AskOptions(), CancelToken()))
    file = tmp_path / "fjord.md"
    app.transfer.export_to_file(file, "markdown", [conversation])
    assert "## Assistant, rewritten by you" in file.read_text(encoding="utf-8")
    follow = ask(app, conversation, "Where?")
    assert sent(app, follow) == ["What is a fjord?", "A *narrow* inlet.", "Where?"]
    assert told(app) == [("edited", written.id, original.id)], "going on below it says nothing new"


def test_saying_the_same_stores_nothing(app: Application) -> None:
    conversation = app.chat.create().id
    original = ask(app, conversation)
    assert app.chat.edit_answer(original.id, "Water.\n") is None
    assert app.chat.siblings(original.id) == [original]
    for text in ("", " \n"):
        with pytest.raises(BadInput, match="empty"):
            app.chat.edit_answer(original.id, text)
    with pytest.raises(BadInput, match="Only an answer"):
        app.chat.edit_answer(original.parent or "", "Water?")
    end_as(app, original, "writing")
    with pytest.raises(BadInput, match="no longer being written"):
        app.chat.edit_answer(original.id, "Ice.")
    end_as(app, original, "stopped")
    assert app.chat.edit_answer(original.id, "Ice.") is not None
    assert told(app) == [], "that it was cut short is not how it was meant"


def test_what_was_never_told_is_not_told_by_changing_it(app: Application) -> None:
    conversation = app.chat.create().id
    original = ask(app, conversation, "What is a fjord?")
    draft = AnswerFigures(tier="B", sketch="A draft.", written_by="this computer, SmolLM2")
    app._shelves.stored.conversations.set_figures(original.id, draft)
    written = app.chat.edit_answer(original.id, "My fjord.")
    assert written is not None
    assert app.chat.edit_answer(written.id, "My own fjord.") is not None
    follow = ask(app, conversation, "Where?")
    assert sent(app, follow) == ["What is a fjord?", "A draft.", "Where?"]


def test_what_the_user_writes_is_looked_at_before_it_leaves(app: Application) -> None:
    conversation = app.chat.create().id
    original = ask(app, conversation)
    address = "zephyrine.keller@gmx.ch"
    app._shelves.stored.conversations.update_answer(original.id, f"Ask {address}.", (), "complete")
    asking = dataclasses.replace(PLAIN, when_found="refuse")
    assert list(app.chat.ask(conversation, "Sure?", asking, CancelToken())), "a cloud wrote that itself"
    app.chat.show(original.id)
    assert app.chat.edit_answer(original.id, f"Write to {address}.") is not None
    with pytest.raises(TransmissionRefused):
        list(app.chat.ask(conversation, "Sure?", asking, CancelToken()))
    assert app.chat.thread(conversation)[-1].text == f"Write to {address}.", "nothing was asked"
