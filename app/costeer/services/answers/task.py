"""Everything that one answer needs, as the chat puts it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from costeer.foundation.cancel import CancelToken
from costeer.personalization.profile import Profile
from costeer.services.answers.branches import Personal, Rewards
from costeer.services.answers.journal import AnswerJournal
from costeer.services.answers.prompts import ChatMessage
from costeer.services.disclosure.placeholders import Replacements
from costeer.services.endpoints import Connection
from costeer.services.local_model import LocalModelService
from costeer.services.options import AskOptions
from costeer.services.traffic import MessageTraffic
from costeer.storage.records import AnswerFigures, LeakTotal

THIS_COMPUTER = "this computer, "
"""How `AnswerFigures.written_by` begins where the local model wrote the answer."""


def is_told(figures: AnswerFigures) -> bool:
    """Whether a cloud may hear the text of an answer: not what a model with the private context wrote by itself,
    nor what the user made of that. It hears `sketch` instead."""
    return not (figures.sketch or figures.tier == "D" or figures.written_by.startswith(THIS_COMPUTER))


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTask:
    """Everything one answer needs. `messages` are for the cloud, `own_messages` the conversation as the user
    has it, for this computer alone; both begin with what may be sent of the user's profile, and `profile` is the
    rest of it. `retrieved` are texts from earlier conversations, `passages` (name, text) of documents, both
    private; `rewards` is what the preferences of `options` need, `beside_cloud` the personal model where it is to
    steer; `find_personal` looks for it where this computer answers alone; `before` are the figures of what is
    continued, `others` is what the conversation's other answers gave away, and `remember` stores new figures.

    In `messages` placeholders stand for private texts. `stand_ins` are these, and more for what the local model is
    shown besides; `disclose` keeps one of these, (text, placeholder), once the answer has used it."""

    messages: Sequence[ChatMessage]
    own_messages: Sequence[ChatMessage]
    profile: Profile
    private_strings: Sequence[str]
    retrieved: Sequence[str]
    passages: Sequence[tuple[str, str]]
    options: AskOptions
    rewards: Rewards | None
    beside_cloud: Personal | None
    find_personal: Callable[[], Personal | None]
    message_id: str
    journal: AnswerJournal
    cancel: CancelToken
    connect: Callable[[CancelToken], Connection]
    models: LocalModelService
    traffic: MessageTraffic
    before: AnswerFigures
    others: LeakTotal
    remember: Callable[[AnswerFigures], None]
    stand_ins: Replacements = field(default_factory=Replacements)
    disclose: Callable[[str, str], None] = lambda _text, _stands_for: None

    @property
    def looked_up(self) -> tuple[str, ...]:
        """What the local model is shown beside the profile."""
        written = self.beside_cloud.texts if self.beside_cloud else ()
        return (*self.retrieved, *(text for _, text in self.passages), *written)
