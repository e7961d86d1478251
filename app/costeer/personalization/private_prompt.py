"""The private prompt: the one place where what the local model sees of the user is put together.

It is a system message in front of the public conversation, for the branch *with* context only. It is bounded: the
parts are taken in the order of their worth (facts, style, notes, memories, retrieved messages, each in the user's
order) until the budget of tokens is used up; a part that does not fit is left out whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from costeer.personalization.profile import Profile

TokenCount = Callable[[str], int]

_OPENING = "You are the personal assistant of the user. You know this about the user and use it in your answers:"
_STYLE_OPENING = "The user writes like this, and so do you: "
_EARLIER_OPENING = "From earlier conversations:"
_KNOWN, _STYLE, _EARLIER = range(3)


@dataclass(frozen=True, slots=True)
class PrivatePrompt:
    """`text` is empty when nothing is known. `left_out` counts the parts that did not fit."""

    text: str
    left_out: int = 0


def build_private_prompt(
    profile: Profile, retrieved: Sequence[str], count_tokens: TokenCount, budget: int
) -> PrivatePrompt:
    """Put together what fits into `budget` tokens."""
    ranked = [
        *((_KNOWN, f"- {text}") for text in profile.texts("fact")),
        *((_STYLE, f"{_STYLE_OPENING}{text}") for text in profile.texts("style")),
        *((_KNOWN, f"- {text}") for text in (*profile.texts("note"), *profile.memories)),
        *((_EARLIER, f"- {_one_line(text)}") for text in retrieved),
    ]
    if not ranked:
        return PrivatePrompt("")
    left = budget - count_tokens(f"{_OPENING}\n{_EARLIER_OPENING}\n")
    kept: list[tuple[int, str]] = []
    for group, text in ranked:
        cost = count_tokens(text + "\n")
        if cost <= left:
            kept.append((group, text))
            left -= cost
    return PrivatePrompt(_lay_out(kept) if kept else "", len(ranked) - len(kept))


def _lay_out(kept: list[tuple[int, str]]) -> str:
    known, style, earlier = ([text for group, text in kept if group == one] for one in (_KNOWN, _STYLE, _EARLIER))
    return "\n".join(
        [
            *([_OPENING, *known] if known else []),
            *style,
            *([_EARLIER_OPENING, *earlier] if earlier else []),
        ]
    )


def _one_line(text: str, longest: int = 400) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
