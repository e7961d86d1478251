"""Full-text search: what is found, in which order, and that no input can break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from costeer.storage.database import Database
from costeer.storage.fulltext import MOST_TERMS, match_query
from costeer.storage.records import Conversation
from costeer.storage.repositories import ConversationRepository, ProfileRepository
from tests.storage.material import KEY

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
QUERY_LIKE = st.lists(
    st.sampled_from(
        ['"', "'", "AND", "OR", "NOT", "NEAR(", ")", "(", "*", "^", "text:", "{text}", "-", "+", "\x00", "a"]
    )
).map(" ".join)


@pytest.fixture
def database(encrypted: Database) -> Database:
    return encrypted


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for the properties: opening one for each example would be most of the time."""
    with Database.open(tmp_path_factory.mktemp("search") / "a.sqlite3", KEY) as database:
        yield database


@pytest.fixture
def conversation(conversations: ConversationRepository) -> Conversation:
    return conversations.create("a title")


def found(conversations: ConversationRepository, text: str) -> list[str]:
    return [hit.message.text for hit in conversations.search(text, 10)]


def test_case_and_accents_do_not_matter(conversations: ConversationRepository, conversation: Conversation) -> None:
    conversations.add_message(conversation.id, None, "user", "Zürich, ÉTÉ, STRASSE")
    for text in ("zurich", "ZÜRICH", "zu\u0308rich", "été", "ete", "strasse!"):
        assert len(found(conversations, text)) == 1, text


def test_words_are_joined_with_or_and_the_best_comes_first(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    for text in ("the cat sat there", "the dog and the cat", "nothing of the kind", "the dog, the dog, the dog"):
        conversations.add_message(conversation.id, None, "user", text)
    hits = conversations.search("cat or dog?", 10)
    assert hits[0].message.text == "the dog and the cat"
    assert len(hits) == 3
    assert [hit.rank for hit in hits] == sorted(hit.rank for hit in hits)
    assert len(conversations.search("cat dog", 1)) == 1


def test_one_conversation_can_be_left_out(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    other = conversations.create("another")
    conversations.add_message(conversation.id, None, "user", "fjord here")
    conversations.add_message(other.id, None, "user", "fjord there")
    hits = conversations.search("fjord", 10, exclude_conversation=conversation.id)
    assert [hit.message.text for hit in hits] == ["fjord there"]


def test_the_index_follows_the_message(
    conversations: ConversationRepository, conversation: Conversation, database: Database
) -> None:
    answer = conversations.add_message(conversation.id, None, "assistant", "alpha", "writing")
    assert found(conversations, "alpha") == []
    conversations.update_answer(answer.id, "alpha beta", [], "complete")
    assert found(conversations, "alpha") == ["alpha beta"]
    conversations.update_answer(answer.id, "beta gamma", [], "stopped")
    assert (found(conversations, "alpha"), found(conversations, "gamma")) == ([], ["beta gamma"])
    conversations.update_answer(answer.id, "beta gamma", [], "writing")  # the answer is continued
    assert found(conversations, "gamma") == []
    conversations.update_answer(answer.id, "beta gamma delta", [], "complete")
    assert found(conversations, "delta") == ["beta gamma delta"]
    assert database.problems() == []


def test_memories_are_found_while_they_are_on(profile: ProfileRepository, database: Database) -> None:
    first = profile.add_memory("likes hiking in the Alps")
    second = profile.add_memory("has a cat")
    assert [hit.memory for hit in profile.search_memories("hiking cat hiking", 1)] in ([first], [second])
    assert {hit.memory.id for hit in profile.search_memories("hiking cat", 5)} == {first.id, second.id}
    profile.change_memory(first.id, scope="never")
    assert [hit.memory for hit in profile.search_memories("hiking cat", 5)] == [second]
    changed = profile.change_memory(second.id, text="has a dog")
    assert profile.search_memories("cat", 5) == []
    assert [hit.memory for hit in profile.search_memories("dog", 5)] == [changed]
    profile.remove_memory(second.id)
    assert profile.search_memories("dog", 5) == []
    assert database.problems() == []


@pytest.mark.parametrize("nothing", ["", "   ", '"', "-- * ^ ()", "\x00", "\ud800", "¿?"])
def test_text_without_words_finds_nothing(conversations: ConversationRepository, nothing: str) -> None:
    assert match_query(nothing) is None
    assert conversations.search(nothing, 5) == []


def test_a_whole_document_may_be_searched_for() -> None:
    query = match_query(" ".join(f"word{number}" for number in range(10_000)))
    assert query is not None
    assert query.count(" OR ") == MOST_TERMS - 1


@settings(deadline=None)  # the disk is waited for
@given(st.one_of(ANY_TEXT, QUERY_LIKE))
@example('" OR text : "')
@example("NEAR(a b, 2)")
@example("a* ^b {text}: c")
def test_any_string_may_be_searched_for(shared: Database, text: str) -> None:
    assert len(ConversationRepository(shared).search(text, 3)) <= 3
    assert len(ProfileRepository(shared).search_memories(text, 3)) <= 3


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(["fjord", "Übermut", "naïve", "日本語", "привет", "हिन्दी"]), ANY_TEXT)
@example("\0", "fjord", "")
def test_a_word_in_any_text_is_found_by_itself(shared: Database, before: str, word: str, after: str) -> None:
    conversations = ConversationRepository(shared)
    conversation = conversations.create("a title")
    message = conversations.add_message(conversation.id, None, "user", f"{before} {word} {after}")
    try:
        assert message.id in {hit.message.id for hit in conversations.search(f'("{word}")', 50)}
    finally:
        conversations.purge(conversation.id)
