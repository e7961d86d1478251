"""kill -9 at random moments: nothing left without its entry, the chain holds, and the database is sound."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from costeer.privacy.chain import ChainReport, check_chain
from costeer.storage.database import Database
from costeer.storage.repositories import LedgerRepository
from tests.privacy.scripted_server import ScriptedServer, Talk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")

WAIT = 60.0
ROUNDS_OF_A_LEDGER = 5
"""Requests that a killed process left open keep a ledger from being pruned for a day, so a new one is begun."""


class Witness:
    """The server's side: it looks each request up in the ledger, on the disk, before it answers."""

    def __init__(self) -> None:
        self.database: Database | None = None
        self.seen: dict[str, int] = {}  # message id -> the number of its entry
        self.missing: list[str] = []
        self._came = threading.Condition()

    def answer(self, talk: Talk) -> None:
        message = talk.path.removeprefix("/")
        assert self.database is not None
        entries = LedgerRepository(self.database).entries(message_id=message)
        written = [one for one in entries if one.record.kind == "request"]
        with self._came:
            # A process may be killed between two pieces of what it sends: then this is the beginning.
            if len(written) == 1 and written[0].record.body.encode().startswith(talk.body):
                self.seen[message] = written[0].sequence
            else:
                self.missing.append(message)
            self._came.notify_all()
        talk.begin()
        for number in range(8):
            talk.chunk(b"data: %d\n\n" % number * 40)
        talk.end()

    def wait_for(self, count: int, seconds: float) -> bool:
        with self._came:
            return self._came.wait_for(lambda: len(self.seen) + len(self.missing) >= count, seconds)


class Killing:
    """Makes processes that write, and kills them."""

    def __init__(self, orders: IO[str], told: IO[str]) -> None:
        self._orders = orders
        self._told = told

    def start(self, file: Path, url: str, seed: int) -> int:
        self._orders.write(f"{file} {url} {seed}\n")
        self._orders.flush()
        return int(self._told.readline())

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)
        assert self._told.readline() == "gone\n"


@contextmanager
def killing() -> Iterator[Killing]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.privacy.killed_writer"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        yield Killing(running.stdin, running.stdout)
        running.stdin.close()
        assert running.wait(WAIT) == 0


def checked(database: Database) -> ChainReport:
    with LedgerRepository(database).snapshot() as now:
        return check_chain(now.entries(), now.mark)


def look_over(file: Path, witness: Witness) -> ChainReport:
    """The database, opened again as the next start opens it."""
    with Database.open(file) as database:
        assert database.problems() == []
        report = checked(database)
        assert report.broken is None
        there = {one.sequence: one.record.message_id for one in LedgerRepository(database).all()}
    for message, sequence in witness.seen.items():
        assert sequence <= report.removed or there[sequence] == message
    return report


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_kill_9_at_any_moment(rounds: int, tmp_path: Path) -> None:
    chance = random.Random(f"kill -9, {rounds} times")
    witness = Witness()
    figures = {"requests": 0, "removed": 0, "forgotten": 0}
    with killing() as killer:
        for number in range(rounds):
            file = tmp_path / f"{number // ROUNDS_OF_A_LEDGER}.sqlite3"
            if number % ROUNDS_OF_A_LEDGER == 0:
                witness.seen.clear()
            before = len(witness.seen)
            wanted = before + chance.choice([0, 0, 1, 2, 5, 20, 60])
            # What a killed process has sent still reaches the server, which is closed before the ledger is.
            with Database.open(file) as witness.database, ScriptedServer(witness.answer) as server:
                process = killer.start(file, server.base_url, number)
                try:
                    assert witness.wait_for(wanted, WAIT)
                    witness.wait_for(10**9, 0.03 * chance.random())  # some moment behind that
                finally:
                    killer.kill(process)
            assert witness.missing == []
            report = look_over(file, witness)
            figures["requests"] += len(witness.seen) - before
            if number % ROUNDS_OF_A_LEDGER == ROUNDS_OF_A_LEDGER - 1:
                figures["removed"] += report.removed
                figures["forgotten"] += report.forgotten
    print(f"{rounds} kills: {figures}")  # noqa: T201 - a figure
    if rounds > ROUNDS_OF_A_LEDGER:
        assert min(figures.values()) > 100, "it was at work when it was killed"
