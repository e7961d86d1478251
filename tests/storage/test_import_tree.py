"""Whole conversations go in with one transaction, and come out as they went in."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from costeer.foundation.errors import BugError, StorageError
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.storage.database import Database
from costeer.storage.records import AnswerFigures, Conversation, Message
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.import_tree import StoredTree, TreeRepository

WHEN = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def tree(size: int = 4) -> StoredTree:
    """A question with two answers, the first of which is followed by more."""
    conversation = Conversation("c" * 32, "Fjords", WHEN, WHEN, pinned=True, folder="Geography", titled_by="user")
    messages = []
    for number in range(size):
        parent = None if number == 0 else 0 if number == 2 else number - 2 if number == 3 else number - 1
        messages.append(
            Message(
                f"{number:032x}",
                conversation.id,
                None if parent is None else f"{parent:032x}",
                "assistant" if number in (1, 2) else "user",
                f"text {number} \ud800",
                "stopped" if number == 1 else "complete",
                WHEN,
                (1, 2, 3) if number == 1 else (),
                Translatable("You stopped it.") if number == 1 else NOTHING,
            )
        )
    figures = {messages[1].id: AnswerFigures(tokens=3, leak_bits=float("inf"), signals=("profile",))}
    return StoredTree(conversation, messages[-1].id, tuple(messages), figures)


@pytest.fixture
def trees(database: Database) -> TreeRepository:
    return TreeRepository(database)


def test_it_comes_out_as_it_went_in(trees: TreeRepository, conversations: ConversationRepository) -> None:
    trees.insert(tree())
    assert trees.read("c" * 32) == tree()
    assert conversations.list() == [tree().conversation]
    assert [one.text for one in conversations.thread("c" * 32)] == [f"text {n} \ud800" for n in (0, 1, 3)]
    assert [one.id for one in conversations.siblings(f"{1:032x}")] == [f"{n:032x}" for n in (1, 2)]
    assert conversations.figures(f"{1:032x}") == tree().figures[f"{1:032x}"]
    hits = conversations.search("text", 10)
    assert len(hits) == 4


def test_what_was_imported_can_be_continued(trees: TreeRepository, conversations: ConversationRepository) -> None:
    trees.insert(tree())
    added = conversations.add_message("c" * 32, tree().active_leaf, "assistant", "more")
    assert conversations.thread("c" * 32)[-1] == added
    conversations.activate(f"{2:032x}")
    assert [one.text for one in conversations.thread("c" * 32)] == ["text 0 \ud800", "text 2 \ud800"]


def test_all_of_it_or_nothing(trees: TreeRepository, conversations: ConversationRepository) -> None:
    """The last message cannot be stored, so that the conversation and the others are not there either."""
    other = conversations.create("other")
    taken = conversations.add_message(other.id, None, "user", "hello")
    whole = tree()
    clash = dataclasses.replace(whole.messages[-1], id=taken.id)
    with pytest.raises(BugError):
        trees.insert(dataclasses.replace(whole, messages=(*whole.messages[:-1], clash), active_leaf=None))
    assert conversations.list() == [conversations.get(other.id)]
    assert not trees.has_message([one.id for one in whole.messages])
    with pytest.raises(StorageError):
        trees.read(whole.conversation.id)


def test_what_is_no_tree_is_refused(trees: TreeRepository) -> None:
    whole = tree()
    first, second, *rest = whole.messages
    for broken in (
        dataclasses.replace(whole, messages=(second, first, *rest)),
        dataclasses.replace(whole, active_leaf="f" * 32),
        dataclasses.replace(whole, messages=(dataclasses.replace(first, state="writing"), second, *rest)),
        dataclasses.replace(whole, messages=(dataclasses.replace(first, conversation="another"), second, *rest)),
    ):
        with pytest.raises(BugError):
            trees.insert(broken)


def test_messages_are_looked_for_by_many_ids(trees: TreeRepository) -> None:
    trees.insert(tree())
    strangers = [f"{number:032x}" for number in range(100, 2000)]
    assert not trees.has_message(strangers)
    assert trees.has_message([*strangers, f"{3:032x}"])
    assert not trees.has_message([])
