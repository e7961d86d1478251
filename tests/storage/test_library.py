"""Conversations as a whole: pinned, filed, thrown away, taken back, copied; a database that is in no file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costeer.foundation.errors import StorageError
from costeer.storage.database import Database
from costeer.storage.records import AnswerFigures, Conversation, Message
from costeer.storage.repositories import ConversationRepository
from tests.storage.material import trace


def titles(conversations: ConversationRepository) -> list[str]:
    return [one.title for one in conversations.list()]


def grown(conversations: ConversationRepository) -> tuple[Conversation, list[Message]]:
    """Two questions at the root; below the first two answers, the older of them gone on with."""
    conversation = conversations.create("tree")
    first = conversations.add_message(conversation.id, None, "user", "one fjord")
    old = conversations.add_message(conversation.id, first.id, "assistant", "", "writing")
    conversations.update_answer(old.id, "two", [7, 8], "complete", traces=[trace(0)])
    conversations.update_answer(old.id, "two", [7, 8], "complete", traces=[trace(1), trace(2)])
    conversations.set_figures(old.id, AnswerFigures(tokens=2, signals=("context",)))
    new = conversations.add_message(conversation.id, first.id, "assistant", "three")
    more = conversations.add_message(conversation.id, old.id, "user", "four")
    other = conversations.add_message(conversation.id, None, "user", "five")
    conversations.activate(more.id)
    return conversation, [first, old, new, more, other]


def test_pinned_ones_come_first_and_keep_their_order(conversations: ConversationRepository) -> None:
    first, second, _ = (conversations.create(title) for title in "abc")
    assert conversations.pin(first.id, True).pinned
    conversations.pin(second.id, True)
    assert titles(conversations) == ["b", "a", "c"]
    assert not conversations.pin(second.id, False).pinned
    assert titles(conversations) == ["a", "c", "b"]


def test_a_folder_is_there_while_something_is_in_it(conversations: ConversationRepository) -> None:
    first, second = (conversations.create(title) for title in "ab")
    conversations.move(first.id, "Work")
    assert conversations.move(second.id, "Home").folder == "Home"
    assert conversations.folders() == ["Home", "Work"]
    conversations.discard(second.id)
    assert conversations.folders() == ["Work"]
    assert conversations.rename_folder("Work", "Home") == 1
    conversations.restore(second.id)
    assert {one.folder for one in conversations.list()} == {"Home"}
    assert conversations.rename_folder("Work", "x") == 0
    conversations.rename_folder("Home", "")
    assert conversations.folders() == []


def test_the_bin_gives_back_what_was_thrown_away_as_it_was(conversations: ConversationRepository) -> None:
    conversation, _ = grown(conversations)
    conversations.pin(conversation.id, True)
    conversations.move(conversation.id, "Work")
    before, thread = conversations.get(conversation.id), conversations.thread(conversation.id)
    thrown = conversations.discard(conversation.id)
    assert thrown.deleted is not None
    assert (conversations.list(), conversations.bin()) == ([], [thrown])
    with pytest.raises(StorageError, match="in the bin"):
        conversations.add_message(conversation.id, thread[-1].id, "user", "more")
    assert conversations.restore(conversation.id) == before
    assert (conversations.list(), conversations.bin()) == ([before], [])
    assert conversations.thread(conversation.id) == thread


def test_the_bin_is_emptied_of_what_is_older(conversations: ConversationRepository, database: Database) -> None:
    old, new, kept = (conversations.create(title) for title in "abc")
    conversations.discard(old.id)
    between = datetime.now(UTC)
    conversations.discard(new.id)
    assert conversations.empty_bin(between) == 1
    assert [one.id for one in conversations.bin()] == [new.id]
    assert conversations.empty_bin(between) == 0
    assert conversations.empty_bin(datetime.now(UTC)) == 1
    assert conversations.list() == [kept]
    with pytest.raises(StorageError, match="no longer exists"):
        conversations.restore(old.id)
    assert database.problems() == []


def test_names_of_the_user_stay(conversations: ConversationRepository) -> None:
    conversation = conversations.create("")
    assert conversations.rename(conversation.id, "Question", "question").title == "Question"
    assert conversations.rename(conversation.id, "Model", "model").titled_by == "model"
    assert conversations.rename(conversation.id, "Question", "question").title == "Model"
    assert conversations.rename(conversation.id, "User").titled_by == "user"
    assert conversations.rename(conversation.id, "Model", "model").title == "User"
    assert conversations.rename(conversation.id, "Other").title == "Other"


def test_a_copy_is_the_whole_tree_under_new_ids(conversations: ConversationRepository, database: Database) -> None:
    conversation, (first, old, _, more, other) = grown(conversations)
    writing = conversations.add_message(conversation.id, other.id, "assistant", "half", "writing")
    conversations.activate(more.id)
    conversations.set_settings(conversation.id, {"strength": 2.0})
    copy = conversations.duplicate(conversation.id, "copy")
    assert (copy.title, copy.pinned, copy.titled_by) == ("copy", False, "question")
    assert conversations.settings(copy.id) == {"strength": 2.0}
    one, two, four = conversations.thread(copy.id)
    assert [one.text, two.text, four.text] == ["one fjord", "two", "four"]
    assert {one.id, two.id, four.id}.isdisjoint({first.id, old.id, more.id})
    assert (two.tokens, two.state, two.created) == ((7, 8), "complete", conversations.message(old.id).created)
    assert conversations.traces(two.id) == conversations.traces(old.id) == [trace(0), trace(1), trace(2)]
    assert conversations.figures(two.id) == AnswerFigures(tokens=2, signals=("context",))
    assert [message.text for message in conversations.siblings(two.id)] == ["two", "three"]
    five = conversations.siblings(one.id)[1]
    conversations.activate(five.id)
    assert [(m.text, m.state) for m in conversations.thread(copy.id)] == [
        ("five", "complete"),
        ("half", "interrupted"),
    ]
    assert conversations.message(writing.id).state == "writing"
    assert len(conversations.find("fjord", 9)) == 2
    conversations.purge(conversation.id)
    assert len(conversations.find("fjord", 9)) == 1
    assert conversations.traces(two.id) == [trace(0), trace(1), trace(2)]
    assert database.problems() == []


def test_an_empty_conversation_is_copied(conversations: ConversationRepository) -> None:
    copy = conversations.duplicate(conversations.create("a").id, "b")
    assert conversations.thread(copy.id) == []


def test_branches_say_where_each_message_stands(conversations: ConversationRepository) -> None:
    conversation, (first, old, new, more, other) = grown(conversations)
    assert conversations.branches(conversation.id) == {
        first.id: (0, 2),
        other.id: (1, 2),
        old.id: (0, 2),
        new.id: (1, 2),
        more.id: (0, 1),
    }
    assert conversations.branches(conversations.create("empty").id) == {}


def test_settings_are_kept_as_they_are(conversations: ConversationRepository) -> None:
    conversation = conversations.create("a")
    assert conversations.settings(conversation.id) is None
    conversations.set_settings(conversation.id, {"strength": 1.5, "gains": {"style": 2.0}})
    assert conversations.settings(conversation.id) == {"strength": 1.5, "gains": {"style": 2.0}}
    conversations.set_settings(conversation.id, None)
    assert conversations.settings(conversation.id) is None


def test_what_is_gone_is_said_to_be_gone(conversations: ConversationRepository) -> None:
    gone = "0" * 32
    for ask in (conversations.discard, conversations.restore, conversations.settings, conversations.purge):
        with pytest.raises(StorageError, match="no longer exists"):
            ask(gone)
    with pytest.raises(StorageError, match="no longer exists"):
        conversations.duplicate(gone, "x")


def test_a_database_in_memory_is_one_for_all_threads_and_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Database.open_in_memory() as database:
        conversations = ConversationRepository(database)
        conversation, _ = grown(conversations)
        assert conversation.temporary
        assert conversations.list()[0].temporary
        answer = conversations.add_message(conversation.id, None, "assistant", "", "writing")
        failed: list[BaseException] = []

        def write(text: str) -> None:
            try:
                for number in range(50):
                    conversations.update_answer(answer.id, f"{text} {number}", [number], "writing")
                    conversations.thread(conversation.id)
            except BaseException as error:  # noqa: BLE001 - handed to the test
                failed.append(error)

        threads = [threading.Thread(target=write, args=(text,)) for text in ("a", "b", "c")]
        for one in threads:
            one.start()
        for one in threads:
            one.join(60)
        assert failed == []
        assert conversations.message(answer.id).tokens == (49,)
        assert database.problems() == []
    assert list(tmp_path.iterdir()) == []


def test_two_databases_in_memory_are_two() -> None:
    with Database.open_in_memory() as first, Database.open_in_memory() as second:
        ConversationRepository(first).create("a")
        assert ConversationRepository(second).list() == []
