"""What an answer in progress tells whoever asked for it.

`ChatService.ask` is an iterator of these, in the order: DisclosureWanted, as often as the user is to be asked,
AnswerStarted, then any mix of PhaseChanged, TokensAppended, TrafficChanged and NoticeRaised, then AnswerFinished.
A failure raises a KnownError instead of AnswerFinished; what had been written until then is stored and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from costeer.foundation.translatable import Translatable
from costeer.services.disclosure.asking import DisclosureWanted
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, Message

Phase = Literal["preparing", "sending", "waiting", "steering", "sketching", "local only", "idle"]
"""What the machine is doing: preparing (local models load), sending (a request leaves), waiting (for the
cloud's first token), steering (positions arrive and are steered), sketching (the
cloud answers by itself, to be rewritten), local only (nothing is being exchanged)."""


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """Both messages are stored; `answer` is still empty."""

    question: Message
    answer: Message


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    phase: Phase


@dataclass(frozen=True, slots=True)
class TokensAppended:
    """Final tokens, in order. `text` is what they add to the answer on the screen."""

    message_id: str
    tokens: tuple[TokenTrace, ...]
    text: str


@dataclass(frozen=True, slots=True)
class TrafficChanged:
    """What has crossed the transport for this answer so far."""

    requests: int
    round_trips: int
    bytes_up: int
    bytes_down: int
    tokens_sent: int
    leak_bits: float
    private_words: tuple[str, ...]
    """Words of the private context that are not in the public conversation but that the answer itself now
    contains, and that therefore the cloud sees as final tokens."""
    leak_budget: float = 0.0
    conversation_budget: float = 0.0
    steering_ended: str = ""
    """See `AnswerFigures`."""


@dataclass(frozen=True, slots=True)
class NoticeRaised:
    """Something the user should know while the answer goes on (a restart, steering lost)."""

    text: Translatable


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    answer: Message
    figures: AnswerFigures


AnswerEvent = (
    DisclosureWanted
    | AnswerStarted
    | PhaseChanged
    | TokensAppended
    | TrafficChanged
    | NoticeRaised
    | AnswerFinished
)
