"""The public prompt and the two local ones: what each side is shown for one answer.

The cloud and both local branches see the same public conversation. When it has grown longer than the smallest
context window, the oldest turns are left out for all of them alike, so that the branches differ in the private
context only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from costeer.cloud.dialects.protocol import PreparedPrompt
from costeer.foundation.errors import PromptTooLong
from costeer.foundation.text import PrivateTexts
from costeer.storage.records import Message

ChatMessage = dict[str, str]

SHORTEST_ANSWER = 48
"""A window that leaves fewer tokens than this for the answer counts as full."""

_TRIMS_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class PublicPrompt:
    """The conversation as the cloud sees it, without `left_out` older messages. `prepared` has what the endpoint
    made of `messages`: its text and its tokens, as far as it tells."""

    messages: tuple[ChatMessage, ...]
    prepared: PreparedPrompt
    left_out: int = 0

    @property
    def text(self) -> str:
        return self.prepared.text

    @property
    def tokens(self) -> tuple[int, ...]:
        return self.prepared.tokens

    @property
    def length(self) -> int:
        """In tokens."""
        return self.prepared.length


def public_messages(
    thread: Sequence[Message], private: Iterable[str], said: Callable[[Message], str] = lambda answer: answer.text
) -> list[ChatMessage]:
    """The thread as chat messages, the last of which is the question. `said` is what the cloud may hear of an
    answer: its own draft where this computer wrote another one from it, nothing where this computer wrote alone.

    Left out are questions that got no answer, and earlier exchanges that hold a text marked private: one that was
    marked later, say, or that was refused when it was asked. The question itself is the guard's to refuse.
    """
    secrets = PrivateTexts(private)
    kept: list[ChatMessage] = []
    for question, answer in itertools.pairwise(thread):
        if question.role != "user" or answer.role != "assistant" or not answer.text:
            continue
        text = said(answer)
        if text and not secrets.found_in(question.text) and not secrets.found_in(text):
            kept += [{"role": "user", "content": question.text}, {"role": "assistant", "content": text}]
    return [*kept, {"role": "user", "content": thread[-1].text}]


def fit_public_prompt(
    messages: Sequence[ChatMessage],
    window: int,
    prepare: Callable[[Sequence[ChatMessage]], PreparedPrompt],
) -> PublicPrompt:
    """The newest messages that fit into `window` tokens with room for an answer.

    Raises PromptTooLong when the last message alone does not fit.
    """
    kept = list(messages)
    room = window - SHORTEST_ANSWER
    for _ in range(_TRIMS_AT_MOST):
        prepared = prepare(kept)
        if prepared.length <= room:
            return PublicPrompt(tuple(kept), prepared, len(messages) - len(kept))
        if len(kept) == 1:
            break
        kept = _shorter(kept, room / prepared.length)
    raise PromptTooLong(
        f"The message has {prepared.length} tokens and the context window holds {window}; shorten the message."
    )


def _shorter(messages: list[ChatMessage], share: float) -> list[ChatMessage]:
    """Drop the oldest messages until about `share` of the text is left; always at least one, never the last.

    What is left starts with a user's message, as chat templates expect.
    """
    left = sum(len(one["content"]) for one in messages)
    wanted = left * share * 0.95
    first = 0
    while first < len(messages) - 1 and (first == 0 or left > wanted or messages[first]["role"] != "user"):
        left -= len(messages[first]["content"])
        first += 1
    return messages[first:]
