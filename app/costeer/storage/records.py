"""What the database remembers, as plain frozen dataclasses. Times are timezone-aware UTC."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from costeer.foundation.translatable import NOTHING, Translatable

Role = Literal["user", "assistant"]

MessageState = Literal["writing", "complete", "stopped", "failed", "interrupted"]
"""`writing` while an answer arrives; `interrupted` is what a start finds left over from a crash."""

WritingSource = Literal["message", "edit", "document", "mail", "chat", "lamp", "synthetic"]
WritingState = Literal["used", "left out", "proposed"]
ProfileKind = Literal["fact", "style", "note"]

Scope = Literal["never", "local", "public"]
"""Of a profile entry or a memory: never used; steers on this computer; may be sent."""

MemoryState = Literal["proposed", "approved", "refused"]

TitledBy = Literal["question", "model", "user"]

DocumentScope = Literal["private", "public"]
"""`private` is for the local model alone; `public` is sent as a part of the question."""

WordLabel = Literal["name", "address", "code", "other"]

DisclosureChoice = Literal["send", "replace"]

PreferenceKind = Literal["compare", "regenerated", "edited", "thumb"]

BY_THE_USER = "the user"
"""What `AnswerFigures.written_by` says of an answer that the user wrote in place of another."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """`folder` is empty for none; `deleted` is since when it has been in the bin. A `temporary` one is in memory
    only and is gone when the application is closed."""

    id: str
    title: str
    created: datetime
    changed: datetime
    pinned: bool = False
    folder: str = ""
    deleted: datetime | None = None
    titled_by: TitledBy = "question"
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A node of the conversation's tree. `parent` is None for the first; siblings share a parent.

    `tokens` are the final token ids of an answer, so that it can be continued; `detail` says in words why an
    answer stopped or failed.
    """

    id: str
    conversation: str
    parent: str | None
    role: Role
    text: str
    state: MessageState
    created: datetime
    tokens: tuple[int, ...] = ()
    detail: Translatable = NOTHING


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """What an answer took, as `costeer ask --json` prints it. Seconds are wall time.

    `cloud_tokens` are those the cloud streamed, used or not; `tokens_sent` are the final tokens it was told;
    `private_words` are those that steering wrote into the answer and that the cloud has therefore seen;
    `written_by` names the endpoint and model whose token ids the answer consists of, or is BY_THE_USER;
    `sketch` is the cloud's own answer, where this computer wrote another one from it.

    For the bill of `endpoint`: `input_tokens` are those of all requests, prompts included, `output_tokens` those
    that it is known to have written; `prompt_tokens` is the length of one prompt. What an endpoint wrote behind a
    cut and nobody saw is not in it.

    `shown` are the marks (`PrivatePart.mark`) of the parts of the private prompt.

    `leak_budget` and `conversation_budget` are the bits that the answer and its conversation were allowed, 0 where
    there was no bound; `steering_ended` says which of them was used up ("answer" or "conversation"), empty: none.
    """

    tokens: int = 0
    steered_tokens: int = 0
    round_trips: int = 0
    cloud_tokens: int = 0
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    leak_bits: float = 0.0
    signals: tuple[str, ...] = ()
    tier: str = "A"
    seconds: float = 0.0
    strength: float = 0.0
    tokens_sent: int = 0
    private_words: tuple[str, ...] = ()
    written_by: str = ""
    sketch: str = ""
    endpoint: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    prompt_tokens: int = 0
    shown: tuple[str, ...] = ()
    leak_budget: float = 0.0
    conversation_budget: float = 0.0
    steering_ended: str = ""


@dataclass(frozen=True, slots=True)
class LeakTotal:
    """What answers of a conversation gave away together, at most `bits`. `ended_at` is the largest budget of the
    conversation that was used up by them, 0 where none was."""

    bits: float = 0.0
    ended_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """One line of the profile: a fact about the user, how they write, or a free note."""

    id: str
    kind: ProfileKind
    text: str
    scope: Scope = "local"

    @property
    def used(self) -> bool:
        """Whether the local model is shown it."""
        return self.scope != "never"


@dataclass(frozen=True, slots=True)
class Memory:
    """Something to remember from earlier chats. `origin` is the message that it was taken from."""

    id: str
    text: str
    scope: Scope
    created: datetime
    state: MemoryState = "approved"
    origin: str | None = None

    @property
    def used(self) -> bool:
        """Whether the local model is shown it: nothing that the user has not approved."""
        return self.scope != "never" and self.state == "approved"


@dataclass(frozen=True, slots=True)
class PrivateWord:
    """A name, an address, a code: private as a whole, wherever it stands."""

    id: str
    text: str
    label: WordLabel = "other"


@dataclass(frozen=True, slots=True)
class RememberedChoice:
    """What the user wants of a text in every conversation: sent as it is, or replaced."""

    text: str
    choice: DisclosureChoice


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the user wants of a text in one conversation. `placeholder` stands for it where it is replaced, and is
    empty where it is sent."""

    text: str
    choice: DisclosureChoice
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text, which is read apart. `length` counts its characters; `message` is the question that it
    belongs to, None while that is being written; `conversation` is None while that is not stored yet."""

    id: str
    conversation: str | None
    message: str | None
    name: str
    scope: DocumentScope
    length: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What is half written: in a conversation, or in one that is not stored yet (None); in place of a message,
    whose id is `question`, or for the next question (None)."""

    conversation: str | None
    question: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Preference:
    """`chosen` was preferred to `rejected`, both answers to `question`. A thumb is about `chosen` alone: `value`
    is +1 or -1."""

    id: str
    question: str
    chosen: str
    rejected: str | None
    kind: PreferenceKind
    value: int | None
    created: datetime


@dataclass(frozen=True, slots=True)
class StoredDimension:
    """A preference that weighs something, by its id; `words` are there where it is one of the user's own."""

    id: str
    words: str | None
    weight: float


@dataclass(frozen=True, slots=True)
class Writing:
    """What the user wrote, and what it was asked for; a "synthetic" one a model wrote like them, having been shown
    those of `made_from`, by id. `name` says where it was found, for people: a file, a conversation."""

    source: WritingSource
    prompt: str
    text: str
    name: str = ""
    made_from: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same pair, wherever it was found."""
        return hashlib.sha256(f"{self.prompt}\0{self.text}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class StoredWriting:
    """ "left out" is not learnt from; "proposed" waits for the user to say so or otherwise."""

    writing: Writing
    state: WritingState


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message found by full-text search. `rank` is FTS5's BM25 score: lower is better."""

    message: Message
    rank: float


@dataclass(frozen=True, slots=True)
class MemoryHit:
    """A memory found by full-text search; `rank` as in `SearchHit`."""

    memory: Memory
    rank: float
