"""The public prompt and the two local ones: what each side is shown for one answer.

The cloud and both local branches see the same public conversation. When it has grown longer than the smallest
context window, the oldest turns are left out for all of them alike, so that the branches differ in the private
context only. Before it stands what the user lets be sent of their profile, as a system message (decision 0018).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from costeer.cloud.dialects.protocol import PreparedPrompt
from costeer.foundation.errors import PromptTooLong
from costeer.personalization.profile import Profile
from costeer.storage.records import Message

ChatMessage = dict[str, str]

SHORTEST_ANSWER = 48
"""A window that leaves fewer tokens than this for the answer counts as full."""

LONGEST_ABOUT = 4000
"""Characters of what is sent about the user with every question."""

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


def about_user(sent: Profile) -> list[ChatMessage]:
    """The system message that tells a cloud what the user lets it know; none where that is nothing.

    In the order of the private prompt; what comes behind LONGEST_ABOUT characters is left out whole.
    """
    parts = [
        *sent.texts("fact"),
        *(f"How I write: {text}" for text in sent.texts("style")),
        *sent.texts("note"),
        *sent.memories,
    ]
    about = "About the user, in their own words:"
    for part in parts:
        line = f"\n- {' '.join(part.split())}"
        if len(about) + len(line) <= LONGEST_ABOUT:
            about += line
    return [{"role": "system", "content": about}] if parts else []


def without_system(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The same conversation for chat templates that know no system message: it opens the first question."""
    if messages[0]["role"] != "system":
        return list(messages)
    about, first, *rest = messages
    return [{**first, "content": f"{about['content']}\n\n{first['content']}"}, *rest]


def with_documents(question: str, documents: Sequence[tuple[str, str]]) -> str:
    """A question with the (name, text) of what is sent with it."""
    return "\n\n".join((question, *(f"Document “{name}”:\n\n{text}" for name, text in documents)))


def public_messages(
    thread: Sequence[Message],
    said: Callable[[Message], str] = lambda answer: answer.text,
    documents: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
) -> list[ChatMessage]:
    """The thread as chat messages, the last of which is the question. `said` is what the cloud may hear of an
    answer: its own draft where this computer wrote another one from it, nothing where this computer wrote alone.
    `documents` are those that are sent with a question, by its id.

    Left out are questions that got no answer. What is private in the rest is not replaced yet.
    """
    kept: list[ChatMessage] = []

    def asked(question: Message) -> str:
        return with_documents(question.text, documents.get(question.id, ()))

    for question, answer in itertools.pairwise(thread):
        if question.role != "user" or answer.role != "assistant" or not answer.text:
            continue
        text = said(answer)
        if text:
            kept += [{"role": "user", "content": asked(question)}, {"role": "assistant", "content": text}]
    return [*kept, {"role": "user", "content": asked(thread[-1])}]


def fit_public_prompt(
    messages: Sequence[ChatMessage],
    window: int,
    prepare: Callable[[Sequence[ChatMessage]], PreparedPrompt],
) -> PublicPrompt:
    """The newest messages that fit into `window` tokens with room for an answer, and the system message if any.

    Raises PromptTooLong when the last message alone does not fit.
    """
    head = [one for one in messages[:1] if one["role"] == "system"]
    kept = list(messages[len(head) :])
    room = window - SHORTEST_ANSWER
    for _ in range(_TRIMS_AT_MOST):
        prepared = prepare([*head, *kept])
        if prepared.length <= room:
            return PublicPrompt((*head, *kept), prepared, len(messages) - len(head) - len(kept))
        if len(kept) == 1:
            break
        kept = _shorter(kept, room / prepared.length)
    raise PromptTooLong(
        "The message has {count} tokens and the context window holds {window}; shorten the message.",
        count=prepared.length,
        window=window,
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
