"""A real second process, killed without warning: what it was told is stored, is stored. Encrypted, as usual."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from costeer.foundation.child_process import end_process, spawn_context
from costeer.privacy.chain import find_break
from costeer.storage.database import Database
from costeer.storage.records import Message
from costeer.storage.repositories import ConversationRepository, LedgerRepository
from costeer.storage.writers import Writer
from tests.storage.material import KEY, append_entries, trace, write_answer

FOREVER = 1_000_000


@contextmanager
def another_process(work: Callable[..., None], *arguments: object) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process doing `work`, and the pipe that it tells its progress through."""
    context = spawn_context()
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=work, args=(*arguments, send))
    child.start()
    send.close()
    try:
        yield child, receive
    finally:
        child.kill()
        end_process(child)
        receive.close()


def last_acknowledged(told: Connection, at_least: int) -> int:
    """Wait until `at_least` were told."""
    count = 0
    while count < at_least:
        assert told.poll(60)
        count = told.recv()
    return count


def drain(told: Connection, count: int) -> int:
    """What a killed process had told before it died."""
    for _ in range(FOREVER):
        try:
            count = told.recv()
        except EOFError:
            break
    return count


def an_answer(file: Path) -> Message:
    with Database.open(file, KEY) as database:
        conversations = ConversationRepository(database)
        conversation = conversations.create("a title")
        question = conversations.add_message(conversation.id, None, "user", "Count to a million.")
        return conversations.add_message(conversation.id, question.id, "assistant", "", "complete")


@pytest.mark.parametrize("after", [1, 2, 17, 60])
def test_a_killed_writer_leaves_every_acknowledged_token(tmp_path: Path, after: int) -> None:
    file = tmp_path / "costeer.sqlite3"
    answer = an_answer(file)
    with another_process(write_answer, file, answer.id) as (child, told):
        last_acknowledged(told, after)
        child.kill()
        child.join(60)
        acknowledged = drain(told, after)
    with Database.open(file, KEY) as database:
        conversations = ConversationRepository(database)
        assert conversations.interrupt_unfinished() == 1
        left = conversations.message(answer.id)
        assert left.state == "interrupted"
        assert len(left.tokens) in (acknowledged, acknowledged + 1)  # one may be stored and not yet told
        assert left.text == "".join(f" token{index}" for index in left.tokens)
        assert conversations.traces(answer.id) == [trace(index, candidates=3) for index in left.tokens]
        assert [hit.message for hit in conversations.search("token0", 5)] == [left]
        assert database.problems() == []


@pytest.mark.parametrize("after", [1, 40])
def test_a_killed_process_leaves_a_whole_chain(tmp_path: Path, after: int) -> None:
    file = tmp_path / "costeer.sqlite3"
    Database.open(file, KEY).close()
    with another_process(append_entries, file, FOREVER) as (child, told):
        last_acknowledged(told, after)
        child.kill()
        child.join(60)
        acknowledged = drain(told, after)
    with Database.open(file, KEY) as database:
        ledger = LedgerRepository(database)
        assert ledger.count() in (acknowledged, acknowledged + 1)
        assert find_break(ledger.all()) is None
        assert database.problems() == []


def test_an_answer_is_interrupted_only_when_its_writer_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "costeer.sqlite3"
    answer = an_answer(file)
    with Database.open(file, KEY) as database, another_process(write_answer, file, answer.id) as (child, told):
        conversations = ConversationRepository(database)
        seen = last_acknowledged(told, 3)
        assert conversations.interrupt_unfinished() == 0
        assert conversations.message(answer.id).state == "writing"
        last_acknowledged(told, seen + 3)  # it was not disturbed
        child.kill()
        assert child.pid is not None
        if hasattr(os, "waitid"):  # dead, and still in the table of processes
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        else:
            child.join(60)
        assert conversations.interrupt_unfinished() == 1
        assert conversations.interrupt_unfinished() == 0
        assert conversations.message(answer.id).state == "interrupted"


def test_an_own_answer_is_left_alone_until_the_database_is_opened_again(tmp_path: Path) -> None:
    file = tmp_path / "costeer.sqlite3"
    answer = an_answer(file)
    with Database.open(file, KEY) as database:
        conversations = ConversationRepository(database)
        conversations.update_answer(answer.id, "half", [1], "writing")
        assert conversations.interrupt_unfinished() == 0
    with Database.open(file, KEY) as database:
        conversations = ConversationRepository(database)
        assert conversations.interrupt_unfinished() == 1
        assert conversations.message(answer.id).text == "half"


def test_a_process_id_that_was_used_again_is_not_the_writer() -> None:
    here = Writer.this_process()
    parent = psutil.Process(os.getppid())
    assert Writer(parent.pid, parent.create_time(), "x").is_there(here)
    assert not Writer(parent.pid, parent.create_time() - 60, "x").is_there(here)
    assert Writer.parse(str(here)) == here
    assert here.is_there(here)
