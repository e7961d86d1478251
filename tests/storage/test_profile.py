"""The profile and the memories."""

from __future__ import annotations

import dataclasses

import pytest

from costeer.foundation.errors import BugError, StorageError
from costeer.storage.database import Database
from costeer.storage.records import ProfileEntry
from costeer.storage.repositories import ConversationRepository, ProfileRepository


def test_entries_keep_their_order_and_change_one_by_one(profile: ProfileRepository) -> None:
    first = profile.add("fact", "lives in Bern")
    second = profile.add("style", "short sentences")
    assert profile.entries() == [first, second]
    off = profile.change(first.id, scope="never")
    assert off == ProfileEntry(first.id, "fact", "lives in Bern", scope="never")
    moved = profile.change(first.id, text="lives in Basel")
    assert moved == ProfileEntry(first.id, "fact", "lives in Basel", scope="never")
    assert profile.entries() == [moved, second]
    profile.remove(first.id)
    assert profile.entries() == [second]


def test_the_whole_profile_is_replaced_or_nothing_is(profile: ProfileRepository) -> None:
    profile.add("fact", "old")
    new = profile.replace_all([("note", "one"), ("fact", "two")])
    assert [(one.kind, one.text, one.scope) for one in new] == [("note", "one", "local"), ("fact", "two", "local")]
    assert profile.entries() == new
    with pytest.raises(BugError, match="CHECK"):
        profile.replace_all([("note", "three"), ("opinion", "four")])  # type: ignore[list-item]
    assert profile.entries() == new
    assert profile.replace_all([]) == profile.entries() == []


def test_memories_come_newest_first(profile: ProfileRepository) -> None:
    first = profile.add_memory("went to Bern")
    second = profile.add_memory("bought a bike")
    assert profile.memories() == [second, first]
    assert profile.change_memory(first.id, scope="never").scope == "never"
    assert profile.change_memory(first.id) == profile.memories()[1]
    profile.remove_memory(second.id)
    assert [one.id for one in profile.memories()] == [first.id]


def test_nothing_of_what_was_removed_stays_on_disk(profile: ProfileRepository, database: Database) -> None:
    profile.add("fact", "plays the xylophone")
    profile.replace_all([("fact", "plays the celesta")])
    profile.remove(profile.entries()[0].id)
    profile.remove_memory(profile.add_memory("plays the glockenspiel").id)
    stored = b"".join(one.read_bytes() for one in database.file.parent.iterdir())
    assert b"xylophone" not in stored
    assert b"celesta" not in stored
    assert b"glockenspiel" not in stored


def test_what_is_no_longer_there_is_said_to_be_gone(profile: ProfileRepository) -> None:
    with pytest.raises(StorageError, match="entry no longer exists"):
        profile.change("0" * 32, text="x")
    with pytest.raises(StorageError, match="entry no longer exists"):
        profile.remove("0" * 32)
    with pytest.raises(StorageError, match="memory no longer exists"):
        profile.change_memory("0" * 32, text="x")
    with pytest.raises(StorageError, match="memory no longer exists"):
        profile.remove_memory("0" * 32)


def test_scopes_say_what_must_not_leave_and_what_the_local_model_is_shown(profile: ProfileRepository) -> None:
    never, _, public = (profile.add("fact", text) for text in ("one", "two", "three"))
    profile.change(never.id, scope="never")
    profile.change(public.id, scope="public")
    approved = profile.add_memory("four")
    proposed = profile.add_memory("five", "proposed")
    refused = profile.add_memory("six", "refused")
    for memory in (approved, proposed, refused):
        profile.change_memory(memory.id, scope="public")
    assert sorted(profile.private_texts()) == ["five", "one", "six", "two"]
    assert [one.used for one in profile.entries()] == [False, True, True]
    assert [one.used for one in profile.memories()] == [False, False, True]
    assert [hit.memory.text for hit in profile.search_memories("four five six", 9)] == ["four"]
    profile.change_memory(proposed.id, state="approved")
    assert sorted(profile.private_texts()) == ["one", "six", "two"]


def test_a_memory_outlives_the_message_that_it_was_taken_from(
    profile: ProfileRepository, conversations: ConversationRepository
) -> None:
    conversation = conversations.create("a title")
    message = conversations.add_message(conversation.id, None, "user", "I live in Bern")
    memory = profile.add_memory("lives in Bern", "proposed", message.id)
    assert profile.memories()[0].origin == message.id
    conversations.purge(conversation.id)
    assert profile.memories() == [dataclasses.replace(memory, origin=None)]
    with pytest.raises(BugError, match="FOREIGN KEY"):
        profile.add_memory("from nowhere", "proposed", "0" * 32)
