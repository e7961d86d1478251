"""A large library of conversations, the same for the same seed, written in bulk.

    COSTEER_HOME=/tmp/large python -m tests.material.large_library [--conversations N] [--tokens N] [--seed N]

makes thousands of conversations of ten messages over three years (English mostly, some Chinese, some with code and
tables; a few pinned, in folders, in the bin) and one long conversation with two branches, whose answers have token
traces as steering leaves them. What is written is what the window would have written, so the same home can be
opened with `costeer`.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from costeer.foundation.paths import AppPaths
from costeer.steering.trace import Candidate, TokenTrace
from costeer.storage.database import Database
from costeer.storage.models import ConversationRow, MessageRow, TraceChunkRow
from costeer.storage.records import AnswerFigures
from costeer.storage.traces import encode_traces

CONVERSATIONS = 5000
MESSAGES = 10
LONG_TOKENS = 100_000
LONG_TITLE = "The long conversation about fjords"

RARE = "xylophonist"
"""A word of one message of the long conversation and of no other text."""

RARE_CHINESE = "羊驼"
"""Stands in about one Chinese message of ten."""

_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_SYLLABLES = "ka lo mi ne tra sto ber win del fan gor hul ip jen qua rus vex yol zim ast en or ti al".split()
_COMMON = "the of and to a in is that it for on with as are this be at by from or an we can not which one".split()
_TOPICS = "letter recipe travel code meeting garden poem budget physics fjord music school".split()
_FOLDERS = ("Work", "Home", "Studies", "旅行")
_ANSWER_TOKENS = 900
_CHUNK = 12
"""Tokens whose traces the journal writes at once, about."""

_CODE = "\n\n```python\ndef area(r: float) -> float:\n    return 3.14159 * r**2  # a circle\n```\n\n"
_TABLE = "\n\n| fjord | km |\n|---|---|\n| Sogne | 205 |\n| Hardanger | 179 |\n\n"


@dataclass(frozen=True, slots=True)
class LargeLibrary:
    """What was written; `tokens` counts those of the long conversation's shown branch."""

    conversations: int
    messages: int
    long_conversation: str
    tokens: int


class _Writer:
    """Makes texts. Words follow Zipf's law, as words do."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        made = {"".join(self.chance.choices(_SYLLABLES, k=self.chance.randint(2, 4))) for _ in range(20_000)}
        self.words = [*_COMMON, *_TOPICS, *sorted(made)]
        self.weights = [*itertools.accumulate(1 / (place + 3) for place in range(len(self.words)))]
        self.han = [chr(0x4E00 + 5 * place) for place in range(3000)]
        self.han_weights = [*itertools.accumulate(1 / (place + 20) for place in range(len(self.han)))]
        self.candidates = [self._some_candidates() for _ in range(300)]

    def id(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"

    def pieces(self, count: int) -> list[str]:
        """`count` tokens of text, each with the space before it."""
        return [f" {word}" for word in self.chance.choices(self.words, cum_weights=self.weights, k=count)]

    def text(self, words: int) -> str:
        if self.chance.random() < 0.1:
            rare = RARE_CHINESE if self.chance.random() < 0.1 else ""
            return "".join(self.chance.choices(self.han, cum_weights=self.han_weights, k=words)) + rare + "。"
        text = "".join(self.pieces(words)).strip() + "."
        if self.chance.random() < 0.05:
            text += self.chance.choice((_CODE, _TABLE))
        return text

    def trace(self, index: int, text: str) -> TokenTrace:
        changed, token = self.chance.random() < 0.12, self.chance.randrange(49152)
        return TokenTrace(
            index=index,
            token=token,
            text=text,
            cloud_token=(token + 1) % 49152 if changed else token,
            cloud_text=" the" if changed else text,
            probability=self.chance.random(),
            cloud_probability=self.chance.random(),
            steered=True,
            moved={"context": self.chance.uniform(-2, 2)},
            candidates=self.chance.choice(self.candidates),
        )

    def _some_candidates(self) -> tuple[Candidate, ...]:
        chance = self.chance
        return tuple(
            Candidate(chance.randrange(49152), piece, chance.random(), chance.random())
            for piece in self.pieces(20)
        )


def write_large_library(
    database: Database, *, conversations: int = CONVERSATIONS, tokens: int = LONG_TOKENS, seed: int = 1
) -> LargeLibrary:
    """Fill `database`, which may hold something already. One transaction for each thousand conversations."""
    writer = _Writer(seed)
    step = timedelta(days=3 * 365) / max(1, conversations)
    for first in range(0, conversations, 1000):
        rows: list[dict[str, Any]] = []
        messages: list[dict[str, Any]] = []
        for number in range(first, min(first + 1000, conversations)):
            when = _BEGIN + number * step
            conversation = _conversation(writer, writer.text(writer.chance.randint(3, 8))[:60], when)
            messages += _short_thread(writer, conversation, when)
            rows.append(conversation)
        with database.writing() as session:
            session.connection().execute(insert(ConversationRow), rows)
            session.connection().execute(insert(MessageRow), messages)
    long = _conversation(writer, LONG_TITLE, _BEGIN + timedelta(days=3 * 365))
    return LargeLibrary(
        conversations + 1, conversations * MESSAGES, long["id"], _write_long(database, writer, long, tokens)
    )


def _conversation(writer: _Writer, title: str, when: datetime) -> dict[str, Any]:
    chance = writer.chance
    return {
        "id": writer.id(),
        "title": title,
        "created": when,
        "changed": when + timedelta(minutes=MESSAGES),
        "active_leaf": None,
        "pinned": chance.random() < 0.004 and title != LONG_TITLE,
        "folder": chance.choice(_FOLDERS) if chance.random() < 0.3 else "",
        "deleted": datetime.now(UTC) if chance.random() < 0.01 and title != LONG_TITLE else None,
        "titled_by": "question",
        "settings": None,
    }


def _message(
    writer: _Writer, conversation: dict[str, Any], parent: str | None, text: str, when: datetime, answer: bool
) -> dict[str, Any]:
    return {
        "id": writer.id(),
        "conversation": conversation["id"],
        "parent": parent,
        "role": "assistant" if answer else "user",
        "state": "complete",
        "created": when,
        "writer": None,
        "detail": "",
        "text": text,
        "tokens": [],
        "figures": None,
    }


def _short_thread(writer: _Writer, conversation: dict[str, Any], when: datetime) -> Iterator[dict[str, Any]]:
    parent: str | None = None
    for number in range(MESSAGES):
        answer = number % 2 == 1
        words = writer.chance.randint(40, 160) if answer else writer.chance.randint(5, 40)
        message = _message(
            writer, conversation, parent, writer.text(words), when + number * timedelta(minutes=1), answer
        )
        if answer:
            message["figures"] = dataclasses.asdict(
                AnswerFigures(tokens=words, endpoint="demo", input_tokens=words)
            )
        parent = message["id"]
        yield message
    conversation["active_leaf"] = parent


def _write_long(database: Database, writer: _Writer, conversation: dict[str, Any], tokens: int) -> int:
    """A question and an answer in turn; each fifth question has a second, shorter answer beside the one shown."""
    when: datetime = conversation["created"]
    parent: str | None = None
    written, turn = 0, 0
    messages: list[dict[str, Any]] = []
    chunks: list[dict[str, Any]] = []
    while written < tokens:
        asked = writer.pieces(40)
        question = _message(writer, conversation, parent, "".join(asked).strip(), when, answer=False)
        if turn == 1:
            question["text"] += f" Ask the {RARE}."
        messages.append(question)
        if turn % 5 == 0:
            messages.append(_message(writer, conversation, question["id"], writer.text(50), when, answer=True))
        pieces = writer.pieces(min(_ANSWER_TOKENS, max(1, tokens - written - len(asked))))
        pieces[len(pieces) // 2] += writer.chance.choice((_CODE, _TABLE, "\n\n"))
        answer = _message(writer, conversation, question["id"], "".join(pieces), when, answer=True)
        traces = [writer.trace(index, piece) for index, piece in enumerate(pieces)]
        answer["tokens"] = [one.token for one in traces]
        steered = sum(one.changed for one in traces)
        answer["figures"] = dataclasses.asdict(
            AnswerFigures(tokens=len(traces), steered_tokens=steered, signals=("context",), strength=1.0)
        )
        messages.append(answer)
        chunks += [
            {"message": answer["id"], "data": encode_traces(traces[at : at + _CHUNK])}
            for at in range(0, len(traces), _CHUNK)
        ]
        written += len(asked) + len(pieces)
        parent = answer["id"]
        when += timedelta(minutes=2)
        turn += 1
    conversation |= {"active_leaf": parent, "changed": when}
    with database.writing() as session:
        session.connection().execute(insert(ConversationRow), [conversation])
        session.connection().execute(insert(MessageRow), messages)
        session.connection().execute(insert(TraceChunkRow), chunks)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(description="Fill a home with a large library; COSTEER_HOME says which.")
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--tokens", type=int, default=LONG_TOKENS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    file: Path = AppPaths.locate().create().database_file
    if file.exists():
        print(f"{file} exists; choose an empty COSTEER_HOME.", file=sys.stderr)  # noqa: T201 - a command
        return 1
    start = time.perf_counter()
    with Database.open(file) as database:
        made = write_large_library(
            database, conversations=given.conversations, tokens=given.tokens, seed=given.seed
        )
    print(f"{made} in {time.perf_counter() - start:.1f} s, {file.stat().st_size / 1e6:.0f} MB: {file}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
