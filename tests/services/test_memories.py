"""What is proposed to be remembered, measured on labelled messages with the embedded model; what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.services.remember import Labelled, figures, labelled
from tests.services.test_titles import chat
from tests.services.test_why import forget_all

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled
from costeer.personalization.remembering import Candidate, candidates, same
from costeer.services.memories import THRESHOLD, Judge

SAID = "I am vegetarian, and my daughter Mia starts school in August. What can I cook for her?"


@pytest.fixture
def empty(app: Application) -> Iterator[Application]:
    forget_all(app)
    yield app
    forget_all(app)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_precision_and_recall(app: Application) -> None:
    """Of those that nothing was chosen with; docs/memories.md has the figures of all."""
    judge = Judge(app.models.ready(), CancelToken())
    messages = [one for one in labelled() if one.held_out]
    assert len(labelled()) >= 300

    def proposed(message: Labelled) -> list[Candidate]:
        return [one for one in candidates(message.text) if judge.score(one) >= THRESHOLD]

    found = figures(messages, proposed)
    assert found.precision >= 0.9, str(found)
    assert found.recall >= 0.5, str(found)


@pytest.mark.thorough
def test_proposed_approved_refused(empty: Application) -> None:
    conversation = chat(empty, SAID, "Lentils.")
    question = empty.chat.thread(conversation.id)[0]
    requests = len(empty.audit.entries(newest=1000))
    private = empty.profile.private_strings()
    proposed = empty.memories.propose(conversation.id)
    assert [one.text for one in proposed] == ["I am vegetarian.", "My daughter Mia starts school in August."]
    assert {(one.state, one.scope, one.origin) for one in proposed} == {("proposed", "local", question.id)}
    assert not empty.profile.current(), "nothing is used before it is approved"
    assert empty.profile.private_strings() == private, "it stands in a message that was sent"
    assert empty.memories.propose(conversation.id) == []
    vegetarian, mia = proposed
    approved = empty.memories.approve(vegetarian.id, "I don't eat meat.")
    assert (approved.text, approved.state) == ("I don't eat meat.", "approved")
    assert empty.profile.current().memories == ("I don't eat meat.",)
    assert {*empty.profile.private_strings()} == {*private, "I don't eat meat."}
    assert empty.memories.refuse(mia.id).state == "refused"
    assert empty.memories.propose(conversation.id) == [], "in other words it is known, too"
    asked = empty._shelves.stored.conversations.add_message(conversation.id, question.id, "user", SAID)
    assert [one.text for one in empty.memories.propose(conversation.id)] == ["I am vegetarian."]
    assert empty.memories.list("proposed")[0].origin == asked.id
    assert [one.id for one in empty.memories.list("refused")] == [mia.id]
    assert empty.memories.edit(mia.id, "Mia is six.").state == "refused"
    assert empty.memories.find(mia.id[:12]).text == "Mia is six."
    with pytest.raises(BadInput, match="no memory"):
        empty.memories.find("zzz")
    assert len(empty.audit.entries(newest=1000)) == requests, "nothing is sent"


def test_what_is_known_is_not_proposed(empty: Application) -> None:
    empty.profile.add("fact", "I’m a vegetarian!")
    empty.profile.add_memory("My daughter Mia starts school in August, on the 27th.")
    assert empty.memories.propose(chat(empty, SAID, "Lentils.").id) == []


def test_of_a_temporary_chat_nothing_is_remembered(empty: Application) -> None:
    conversation = empty.chat.create(temporary=True)
    empty._shelves.temporary().conversations.add_message(conversation.id, None, "user", SAID)
    assert empty.memories.propose(conversation.id) == []
    assert empty.memories.list() == []


def test_it_is_stopped(empty: Application) -> None:
    conversation = chat(empty, SAID, "Lentils.")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        empty.memories.propose(conversation.id, cancel)
    assert empty.memories.list() == []


@pytest.mark.parametrize(
    "message",
    [
        *(
            "Am I vegetarian?",
            "Translate: I am a doctor.",
            "He said “I am a doctor” and left.",
            "Imagine I am a pirate.",
        ),
        *("I need a taxi.", "```\nI live in Rome\n```", "The text says: I live in Rome.", "", "I" * 5000),
    ],
)
def test_what_is_no_candidate(message: str) -> None:
    assert candidates(message) == []


def test_the_same_in_other_words() -> None:
    assert same("I am vegetarian", ["i'm Vegetarian."])
    assert same("I live in Tromso", ["I live in Tromso with two dogs."])
    assert same("我吃素", ["我吃素。"])
    assert not same("I like museums", ["I don't like museums."])
    assert not same("I am a nurse", ["I am a teacher at night."])
