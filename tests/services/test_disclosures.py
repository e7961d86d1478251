"""What is private is replaced on its way out and filled in on its way back; the user may be asked and obeyed."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cloud.saying_endpoint import SayingEndpoint
from tests.privacy.scripted_server import ScriptedServer

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, TransmissionRefused
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import EndpointSettings
from costeer.privacy.rules import missing_libraries
from costeer.services.disclosure.asking import Chosen, DisclosureWanted
from costeer.services.events import AnswerEvent, AnswerFinished, AnswerStarted, TokensAppended
from costeer.services.options import AskOptions
from costeer.storage.records import Disclosure, Message

PLAIN = AskOptions(strength=0.0, max_tokens=64)
ASKING = dataclasses.replace(PLAIN, when_found="ask")


@pytest.fixture
def script() -> SayingEndpoint:
    return SayingEndpoint(says="Dear [NAME_1], come to [ADDRESS_1]! [name 1] [NAME_7] [a](b) [N")


@pytest.fixture
def app(tmp_path: Path, script: SayingEndpoint) -> Iterator[Application]:
    paths = AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))
    with open_application(paths) as opened, ScriptedServer(script) as server:
        mine = EndpointSettings("mine", server.base_url)
        opened.use_settings(dataclasses.replace(opened.settings, endpoints=(mine,), endpoint="mine"))
        opened.endpoints.probe(mine, "")
        opened.disclosures.add_word("Zephyrine", "name")
        opened.disclosures.add_word("Rheingasse 7", "address")
        yield opened


def ask(
    app: Application, conversation: str, prompt: str, options: AskOptions = PLAIN
) -> tuple[Message, list[AnswerEvent]]:
    events = list(app.chat.ask(conversation, prompt, options, CancelToken()))
    assert isinstance(events[-1], AnswerFinished)
    return events[-1].answer, events


def bodies(app: Application, answer: Message) -> list[str]:
    entries = app.audit.entries(message_id=answer.id, newest=1000)
    return [one.record.body for one in reversed(entries) if one.record.kind == "request"]


def said(body: str) -> list[str]:
    return [one["content"] for one in json.loads(body)["messages"]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
def test_names_go_out_as_placeholders_and_come_back(app: Application, script: SayingEndpoint, size: int) -> None:
    script.size = size
    conversation = app.chat.create().id
    answer, events = ask(app, conversation, "Invite zephyrine (ZEPHYRINE!) to Rheingasse  7, please.")
    assert said(bodies(app, answer)[0]) == ["Invite [NAME_1] ([NAME_1]!) to [ADDRESS_1], please."]
    shown = "Dear Zephyrine, come to Rheingasse 7! Zephyrine [NAME_7] [a](b) [N"
    assert answer.text == app.chat.message(answer.id).text == shown
    pieces = [one.text for one in events if isinstance(one, TokensAppended)]
    assert "".join(pieces) == shown
    growing = ""
    for piece in pieces:  # no part of a placeholder is ever on the screen
        growing += piece
        assert shown.startswith(growing)
    traces = app.chat.traces(answer.id)
    assert "".join(one.text for one in traces) == script.says
    assert shown.startswith("".join(one.displayed for one in traces))
    assert app.chat.thread(conversation)[0].text == "Invite zephyrine (ZEPHYRINE!) to Rheingasse  7, please."


def test_what_was_said_before_is_sent_as_it_was(app: Application) -> None:
    conversation = app.chat.create().id
    ask(app, conversation, "Invite Zephyrine to Rheingasse 7.")
    answer, _ = ask(app, conversation, "And again for Zephyrine?")
    first, reply, again = said(bodies(app, answer)[0])
    assert (first, again) == ("Invite [NAME_1] to [ADDRESS_1].", "And again for [NAME_1]?")
    assert reply == "Dear [NAME_1], come to [ADDRESS_1]! [NAME_1] [NAME_7] [a](b) [N"
    known = app.audit.known(conversation)
    assert not any("Zephyrine" in one.text for one in known.strings)
    assert {one.kind for one in known.strings} == {"question", "answer", "setting"}
    assert [one.title for one in app.chat.conversations()] == ["Invite Zephyrine to Rheingasse 7."]
    assert app.chat.find("Zephyrine come")


def test_a_stopped_answer_goes_on_inside_a_placeholder(app: Application, script: SayingEndpoint) -> None:
    script.size = 2
    conversation = app.chat.create().id
    short = dataclasses.replace(PLAIN, max_tokens=5)
    answer, _ = ask(app, conversation, "Invite Zephyrine.", short)
    assert answer.text == "Dear "
    *_, finished = app.chat.continue_answer(answer.id, PLAIN, CancelToken())
    assert isinstance(finished, AnswerFinished)
    assert finished.answer.text.startswith("Dear Zephyrine, come to [ADDRESS_1]!")
    assert said(bodies(app, answer)[-1])[-1] == "Dear [NAME"


def test_a_copy_of_a_conversation_keeps_its_placeholders(app: Application) -> None:
    conversation = app.chat.create().id
    ask(app, conversation, "Invite Zephyrine.")
    copy = app.chat.duplicate(conversation).id
    assert app.disclosures.disclosures(copy) == [Disclosure("Zephyrine", "replace", "[NAME_1]")]
    answer, _ = ask(app, copy, "And Rheingasse 7?")
    assert said(bodies(app, answer)[0])[-1] == "And [ADDRESS_1]?"


def test_temporary_chats_edits_and_new_answers(app: Application) -> None:
    conversation = app.chat.create(temporary=True).id
    answer, _ = ask(app, conversation, "Invite Zephyrine.")
    assert answer.text.startswith("Dear Zephyrine")
    question = app.chat.thread(conversation)[0]
    *_, edited = app.chat.edit(question.id, "Do not invite Zephyrine.", PLAIN, CancelToken())
    assert isinstance(edited, AnswerFinished)
    *_, again = app.chat.regenerate(edited.answer.id, PLAIN, CancelToken())
    assert isinstance(again, AnswerFinished)
    assert again.answer.text.startswith("Dear Zephyrine")
    assert app.disclosures.disclosures(conversation) == [Disclosure("Zephyrine", "replace", "[NAME_1]")]


class Asked:
    """Answers each question before sending with the next of `replies` (None: do not send), on another thread."""

    def __init__(self, *replies: Chosen | None) -> None:
        self._replies = list(replies)
        self.found: list[list[str]] = []

    def run(self, events: Iterator[AnswerEvent]) -> list[AnswerEvent]:
        seen = []
        for event in events:
            seen.append(event)
            if isinstance(event, DisclosureWanted):
                self.found.append([one.text for one in event.found])
                chosen = self._replies.pop(0)
                answer = event.reply.do_not_send if chosen is None else lambda: event.reply.choose(chosen)  # noqa: B023
                threading.Thread(target=answer).start()
        return seen


def test_the_user_is_asked_and_may_not_send(app: Application) -> None:
    conversation = app.chat.create().id
    asked = Asked(None)
    with pytest.raises(Cancelled):
        asked.run(app.chat.ask(conversation, "Invite Zephyrine.", ASKING, CancelToken()))
    assert asked.found == [["Zephyrine"]]
    assert app.chat.thread(conversation) == []
    cancel = CancelToken()
    events = app.chat.ask(conversation, "Invite Zephyrine.", ASKING, cancel)
    assert isinstance(next(events), DisclosureWanted)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(events)


def test_what_the_user_sends_does_not_block_the_conversation(app: Application) -> None:
    conversation = app.chat.create().id
    asked = Asked(Chosen({"Zephyrine": "send"}))
    *_, finished = asked.run(
        app.chat.ask(conversation, "Invite Zephyrine to Rheingasse 7.", ASKING, CancelToken())
    )
    assert isinstance(finished, AnswerFinished)
    assert said(bodies(app, finished.answer)[0]) == ["Invite Zephyrine to [ADDRESS_1]."]
    *_, again = asked.run(app.chat.ask(conversation, "Zephyrine again.", ASKING, CancelToken()))
    assert isinstance(again, AnswerFinished)
    assert asked.found == [["Zephyrine", "Rheingasse 7"]]
    other = app.chat.create().id
    asked = Asked(Chosen())
    *_, elsewhere = asked.run(app.chat.ask(other, "Zephyrine", ASKING, CancelToken()))
    assert isinstance(elsewhere, AnswerFinished)
    assert said(bodies(app, elsewhere.answer)[0]) == ["[NAME_1]"]


def test_a_choice_is_remembered_changed_and_forgotten(app: Application) -> None:
    asked = Asked(Chosen({"Zephyrine": "send"}, remember=["Zephyrine"]))
    asked.run(app.chat.ask(app.chat.create().id, "Invite Zephyrine.", ASKING, CancelToken()))
    answer, events = ask(app, app.chat.create().id, "And Zephyrine?", ASKING)
    assert isinstance(events[0], AnswerStarted)
    assert said(bodies(app, answer)[0]) == ["And Zephyrine?"]
    app.disclosures.remember("zephyrine", "replace")
    (one,) = app.disclosures.remembered()
    assert (one.text, one.choice) == ("zephyrine", "replace")
    answer, _ = ask(app, app.chat.create().id, "And Zephyrine?", ASKING)
    assert said(bodies(app, answer)[0]) == ["And [NAME_1]?"]
    app.disclosures.forget("zephyrine")
    with pytest.raises(Cancelled):
        Asked(None).run(app.chat.ask(app.chat.create().id, "And Zephyrine?", ASKING, CancelToken()))


def test_what_is_sent_may_hold_what_is_not(app: Application) -> None:
    app.disclosures.add_word("Zephyrine of Basel")
    asked = Asked(Chosen({"Zephyrine of Basel": "send"}), Chosen({"Zephyrine": "replace"}))
    *_, finished = asked.run(app.chat.ask(app.chat.create().id, "Zephyrine of Basel", ASKING, CancelToken()))
    assert isinstance(finished, AnswerFinished)
    assert asked.found == [["Zephyrine of Basel"], ["Zephyrine"]]
    assert said(bodies(app, finished.answer)[0]) == ["[NAME_1] of Basel"]


def test_it_can_be_refused_without_asking(app: Application) -> None:
    conversation = app.chat.create().id
    with pytest.raises(TransmissionRefused, match="begins “Zeph…”"):
        ask(app, conversation, "Invite Zephyrine.", dataclasses.replace(PLAIN, when_found="refuse"))
    assert app.chat.thread(conversation) == []


@pytest.mark.skipif(bool(missing_libraries()), reason="python-stdnum or phonenumbers is not installed")
def test_what_the_rules_find_is_replaced(app: Application, script: SayingEndpoint) -> None:
    script.says = "Pay [IBAN_1] and tell [EMAIL_1] or me@posteo.de."
    conversation = app.chat.create().id
    prompt = "Pay DE89 3704 0044 0532 0130 00, write to z.k@posteo.de or zoe@posteo.de."
    answer, _ = ask(app, conversation, prompt)
    assert said(bodies(app, answer)[0]) == ["Pay [IBAN_1], write to [EMAIL_1] or [EMAIL_2]."]
    assert answer.text == "Pay DE89 3704 0044 0532 0130 00 and tell z.k@posteo.de or me@posteo.de."
    again, _ = ask(app, conversation, "Thanks.")
    assert said(bodies(app, again)[0])[1] == script.says, "what the cloud wrote by itself is sent back as it is"
    app.change_settings(
        lambda one: dataclasses.replace(one, privacy=dataclasses.replace(one.privacy, email=False, iban=False))
    )
    answer, _ = ask(app, app.chat.create().id, "Write to me@posteo.de.")
    assert said(bodies(app, answer)[0]) == ["Write to me@posteo.de."]


def test_public_parts_of_the_profile_are_replaced_too(app: Application) -> None:
    app.profile.change(app.profile.add("fact", "Zephyrine is my sister.").id, scope="public")
    answer, _ = ask(app, app.chat.create().id, "Hello.")
    assert said(bodies(app, answer)[0]) == [
        "About the user, in their own words:\n- [NAME_1] is my sister.",
        "Hello.",
    ]


def test_entries_documents_and_what_looks_like_a_placeholder(app: Application, tmp_path: Path) -> None:
    app.profile.add("fact", "I live on a houseboat in Basel.")
    conversation = app.chat.create().id
    (tmp_path / "list.txt").write_text("Guests: Zephyrine and others.")
    document = app.documents.add(conversation, tmp_path / "list.txt", "public")
    events = list(
        app.chat.ask(
            conversation, "[NAME_1] says: i live on a houseboat, in Basel", PLAIN, CancelToken(), [document.id]
        )
    )
    assert isinstance(events[-1], AnswerFinished)
    (question,) = said(bodies(app, events[-1].answer)[0])
    assert question.startswith("[NAME_1] says: [TEXT_1]\n\nDocument")
    assert question.endswith("Guests: [NAME_2] and others.")


def test_words_that_cannot_be_kept(app: Application) -> None:
    for wrong, match in (
        ("", "empty"),
        ("ab", "too short"),
        ("x" * 201, "201 characters"),
        ("zephyrine", "already"),
    ):
        with pytest.raises(BadInput, match=match):
            app.disclosures.add_word(wrong)
