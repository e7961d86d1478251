"""Processes that talk through the transport, and tidy the ledger up meanwhile, until they are killed.

`python -m tests.privacy.killed_writer` imports everything once and then makes a process of itself for each line it
is given ("FILE URL SEED"), so that a process to be killed is there in milliseconds. It prints the process's id,
and "gone" once it is.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx

from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.ledger import Purpose
from costeer.privacy.transport import open_client
from costeer.storage.database import Database
from costeer.storage.repositories import LedgerRepository
from costeer.storage.repositories.ledger_upkeep import LedgerUpkeep

TALKERS = 3
PURPOSES: tuple[Purpose, ...] = ("answer", "template", "tokenize")


def work(file: Path, url: str, seed: int) -> None:
    """Never ends by itself."""
    with Database.open(file) as database, open_client(LedgerRepository(database), base_url=url) as client:
        talkers = [
            threading.Thread(target=talk, args=(client, f"{seed}-{number}", random.Random(f"{seed}-{number}")))
            for number in range(TALKERS)
        ]
        for one in talkers:
            one.start()
        tidy(LedgerUpkeep(database), random.Random(seed))


def talk(client: httpx.Client, name: str, chance: random.Random) -> None:
    for number in itertools.count():
        message = f"{name}-{number}"
        line = Line() if chance.random() < 0.6 else None
        exchange = Exchange(chance.choice(PURPOSES), "Loopback", message, line=line)
        body = {"id": message, "words": "x" * chance.randrange(20_000)}
        request = client.build_request("POST", f"/{message}", json=body, extensions=exchange.extensions())
        response = client.send(request, stream=True)
        pieces = response.iter_raw()
        for _ in range(chance.randrange(12)):
            if next(pieces, None) is None:
                break
        if line is not None and chance.random() < 0.5:
            line.hang_up()
        response.close()


def tidy(upkeep: LedgerUpkeep, chance: random.Random) -> None:
    """Every message here is of no conversation that is stored, so that all words may be forgotten."""
    pause = threading.Event()
    for _ in itertools.count():
        pause.wait(0.05 * chance.random())
        now = datetime.now(UTC)
        if chance.random() < 0.7:
            upkeep.forget(None, now)
        else:
            upkeep.prune(upkeep.removable(now, now, most=40).through, now)
        if chance.random() < 0.1:
            upkeep.write_back()


def main() -> None:
    for given in sys.stdin:
        file, url, seed = given.rsplit(maxsplit=2)
        child = os.fork()
        if child == 0:
            work(Path(file), url, int(seed))
        print(child, flush=True)  # noqa: T201
        os.waitpid(child, 0)
        print("gone", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
