"""The private prompt: the one place where what the local model sees of the user is put together.

It stands in front of the question, in the user's own voice, for the branch *with* context only: "About me: …". As
part of the last message it works with chat templates that know no system message, and leaves the earlier
conversation alike in both branches; with the small models tried, facts came through at a lower gain than from a
system message. It is bounded: the parts are taken in the order of their worth (facts, style, passages of
documents, notes, memories, retrieved messages, each in the user's order) until the budget of tokens is used up; a
part that does not fit is left out whole. Passages may take half of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from costeer.personalization.profile import Profile

TokenCount = Callable[[str], int]

AsShown = Callable[[str], str]
"""A line as the user has it -> as the model is shown it: placeholders stand for what must not be written."""

PartKind = Literal["fact", "style", "note", "memory", "document", "message"]
"""`document` is a passage of one, `message` what the user wrote in another conversation."""

_OPENING = "About me:"
_DIGEST = 4


def as_it_is(line: str) -> str:
    return line


@dataclass(frozen=True, slots=True)
class PrivatePart:
    """One line of the private prompt. `text` is as the user has it, `line` as the model is shown it."""

    kind: PartKind
    text: str
    line: str
    id: str = ""

    @property
    def mark(self) -> str:
        """By which the part is known again: its id, and 16 bits of a digest of the line. They tell that it was
        changed, and too little for anybody to learn what has been removed."""
        digest = hashlib.sha256(self.line.encode("utf-8", "replace")).hexdigest()[:_DIGEST]
        return f"{self.id}:{digest}"


@dataclass(frozen=True, slots=True)
class PrivatePrompt:
    """`text` is empty when nothing is known; it consists of `lines`, one for each of `parts`. `left_out` counts
    the parts that did not fit."""

    text: str
    left_out: int = 0
    parts: tuple[PrivatePart, ...] = ()
    lines: tuple[str, ...] = ()

    def before(self, question: str) -> str:
        """The question with what is known of its author."""
        return f"{self.text}\n\n{question}" if self.text else question


def build_private_prompt(
    profile: Profile,
    retrieved: Sequence[str],
    count_tokens: TokenCount,
    budget: int,
    passages: Sequence[tuple[str, str]] = (),
    as_shown: AsShown = as_it_is,
) -> PrivatePrompt:
    """Put together what fits into `budget` tokens. `passages` are (name, text) of documents, the likest first."""
    return fit_private_prompt(private_parts(profile, retrieved, passages), count_tokens, budget, as_shown)


def fit_private_prompt(
    parts: Sequence[PrivatePart], count_tokens: TokenCount, budget: int, as_shown: AsShown = as_it_is
) -> PrivatePrompt:
    """Those of `parts`, in their order, that fit into `budget` tokens, each line as `as_shown` makes it."""
    left = budget - count_tokens(_OPENING + "\n\n")
    left_to_read = budget // 2
    kept: list[PrivatePart] = []
    lines: list[str] = []
    for part in parts:
        line = as_shown(part.line)
        cost = count_tokens(line + "\n")
        read = part.kind == "document"
        if cost <= (min(left, left_to_read) if read else left):
            kept.append(part)
            lines.append(line)
            left -= cost
            left_to_read -= cost if read else 0
    text = "\n".join([_OPENING, *lines]) if kept else ""
    return PrivatePrompt(text, len(parts) - len(kept), tuple(kept), tuple(lines))


def private_parts(
    profile: Profile, retrieved: Sequence[str], passages: Sequence[tuple[str, str]] = ()
) -> list[PrivatePart]:
    """All there is to be shown, in the order of its worth."""

    def of_profile(kind: PartKind, texts: Sequence[str], before: str = "") -> list[PrivatePart]:
        return [PrivatePart(kind, one, f"- {before}{one}", profile.ids.get(one, "")) for one in texts]

    def looked_up(kind: PartKind, text: str, before: str) -> PrivatePart:
        return PrivatePart(kind, text, f"- {before}: {_one_line(text)}")

    return [
        *of_profile("fact", profile.texts("fact")),
        *of_profile("style", profile.texts("style"), "How I write: "),
        *(looked_up("document", text, f"From my document {name}") for name, text in passages),
        *of_profile("note", profile.texts("note")),
        *of_profile("memory", profile.memories),
        *(looked_up("message", text, "I wrote earlier") for text in retrieved),
    ]


def _one_line(text: str, longest: int = 400) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
