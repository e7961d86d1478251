"""The profile and the memories."""

from __future__ import annotations

import pytest

from costeer.foundation.errors import BugError, StorageError
from costeer.storage.database import Database
from costeer.storage.records import ProfileEntry
from costeer.storage.repositories import ProfileRepository


def test_entries_keep_their_order_and_change_one_by_one(profile: ProfileRepository) -> None:
    first = profile.add("fact", "lives in Bern")
    second = profile.add("style", "short sentences")
    assert profile.entries() == [first, second]
    off = profile.change(first.id, enabled=False)
    assert off == ProfileEntry(first.id, "fact", "lives in Bern", enabled=False)
    moved = profile.change(first.id, text="lives in Basel")
    assert moved == ProfileEntry(first.id, "fact", "lives in Basel", enabled=False)
    assert profile.entries() == [moved, second]
    profile.remove(first.id)
    assert profile.entries() == [second]


def test_the_whole_profile_is_replaced_or_nothing_is(profile: ProfileRepository) -> None:
    profile.add("fact", "old")
    new = profile.replace_all([("note", "one"), ("fact", "two")])
    assert [(one.kind, one.text, one.enabled) for one in new] == [("note", "one", True), ("fact", "two", True)]
    assert profile.entries() == new
    with pytest.raises(BugError, match="CHECK"):
        profile.replace_all([("note", "three"), ("opinion", "four")])  # type: ignore[list-item]
    assert profile.entries() == new
    assert profile.replace_all([]) == profile.entries() == []


def test_memories_come_newest_first(profile: ProfileRepository) -> None:
    first = profile.add_memory("went to Bern")
    second = profile.add_memory("bought a bike")
    assert profile.memories() == [second, first]
    assert profile.change_memory(first.id, enabled=False).enabled is False
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
