"""Sketch and rewrite: for clouds that cannot be steered token by token.

The cloud answers the public conversation, and that is its *sketch*. The local model, which knows the user, writes
the answer with the sketch before it. Nothing of what it writes goes back: when the conversation goes on, the cloud
is shown its own sketch as what it said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costeer.foundation.translatable import translatable
from costeer.services.answers.prompts import ChatMessage

WHY_REWRITTEN = {
    "B": translatable("{endpoint} cannot continue an answer, so this computer writes from its draft."),
    "C": translatable("{endpoint} tells no alternatives to its words, so this computer writes from its draft."),
}
"""By tier, for the name of the endpoint."""

CONTRAST = 0.5
"""Of the strength: how often more than once the context counts when a draft is rewritten. At less a small model
copies the draft, at twice as much it forgets it."""

LONGEST_SHARE = 3
"""A sketch may take one part in this many of what the local model can read."""

LONGEST_BYTES = 1 << 18
"""More than any local model reads; a cloud that tells no tokens may send whole pages as one."""


def with_sketch(messages: Sequence[ChatMessage], sketch: str) -> list[ChatMessage]:
    """What the local model is to answer: the conversation, the last question with a draft of its answer."""
    question = messages[-1]["content"]
    asked = (
        f"{question}\n\nHere is a draft of an answer:\n\n{sketch.strip()}\n\n"
        "Write the answer for me. Keep what is right in the draft, and make it fit what you know about me."
    )
    return [*messages[:-1], {"role": "user", "content": asked}]


def shortened(sketch: str, count: Callable[[str], int], most: int) -> str:
    """The beginning of `sketch`, at most `most` tokens by `count`; whole sentences where possible."""
    kept = sketch
    while kept and (tokens := count(kept)) > most:  # bounded: each pass keeps at most nine tenths
        kept = kept[: int(len(kept) * min(0.9, 1.05 * most / tokens))]
    if kept == sketch:
        return sketch
    for end in ("\n\n", ". ", " "):
        cut = kept.rfind(end)
        if cut > len(kept) // 2:
            return kept[: cut + 1].rstrip()
    return kept
