"""The private prompt: the one place where what the local model sees of the user is put together.

It stands in front of the question, in the user's own voice, for the branch *with* context only: "About me: …". As
part of the last message it works with chat templates that know no system message, and leaves the earlier
conversation alike in both branches; with the small models tried, facts came through at a lower gain than from a
system message. It is bounded: the parts are taken in the order of their worth (facts, style, passages of
documents, notes, memories, retrieved messages, each in the user's order) until the budget of tokens is used up; a
part that does not fit is left out whole. Passages may take half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costeer.personalization.profile import Profile

TokenCount = Callable[[str], int]

_OPENING = "About me:"


@dataclass(frozen=True, slots=True)
class PrivatePrompt:
    """`text` is empty when nothing is known. `left_out` counts the parts that did not fit."""

    text: str
    left_out: int = 0

    def before(self, question: str) -> str:
        """The question with what is known of its author."""
        return f"{self.text}\n\n{question}" if self.text else question


def build_private_prompt(
    profile: Profile,
    retrieved: Sequence[str],
    count_tokens: TokenCount,
    budget: int,
    passages: Sequence[tuple[str, str]] = (),
) -> PrivatePrompt:
    """Put together what fits into `budget` tokens. `passages` are (name, text) of documents, the likest first."""
    read = [f"From my document {name}: {_one_line(text)}" for name, text in passages]
    parts = [
        *profile.texts("fact"),
        *(f"How I write: {text}" for text in profile.texts("style")),
        *read,
        *profile.texts("note"),
        *profile.memories,
        *(f"I wrote earlier: {_one_line(text)}" for text in retrieved),
    ]
    left = budget - count_tokens(_OPENING + "\n\n")
    left_to_read = budget // 2
    kept: list[str] = []
    for part in parts:
        line = f"- {part}"
        cost = count_tokens(line + "\n")
        if cost <= (min(left, left_to_read) if part in read else left):
            kept.append(line)
            left -= cost
            left_to_read -= cost if part in read else 0
    text = "\n".join([_OPENING, *kept]) if kept else ""
    return PrivatePrompt(text, len(parts) - len(kept))


def _one_line(text: str, longest: int = 400) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
