"""Trees of messages, answers that arrive, and what is remembered of their tokens."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.foundation.errors import BugError, StorageError
from costeer.foundation.translatable import Translatable
from costeer.steering.trace import Candidate, TokenTrace
from costeer.storage.database import Database
from costeer.storage.records import AnswerFigures, Conversation, Message
from costeer.storage.repositories import ConversationRepository
from costeer.storage.traces import decode_traces, encode_traces
from tests.storage.material import trace

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))  # unpaired surrogates and NUL included
ANY_FLOAT = st.floats(allow_nan=False)

HUNG_UP = Translatable("The {cloud} hung up after {count} words.", cloud="demo", count=3)


@pytest.fixture
def conversation(conversations: ConversationRepository) -> Conversation:
    return conversations.create("a title")


@pytest.fixture
def question(conversations: ConversationRepository, conversation: Conversation) -> Message:
    return conversations.add_message(conversation.id, None, "user", "What is a fjord?")


def ids(messages: list[Message]) -> list[str]:
    return [message.id for message in messages]


def test_a_new_conversation_is_empty_and_dated_in_utc(conversations: ConversationRepository) -> None:
    before = datetime.now(UTC)
    conversation = conversations.create("a title")
    assert before <= conversation.created <= datetime.now(UTC)
    assert conversation.created.utcoffset() is not None
    assert len(conversation.id) == 32
    assert conversations.get(conversation.id) == conversation
    assert conversations.thread(conversation.id) == []


def test_the_conversation_that_was_written_in_last_comes_first(conversations: ConversationRepository) -> None:
    first, second, third = (conversations.create(title) for title in "abc")
    assert [one.id for one in conversations.list()] == [third.id, second.id, first.id]
    conversations.rename(third.id, "renamed")
    message = conversations.add_message(first.id, None, "user", "hello")
    answer = conversations.add_message(first.id, message.id, "assistant", "", "writing")
    conversations.add_message(second.id, None, "user", "hello")
    assert [one.title for one in conversations.list()] == ["b", "a", "renamed"]
    conversations.update_answer(answer.id, "hello", [1], "writing")
    assert [one.title for one in conversations.list()] == ["b", "a", "renamed"]
    conversations.update_answer(answer.id, "hello", [1], "complete")
    assert [one.title for one in conversations.list()] == ["a", "b", "renamed"]


def test_a_thread_goes_from_the_root_to_the_active_leaf(
    conversations: ConversationRepository, conversation: Conversation, question: Message
) -> None:
    answer = conversations.add_message(conversation.id, question.id, "assistant", "Water.")
    thanks = conversations.add_message(conversation.id, answer.id, "user", "Thanks")
    assert conversations.thread(conversation.id) == [question, answer, thanks]


def test_answering_again_makes_an_active_sibling(
    conversations: ConversationRepository, conversation: Conversation, question: Message
) -> None:
    first = conversations.add_message(conversation.id, question.id, "assistant", "Water.")
    below = conversations.add_message(conversation.id, first.id, "user", "More?")
    deepest = conversations.add_message(conversation.id, below.id, "assistant", "No.")
    again = conversations.add_message(conversation.id, question.id, "assistant", "A narrow inlet.")
    assert ids(conversations.thread(conversation.id)) == [question.id, again.id]
    assert ids(conversations.siblings(again.id)) == ids(conversations.siblings(first.id)) == [first.id, again.id]
    conversations.activate(first.id)
    assert ids(conversations.thread(conversation.id)) == [question.id, first.id, below.id, deepest.id]
    newer = conversations.add_message(conversation.id, first.id, "user", "Deep?")
    conversations.activate(again.id)
    conversations.activate(first.id)
    assert conversations.thread(conversation.id)[-1] == newer  # the branch that was written in last
    conversations.activate(deepest.id)
    assert conversations.thread(conversation.id)[-1] == deepest


def test_an_edited_first_question_is_a_second_root(
    conversations: ConversationRepository, conversation: Conversation, question: Message
) -> None:
    elsewhere = conversations.create("another")
    conversations.add_message(elsewhere.id, None, "user", "unrelated")
    edited = conversations.add_message(conversation.id, None, "user", "What is a firth?")
    assert conversations.thread(conversation.id) == [edited]
    assert conversations.siblings(question.id) == [question, edited]


def test_a_message_below_one_of_another_conversation_is_a_bug(
    conversations: ConversationRepository, question: Message
) -> None:
    elsewhere = conversations.create("another")
    with pytest.raises(BugError, match="another conversation"):
        conversations.add_message(elsewhere.id, question.id, "assistant", "x")
    assert conversations.thread(elsewhere.id) == []


def test_an_answer_grows_until_it_ends(
    conversations: ConversationRepository, conversation: Conversation, question: Message
) -> None:
    answer = conversations.add_message(conversation.id, question.id, "assistant", "", "writing")
    conversations.update_answer(answer.id, "A nar", [5, 6], "writing")
    assert conversations.message(answer.id).tokens == (5, 6)
    conversations.update_answer(answer.id, "A narrow inlet", (5, 6, 7), "failed", HUNG_UP)
    assert conversations.thread(conversation.id)[-1] == Message(
        id=answer.id,
        conversation=conversation.id,
        parent=question.id,
        role="assistant",
        text="A narrow inlet",
        state="failed",
        created=answer.created,
        tokens=(5, 6, 7),
        detail=HUNG_UP,
    )


@pytest.mark.parametrize(
    "kept", ["The cloud hung up.", "12", '"quoted"', '{"template": "a {b}", "values": {}}', "{x"]
)
def test_why_an_answer_ended_was_once_kept_as_plain_words(
    conversations: ConversationRepository, database: Database, question: Message, kept: str
) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE messages SET detail = ? WHERE id = ?", (kept, question.id))
    assert str(conversations.message(question.id).detail) == kept


def test_figures_are_kept_with_the_answer(conversations: ConversationRepository, question: Message) -> None:
    assert conversations.figures(question.id) is None
    figures = AnswerFigures(
        tokens=7, bytes_up=1000, leak_bits=0.1 + 0.2, signals=("profile", "style"), tier="B", strength=0.476
    )
    conversations.set_figures(question.id, figures)
    assert conversations.figures(question.id) == figures
    assert conversations.message(question.id) == question


def test_traces_come_back_as_they_were(conversations: ConversationRepository, question: Message) -> None:
    stored = [trace(index) for index in range(40)]
    conversations.append_traces(question.id, stored[:1])
    conversations.append_traces(question.id, [])
    conversations.append_traces(question.id, stored[1:30])
    conversations.update_answer(question.id, "text", [1], "complete", traces=stored[30:])
    assert conversations.traces(question.id) == stored


def test_a_trace_stored_again_replaces_the_first(conversations: ConversationRepository, question: Message) -> None:
    """An answer taken up after a crash writes its last tokens once more."""
    conversations.append_traces(question.id, [trace(0), trace(1), trace(2)])
    again = TokenTrace(1, 9, "x", 9, "x", 1.0, 1.0, False, {})
    conversations.append_traces(question.id, [again])
    assert conversations.traces(question.id) == [trace(0), again, trace(2)]


@settings(deadline=None)  # whatever else the machine does
@given(
    st.lists(
        st.builds(
            TokenTrace,
            index=st.integers(0, 10_000),
            token=st.integers(0, 2**31),
            text=ANY_TEXT,
            cloud_token=st.integers(0, 2**31),
            cloud_text=ANY_TEXT,
            probability=ANY_FLOAT,
            cloud_probability=ANY_FLOAT,
            steered=st.booleans(),
            moved=st.dictionaries(ANY_TEXT, ANY_FLOAT, max_size=3),
            candidates=st.lists(
                st.builds(Candidate, st.integers(0, 2**31), ANY_TEXT, ANY_FLOAT, ANY_FLOAT), max_size=3
            ).map(tuple),
        ),
        unique_by=lambda one: one.index,
        max_size=4,
    )
)
def test_any_trace_survives_its_encoding(traces: list[TokenTrace]) -> None:
    expected = sorted(traces, key=lambda one: one.index)
    assert decode_traces([encode_traces([one]) for one in traces]) == expected
    assert decode_traces([encode_traces(traces)]) == expected


def test_text_that_utf8_has_no_room_for_is_kept(
    conversations: ConversationRepository, conversation: Conversation, database: Database
) -> None:
    text = "a \ud800 lone \udcff surrogate, a \x00 NUL, and 🐈"
    message = conversations.add_message(conversation.id, None, "user", text)
    assert conversations.message(message.id) == message
    assert [hit.message for hit in conversations.search("surrogate", 3)] == [message]
    assert database.problems() == []


def test_deleting_takes_everything_along(
    conversations: ConversationRepository, conversation: Conversation, question: Message, database: Database
) -> None:
    kept = conversations.create("kept")
    conversations.add_message(kept.id, None, "user", "fjord")
    conversations.append_traces(question.id, [trace(0)])
    conversations.purge(conversation.id)
    assert conversations.list() == [conversations.get(kept.id)]
    assert [hit.message.conversation for hit in conversations.search("fjord", 5)] == [kept.id]
    with database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM trace_chunks").scalar() == 0
    assert database.problems() == []


def test_nothing_of_a_deleted_conversation_stays_on_disk(
    conversations: ConversationRepository, conversation: Conversation, database: Database
) -> None:
    message = conversations.add_message(conversation.id, None, "user", "the word is xylophonist " * 3)
    conversations.update_answer(message.id, "the word was glockenspieler", [], "complete")
    for number in range(50):
        other = conversations.create(str(number))
        conversations.add_message(other.id, None, "user", f"filler {number}")
    conversations.purge(conversation.id)
    stored = b"".join(one.read_bytes() for one in database.file.parent.iterdir())
    assert b"filler 49" in stored
    assert b"xylophonist" not in stored
    assert b"glockenspieler" not in stored


@pytest.mark.thorough
def test_a_long_conversation_is_walked_and_deleted(
    conversations: ConversationRepository, conversation: Conversation
) -> None:
    parent: str | None = None
    for number in range(1200):  # deeper than SQLite's cascades go
        parent = conversations.add_message(conversation.id, parent, "user", str(number)).id
    start = time.perf_counter()
    assert len(conversations.thread(conversation.id)) == 1200
    print(f"a thread of 1200 messages: {1000 * (time.perf_counter() - start):.1f} ms")  # noqa: T201 - a figure
    conversations.purge(conversation.id)
    assert conversations.list() == []


def test_what_is_no_longer_there_is_said_to_be_gone(
    conversations: ConversationRepository, conversation: Conversation, question: Message
) -> None:
    conversations.purge(conversation.id)
    for gone in (conversations.get, conversations.thread, conversations.purge):
        with pytest.raises(StorageError, match="conversation no longer exists"):
            gone(conversation.id)
    with pytest.raises(StorageError, match="conversation no longer exists"):
        conversations.rename(conversation.id, "x")
    with pytest.raises(StorageError, match="conversation no longer exists"):
        conversations.add_message(conversation.id, None, "user", "x")
    with pytest.raises(StorageError, match="message no longer exists"):
        conversations.update_answer(question.id, "x", [], "complete")
    with pytest.raises(StorageError, match="message no longer exists"):
        conversations.append_traces(question.id, [trace(0)])
    for gone_message in (
        conversations.message,
        conversations.siblings,
        conversations.activate,
        conversations.traces,
    ):
        with pytest.raises(StorageError, match="message no longer exists"):
            gone_message(question.id)


def test_how_long_streaming_takes(conversations: ConversationRepository, question: Message) -> None:
    traces = [trace(index) for index in range(512)]
    start = time.perf_counter()
    for first in range(0, 512, 8):
        conversations.append_traces(question.id, traces[first : first + 8])
    appending = time.perf_counter() - start
    start = time.perf_counter()
    for count in range(8, 513, 8):
        conversations.update_answer(question.id, " token" * count, range(count), "writing")
    updating = time.perf_counter() - start
    start = time.perf_counter()
    assert len(conversations.traces(question.id)) == 512
    reading = time.perf_counter() - start
    size = sum(len(encode_traces(traces[first : first + 8])) for first in range(0, 512, 8)) / 512
    print(  # noqa: T201 - figures, not a test
        f"a token's trace, 8 at a time: {1000 * appending / 512:.3f} ms, {size:.0f} bytes; "
        f"update_answer: {1000 * updating / 64:.2f} ms; reading 512 traces: {1000 * reading:.1f} ms"
    )
