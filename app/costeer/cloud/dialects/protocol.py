"""What a dialect has to say: the request for an answer, and what the answer's events tell.

A dialect is a value without state: it never talks to the network itself (`cloud.text_prompt` does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Message = Mapping[str, str]
"""`{"role": ..., "content": ...}`."""


@dataclass(frozen=True, slots=True)
class PreparedPrompt:
    """The public conversation, ready for one endpoint.

    `text` and `tokens` are the templated prompt and its ids, as far as the endpoint tells them. `length` counts
    its tokens, and is an estimate where the endpoint tells none.
    """

    messages: tuple[Message, ...]
    length: int
    text: str = ""
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted: `max_tokens` behind the text (or the ids) that the answer has so far, with the `top_k`
    alternatives of each position. `written_ids` is None where not all of the answer's ids are the endpoint's."""

    max_tokens: int
    top_k: int
    written: str = ""
    written_ids: tuple[int, ...] | None = None
    stream: bool = True
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that the endpoint told of. `spelled` is None where the text that came cannot be its bytes (it is a
    part of a character), and empty for an end; `token` is its id, where ids are told."""

    spelled: bytes | None
    logprob: float
    token: int | None = None


@dataclass(frozen=True, slots=True)
class ToldToken:
    """One position: what was written there and the likeliest tokens, in any order."""

    written: Alternative
    top: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one event told. `text` is what it added to the answer, `finish` why the answer ended, if it did.

    `usage` counts tokens of prompt and answer, where the endpoint says.
    """

    tokens: Sequence[ToldToken] = ()
    text: str = ""
    finish: str = ""
    usage: tuple[int, int] | None = None


class Dialect(Protocol):
    """One way to ask."""

    @property
    def name(self) -> str: ...

    @property
    def lines(self) -> bool:
        """Whether an answer is streamed as a JSON object in each line, rather than as server-sent events."""

    def request(self, model: str, prompt: PreparedPrompt, ask: Ask) -> tuple[str, dict[str, object]]:
        """The path behind the server's root, and the body."""

    def heard(self, event: Mapping[str, object]) -> Heard:
        """What an event of a stream, or a whole answer, tells. Raises Unreadable when it has another shape."""
