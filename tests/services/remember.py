"""The labelled messages, and how what is proposed of them is judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from costeer.foundation.folding import comparable
from costeer.personalization.remembering import Candidate

_MARKED = re.compile(r"\[\[(.*?)\]\]")


@dataclass(frozen=True)
class Labelled:
    language: str
    text: str
    facts: tuple[str, ...]
    held_out: bool


@dataclass(frozen=True)
class Figures:
    right: int
    proposed: int
    found: int
    facts: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.proposed)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.facts)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.3f} ({self.right}/{self.proposed}), "
            f"recall {self.recall:.3f} ({self.found}/{self.facts})"
        )


def labelled() -> list[Labelled]:
    lines = (Path(__file__).parent / "data" / "remember.txt").read_text(encoding="utf-8").splitlines()
    found: list[Labelled] = []
    held_out = False
    for line in lines:
        if line == "====":
            held_out = True
        elif line and not line.startswith("#"):
            language, text = line.split(" ", 1)
            found.append(Labelled(language, _MARKED.sub(r"\1", text), tuple(_MARKED.findall(text)), held_out))
    return found


def figures(messages: Sequence[Labelled], proposed: Callable[[Labelled], Sequence[Candidate]]) -> Figures:
    """A proposal is right when it is a labelled fact, or that with a few words more or less."""
    right = count = hit = facts = 0
    for message in messages:
        texts = [one.text for one in proposed(message)]
        right += sum(any(_alike(text, fact) for fact in message.facts) for text in texts)
        hit += sum(any(_alike(text, fact) for text in texts) for fact in message.facts)
        count += len(texts)
        facts += len(message.facts)
    return Figures(right, count, hit, facts)


def _alike(one: str, other: str) -> bool:
    short, long = sorted((comparable(one), comparable(other)), key=len)
    return short in long and len(short) >= 0.5 * len(long)
