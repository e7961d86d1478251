"""What of a message could be worth remembering: clauses in which its author tells something about themselves.

By rules, which are data (`resources/memories.toml`, one table a language). They find who is spoken of; whether it
lasts, the local model has a say in (`services.memories`). What is quoted, asked, or said in somebody else's part
is no candidate. Pure; any thread.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from costeer.foundation.folding import comparable
from costeer.foundation.paths import shipped
from costeer.foundation.text import APART, words_apart

LONGEST_CLAUSE = 200
"""Characters; what is longer is a story, not a fact."""

_MOST_TEXT = 20_000
_ALIKE = 0.75
"""Of all words of two texts together: from this share in common they say the same."""

_CODE = re.compile(r"```.*?(```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED = re.compile(r"[“„«「『][^”“»」』\n]*[”“»」』]|\"[^\"\n]*\"")
_QUOTING = re.compile(r":\s")
_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:\.(?=\S)[^.!?。！？\n]*)*[.!?。！？]*")
_CLAUSE = re.compile(
    r",\s+(?:(?:and|but|und|aber|et|mais|y|pero)\s+)?|，|;\s*|；|\s+(?:and|und|et|y)\s+(?=(?:i|i['’]m|my|we|our|ich|meine?|wir|je|mon|ma|mi)\b)",
    re.IGNORECASE,
)
_ASKS = ("?", "？")
_CONTRACTED = (("i'm", "i am"), ("'ve", " have"), ("n't", " not"), ("'re", " are"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clause as it was written. `tells`: its words are those of lasting facts."""

    text: str
    language: str
    tells: bool


@dataclass(frozen=True, slots=True)
class _Language:
    name: str
    begins: re.Pattern[str]
    tells: re.Pattern[str]
    asks: re.Pattern[str]
    plays: re.Pattern[str]


def candidates(message: str) -> list[Candidate]:
    """In the order of the message, each once."""
    text = _CODE.sub(" ", message[:_MOST_TEXT])
    languages = _languages()
    bare = _QUOTED.sub(" ", text)
    if any(one.plays.search(bare) for one in languages):
        return []
    found: dict[str, Candidate] = {}
    for sentence in _SENTENCE.findall(bare):
        for clause in _clauses(sentence):
            for language in languages:
                if language.begins.search(clause):
                    if not language.asks.search(clause):
                        found.setdefault(
                            clause, Candidate(clause, language.name, bool(language.tells.search(clause)))
                        )
                    break
    return list(found.values())


def same(text: str, known: Iterable[str]) -> bool:
    """Whether `text` says nothing that one of the `known` texts does not say: in nearly the same words, or as a
    part of it."""
    folded = _folded(text)
    words = frozenset(folded.split())
    for one in known:
        other = _folded(one)
        if f" {folded} " in f" {other} ":
            return True
        others = frozenset(other.split())
        if len(words & others) >= _ALIKE * len(words | others):
            return True
    return False


def _clauses(sentence: str) -> list[str]:
    """Those that are no question and not behind a colon, where others are quoted."""
    said = _QUOTING.split(sentence.strip())[0]
    asked = sentence.rstrip().endswith(_ASKS)
    parts = [one.strip() for one in _CLAUSE.split(said)]
    if asked:
        parts = parts[:-1]
    return [one.rstrip(" .。!！") for one in parts if one and len(one) <= LONGEST_CLAUSE]


def _folded(text: str) -> str:
    """Words with a blank between them; characters of unspaced scripts are words."""
    lower = text.lower().replace("’", "'")
    for short, long in _CONTRACTED:
        lower = lower.replace(short, long)
    return " ".join(words_apart(comparable(lower)).replace(APART, " ").split())


@functools.lru_cache(maxsize=1)
def _languages() -> tuple[_Language, ...]:
    tables = tomllib.loads(shipped("resources", "memories.toml").read_text(encoding="utf-8"))

    def joined(patterns: list[str]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)

    return tuple(
        _Language(
            name,
            re.compile(table["begins"], re.IGNORECASE),
            joined(table["tells"]),
            joined(table["asks"]),
            joined(table["plays"]),
        )
        for name, table in tables.items()
    )
