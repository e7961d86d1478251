"""Records to store, and processes that store them until they are killed."""

from __future__ import annotations

import random
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from costeer.privacy.database_key import DatabaseKey
from costeer.privacy.ledger import LedgerRecord
from costeer.steering.trace import Candidate, TokenTrace
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository

KEY = DatabaseKey(bytes(range(32)), bytes(range(100, 116)))
"""Of the encrypted databases of these tests, in whatever process."""


def trace(index: int, candidates: int = 20) -> TokenTrace:
    """A token as steering leaves it: twenty candidates with probabilities of full precision."""
    chance = random.Random(index)
    some = tuple(
        Candidate(chance.randrange(49152), f" word{n}", chance.random(), chance.random())
        for n in range(candidates)
    )
    return TokenTrace(
        index=index,
        token=chance.randrange(49152),
        text=f" token{index}",
        cloud_token=chance.randrange(49152),
        cloud_text=" \udce9 cloud",
        probability=chance.random(),
        cloud_probability=chance.random(),
        steered=index % 3 != 0,
        moved={"profile": chance.uniform(-5, 5), "style": 0.1},
        candidates=some,
    )


def record(number: int = 1, *, body: str = '{"prompt": "hello"}', message_id: str | None = None) -> LedgerRecord:
    return LedgerRecord(
        kind="request",
        exchange=f"exchange-{number}",
        time="2026-01-02T03:04:05+00:00",
        purpose="answer",
        endpoint="demo",
        method="POST",
        url="http://127.0.0.1:1/v1/completions",
        header_names=("host", "content-type"),
        body=body,
        size=len(body),
        message_id=message_id,
    )


def open_and_leave(file: Path, together: Barrier, results: Connection) -> None:
    """Open the database at the same moment as the others, and tell whether that worked."""
    try:
        together.wait(60)
        with Database.open(file) as database:
            results.send(ConversationRepository(database).list() == [])
    finally:
        results.close()


def write_answer(file: Path, message_id: str, acknowledged: Connection) -> None:
    """Write one answer token by token, telling after each how many are stored; never ends by itself."""
    with Database.open(file, KEY) as database:
        conversations = ConversationRepository(database)
        for count in range(1, 1_000_000):
            text = "".join(f" token{index}" for index in range(count))
            conversations.update_answer(
                message_id, text, range(count), "writing", traces=[trace(count - 1, candidates=3)]
            )
            acknowledged.send(count)


def append_entries(file: Path, how_many: int, acknowledged: Connection) -> None:
    """Append to the ledger, telling each sequence number."""
    with Database.open(file, KEY) as database:
        ledger = LedgerRepository(database)
        for number in range(how_many):
            acknowledged.send(ledger.append(record(number)).sequence)
    acknowledged.close()
