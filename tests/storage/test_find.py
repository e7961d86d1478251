"""What a person looks for: every word, the last one half typed, in any script, with the matches marked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.storage.database import Database
from costeer.storage.fulltext import MOST_WORDS, find_query, marked_ranges
from costeer.storage.records import Conversation
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.search import Found
from tests.storage.material import KEY
from tests.storage.test_search import ANY_TEXT, QUERY_LIKE


@pytest.fixture
def database(encrypted: Database) -> Database:
    return encrypted


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database.open(tmp_path_factory.mktemp("find") / "a.sqlite3", KEY) as database:
        yield database


@pytest.fixture
def conversation(conversations: ConversationRepository) -> Conversation:
    return conversations.create("")


def marked(found: list[Found]) -> list[list[str]]:
    return [[one.text[start:end] for start, end in one.ranges] for one in found]


def test_every_word_counts_and_the_last_is_a_beginning(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    texts = ("the cat sat there", "the dog and the cat", "nothing of the kind", "concatenated dogs")
    for text in texts:
        conversations.add_message(conversation.id, None, "user", text)

    def found(text: str) -> list[str]:
        return [one.text for one in conversations.find(text, 10)]

    assert found("the cat") == [texts[1], texts[0]]  # the newest first
    assert found("cat the do") == [texts[1]]
    assert found("DOG") == [texts[3], texts[1]]
    assert found("ca dog") == []  # only the last word may be half typed
    assert found("cat elephant") == []
    assert marked(conversations.find("the do", 10)) == [["the", "dog", "the"]]


def test_titles_come_first_and_follow_their_conversations(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    named = conversations.create("Trip to Zürich")
    message = conversations.add_message(conversation.id, None, "user", "Where is Zürich?")
    title, text = conversations.find("zuri", 10)
    assert (title.conversation, title.message, title.text, title.ranges) == (
        named.id,
        None,
        named.title,
        ((8, 14),),
    )
    assert (text.conversation, text.message, text.when) == (conversation.id, message.id, message.created)
    conversations.rename(named.id, "Trip to Bern")
    assert [one.message for one in conversations.find("zuri", 10)] == [message.id]
    assert [one.conversation for one in conversations.find("bern", 10)] == [named.id]
    conversations.purge(named.id)
    assert conversations.find("bern", 10) == []


@pytest.mark.parametrize(
    ("text", "looked_for", "matches"),
    [
        ("我的妹妹住在北京，她喜欢羊驼。", "北京", ["北京"]),
        ("我的妹妹住在北京，她喜欢羊驼。", "羊", ["羊"]),
        ("我的妹妹住在北京，她喜欢羊驼。", "羊驼 妹妹", ["妹妹", "羊驼"]),
        ("東京タワーに行きました", "タワー", ["タワー"]),
        ("ฉันอยู่ที่กรุงเทพ", "กรุงเทพ", ["กรุงเทพ"]),
        ("서울에서 만나요", "서울", ["서울에서"]),
        ("用Python写的", "python", ["Python"]),
        ("Встреча в Москве", "моск", ["Москве"]),
    ],
)
def test_words_are_found_in_every_script(
    conversations: ConversationRepository,
    conversation: Conversation,
    text: str,
    looked_for: str,
    matches: list[str],
) -> None:
    conversations.add_message(conversation.id, None, "user", text)
    (found,) = conversations.find(looked_for, 10)
    assert found.text == text
    assert marked([found]) == [matches]


def test_what_is_not_there_is_not_found_in_scripts_without_spaces(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    conversations.add_message(conversation.id, None, "user", "我的妹妹住在北京")
    assert conversations.find("京北", 10) == []
    assert conversations.find("南京", 10) == []


def test_what_resembles_a_chinese_question_is_found_by_its_pairs(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    sister = conversations.add_message(conversation.id, None, "user", "我的妹妹住在北京")
    conversations.add_message(conversation.id, None, "user", "今天天气很好")
    assert [hit.message.id for hit in conversations.search("你的妹妹在哪里？", 10)] == [sister.id]


def test_a_long_message_shows_the_part_that_matches(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    filler = "lorem ipsum dolor\nsit amet\t" * 2000
    conversations.add_message(conversation.id, None, "user", f"{filler} the xylophone {filler}")
    (found,) = conversations.find("xylo", 10)
    assert len(found.text) < 300
    assert "\n" not in found.text
    assert marked([found]) == [["xylophone"]]


def test_the_bin_is_not_searched(conversations: ConversationRepository, conversation: Conversation) -> None:
    conversations.rename(conversation.id, "fjords")
    conversations.add_message(conversation.id, None, "user", "fjord")
    conversations.discard(conversation.id)
    assert conversations.find("fjord", 10) == []
    assert conversations.search("fjord", 10) == []
    conversations.restore(conversation.id)
    assert len(conversations.find("fjord", 10)) == 2
    assert len(conversations.search("fjord", 10)) == 1


def test_the_number_of_words_and_of_results_is_bounded(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    query = find_query("word " * 1000)
    assert query is not None
    assert query.count("AND") == MOST_WORDS - 1
    for number in range(30):
        conversations.create(f"fjord {number}")
        conversations.add_message(conversation.id, None, "user", "fjord")
    assert len(conversations.find("fjord", 25)) == 25
    assert len(conversations.find("fjord", 5)) == 5


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, QUERY_LIKE))
def test_any_string_may_be_looked_for(shared: Database, text: str) -> None:
    assert len(ConversationRepository(shared).find(text, 3)) <= 3


@settings(deadline=None, max_examples=50)
@given(ANY_TEXT, st.sampled_from(["fjord", "Übermut", "日本語", "妹妹", "привет"]), ANY_TEXT)
def test_a_word_between_any_texts_is_found_and_marked(
    shared: Database, before: str, word: str, after: str
) -> None:
    conversations = ConversationRepository(shared)
    conversation = conversations.create("")
    message = conversations.add_message(conversation.id, None, "user", f"{before} {word} {after}")
    try:
        (found,) = (one for one in conversations.find(word, 50) if one.message == message.id)
        assert all(0 <= start < end <= len(found.text) for start, end in found.ranges)
    finally:
        conversations.purge(conversation.id)


@given(st.text(alphabet="ab \x02\x03\x1f\n"))
def test_ranges_lie_in_the_text_whatever_the_snippet_holds(snippet: str) -> None:
    text, ranges = marked_ranges(snippet)
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert "\x1f" not in text


def test_a_single_letter_finds_the_newest_only(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    for number in range(60):
        conversations.add_message(conversation.id, None, "user", f"an apple {number} 羊")
    hits = conversations.find("a", 100)
    titles = [one.text for one in hits if one.message is None]
    assert [one.text for one in hits[len(titles) :]] == [f"an apple {59 - n} 羊" for n in range(40 - len(titles))]
    assert len([one for one in conversations.find("an", 100) if one.message]) == 60
    assert len([one for one in conversations.find("羊", 100) if one.message]) == 60  # a word by itself
