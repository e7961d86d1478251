"""Preferences: recorded, replaced, taken back, exported; never those of a temporary chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.errors import BadInput, BugError, StorageError
from costeer.foundation.paths import AppPaths
from costeer.services.preferences import PreferenceService
from costeer.services.shelves import Shelf, Shelves
from costeer.storage.database import Database
from costeer.storage.records import AnswerFigures, Message


@dataclass(frozen=True)
class Answers:
    question: Message
    first: Message
    second: Message


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Shelves]:
    with Database.open(tmp_path / "a.sqlite3") as database:
        shelves = Shelves(Shelf.on(database))
        yield shelves
        shelves.close()


@pytest.fixture
def preferences(shelves: Shelves) -> PreferenceService:
    return PreferenceService(shelves)


def answers(shelf: Shelf) -> Answers:
    conversations = shelf.conversations
    conversation = conversations.create("a")
    before = conversations.add_message(conversation.id, None, "user", "Hello")
    reply = conversations.add_message(conversation.id, before.id, "assistant", "Hi")
    question = conversations.add_message(conversation.id, reply.id, "user", "What is a fjord?")
    first = conversations.add_message(conversation.id, question.id, "assistant", "Water.")
    second = conversations.add_message(conversation.id, question.id, "assistant", "A narrow inlet.")
    conversations.set_figures(second.id, AnswerFigures(strength=1.5))
    return Answers(question, first, second)


def test_a_choice_is_recorded_and_a_later_one_between_the_same_two_replaces_it(
    shelves: Shelves, preferences: PreferenceService
) -> None:
    given = answers(shelves.stored)
    preferences.record("compare", given.first.id, given.second.id)
    later = preferences.record("regenerated", given.second.id, given.first.id)
    assert preferences.list() == preferences.list(given.question.conversation) == [later]
    assert (later.question, later.chosen, later.value) == (given.question.id, given.second.id, None)
    preferences.undo(later.id)
    assert preferences.list() == []
    with pytest.raises(StorageError, match="preference no longer exists"):
        preferences.undo(later.id)


def test_a_thumb_is_about_one_answer(shelves: Shelves, preferences: PreferenceService) -> None:
    given = answers(shelves.stored)
    preferences.rate(given.first.id, 1)
    down = preferences.rate(given.first.id, -1)
    other = preferences.rate(given.second.id, 1)
    pair = preferences.record("compare", given.first.id, given.second.id)
    assert preferences.list() == [down, other, pair]
    assert (down.value, down.rejected, down.kind) == (-1, None, "thumb")
    conversation = given.question.conversation
    assert preferences.thumbs(conversation) == {given.first.id: -1, given.second.id: 1}
    with pytest.raises(BadInput):
        preferences.rate(given.first.id, 0)
    with pytest.raises(BadInput):
        preferences.record("thumb", given.first.id, given.second.id)
    for _ in range(2):
        preferences.take_back(given.second.id)
        assert preferences.list() == [down, pair]
    with pytest.raises(StorageError, match="message no longer exists"):
        preferences.take_back("0" * 32)


def test_a_liked_answer_was_chosen_before_one_that_was_not(
    shelves: Shelves, preferences: PreferenceService
) -> None:
    given, other = answers(shelves.stored), answers(shelves.stored)
    preferences.rate(given.first.id, 1)
    preferences.rate(other.second.id, -1)
    assert list(preferences.pairs()) == [], "they answer different questions"
    preferences.rate(given.second.id, -1)
    ((path, chosen, rejected),) = preferences.pairs()
    assert (path[-1].text, chosen.text, rejected.text) == ("What is a fjord?", "Water.", "A narrow inlet.")
    preferences.record("compare", given.second.id, given.first.id)
    assert [one.text for _, one, _ in preferences.pairs()] == ["A narrow inlet."], "what was said later counts"
    assert list(preferences.pairs("edited")) == []


def test_only_two_answers_to_one_question_can_be_compared(
    shelves: Shelves, preferences: PreferenceService
) -> None:
    given, elsewhere = answers(shelves.stored), answers(shelves.stored)
    for chosen, rejected in (
        (given.first.id, elsewhere.first.id),
        (given.first.id, given.first.id),
        (given.question.id, given.first.id),
    ):
        with pytest.raises(BugError, match="no answer"):
            preferences.record("compare", chosen, rejected)
    with pytest.raises(StorageError, match="message no longer exists"):
        preferences.record("compare", given.first.id, "0" * 32)
    assert preferences.list() == []


def test_export_has_the_texts_of_what_is_not_in_the_bin(shelves: Shelves, preferences: PreferenceService) -> None:
    given, binned = answers(shelves.stored), answers(shelves.stored)
    made = preferences.record("edited", given.second.id, given.first.id)
    thumb = preferences.rate(given.first.id, -1)
    preferences.rate(binned.first.id, 1)
    shelves.stored.conversations.discard(binned.question.conversation)
    prompt = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "What is a fjord?"},
    ]
    assert list(preferences.export()) == [
        {
            "kind": "edited",
            "created": made.created.isoformat(),
            "prompt": prompt,
            "chosen": "A narrow inlet.",
            "rejected": "Water.",
            "value": None,
            "strengths": [1.5, None],
        },
        {
            "kind": "thumb",
            "created": thumb.created.isoformat(),
            "prompt": prompt,
            "chosen": "Water.",
            "rejected": None,
            "value": -1,
            "strengths": [None],
        },
    ]
    shelves.stored.conversations.purge(given.question.conversation)
    assert list(preferences.export()) == []


def test_those_of_a_temporary_chat_are_listed_and_never_exported(
    shelves: Shelves, preferences: PreferenceService
) -> None:
    given = answers(shelves.temporary())
    made = preferences.rate(given.first.id, 1)
    assert preferences.list() == preferences.list(given.question.conversation) == [made]
    assert list(preferences.export()) == []
    preferences.undo(made.id)
    assert preferences.list() == []


def test_the_application_has_them(tmp_path: Path) -> None:
    paths = AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))
    with open_application(paths) as app:
        assert isinstance(app, Application)
        assert app.preferences.list() == []
