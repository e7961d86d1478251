"""Private words and what the user wants of them, as they are kept."""

from __future__ import annotations

import pytest

from costeer.foundation.errors import StorageError
from costeer.storage.database import Database
from costeer.storage.records import Disclosure, RememberedChoice
from costeer.storage.repositories import ConversationRepository, DisclosureRepository


@pytest.fixture
def kept(database: Database) -> DisclosureRepository:
    return DisclosureRepository(database)


def test_words_are_added_changed_and_removed(kept: DisclosureRepository) -> None:
    first, second = kept.add_word("Zephyrine", "name"), kept.add_word("Rheingasse 7", "address")
    assert kept.words() == [first, second]
    assert kept.change_word(first.id, text="Zephyrine K.").text == "Zephyrine K."
    assert kept.change_word(first.id, label="code").label == "code"
    kept.remove_word(first.id)
    assert kept.words() == [second]
    for gone in (lambda: kept.remove_word(first.id), lambda: kept.change_word(first.id, text="x")):
        with pytest.raises(StorageError, match="no longer exists"):
            gone()


def test_a_choice_is_remembered_once_and_forgotten(kept: DisclosureRepository) -> None:
    kept.remember("Zephyrine", "send")
    kept.remember("Basel", "replace")
    kept.remember("Zephyrine", "replace")
    assert kept.remembered() == [RememberedChoice("Basel", "replace"), RememberedChoice("Zephyrine", "replace")]
    kept.forget("Basel")
    assert kept.remembered() == [RememberedChoice("Zephyrine", "replace")]


def test_what_a_conversation_was_told_goes_with_it(database: Database, kept: DisclosureRepository) -> None:
    conversations = ConversationRepository(database)
    first, second = conversations.create("a"), conversations.create("b")
    question = conversations.add_message(first.id, None, "user", "Zephyrine?")
    told = [Disclosure("Zephyrine", "replace", "[NAME_1]"), Disclosure("Basel", "send")]
    kept.put(first.id, told)
    kept.put(second.id, [Disclosure("Basel", "replace", "[NAME_1]")])
    assert kept.of_conversation(first.id) == kept.of_message(question.id) == told
    assert kept.of_message("nowhere") == []
    assert [one.text for one in kept.replaced()] == ["Zephyrine", "Basel"]
    kept.put(first.id, [Disclosure("Basel", "replace", "[NAME_2]")])
    assert kept.of_conversation(first.id)[1] == Disclosure("Basel", "replace", "[NAME_2]")
    copy = conversations.duplicate(first.id, "c")
    assert kept.of_conversation(copy.id) == kept.of_conversation(first.id)
    conversations.purge(first.id)
    assert kept.of_conversation(first.id) == []
    assert kept.replaced()
