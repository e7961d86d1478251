"""The large library is what the window would have written, and it is searched while one types.

The limits are those of the window on two cores of their own, times what a shared computer needs at its worst.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository
from tests.material.large_library import LONG_TITLE, RARE, RARE_CHINESE, write_large_library

BUSY = 4.0


def test_what_is_generated_is_a_library(database: Database) -> None:
    made = write_large_library(database, conversations=60, tokens=3000)
    conversations = ConversationRepository(database)
    assert len(conversations.list()) + len(conversations.bin()) == made.conversations == 61
    assert conversations.list()[0].title == LONG_TITLE or conversations.list()[0].pinned
    thread = conversations.thread(made.long_conversation)
    answers = [one for one in thread if one.role == "assistant"]
    for answer in answers:
        traces = conversations.traces(answer.id)
        assert "".join(one.text for one in traces) == answer.text
        assert [one.token for one in traces] == list(answer.tokens)
    assert made.tokens == 3000
    assert 2 in {count for _, count in conversations.branches(made.long_conversation).values()}
    assert [one.message for one in conversations.find(RARE, 9)] == [thread[2].id]
    assert database.problems() == []


def test_it_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    seen = []
    for name in ("a", "b"):
        with Database.open(tmp_path / name) as database:
            write_large_library(database, conversations=5, tokens=300, seed=7)
            conversations = ConversationRepository(database)
            seen.append([conversations.thread(one.id) for one in (*conversations.list(), *conversations.bin())])
    assert seen[0] == seen[1]


@pytest.mark.slow
def test_five_thousand_conversations_are_listed_and_searched_while_one_types(database: Database) -> None:
    made = write_large_library(database)
    conversations = ConversationRepository(database)

    def milliseconds(work: Callable[[], object]) -> float:
        taken = []
        for _ in range(7):
            start = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - start))
        return statistics.median(taken)

    figures = {"list": milliseconds(conversations.list)}
    for text in ("t", "th", "the", "the fj", RARE[:4], RARE_CHINESE, "一", "of and to a in"):
        figures[f"find {text}"] = milliseconds(lambda text=text: conversations.find(text, 50))  # type: ignore[misc]
    figures["thread"] = milliseconds(lambda: conversations.thread(made.long_conversation))
    figures["branches"] = milliseconds(lambda: conversations.branches(made.long_conversation))
    print({name: round(value, 1) for name, value in figures.items()})  # noqa: T201 - figures
    assert figures.pop("list") < 60 * BUSY
    assert max(figures.values()) < 20 * BUSY
