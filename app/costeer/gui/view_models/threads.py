"""A conversation as it was read, and where an answer that is being written stands in it. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from costeer.foundation.cancel import CancelToken
from costeer.services.chat import ChatService
from costeer.storage.records import AnswerFigures, Message

CONTINUABLE = ("stopped", "failed", "interrupted")

Place = tuple[int, int]
"""Which of how many versions of a message it is, from 0."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is written: a conversation, or one that is not stored yet (None). What is on a `temporary`
    one is in no file."""

    conversation: str | None
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class OpenedThread:
    """What reading a conversation gives: its messages, the figures of its answers, and the place of every message
    of the conversation, shown or not, among its versions. A `temporary` one is in no file."""

    messages: list[Message]
    figures: dict[str, AnswerFigures]
    temporary: bool = False
    branches: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """The answer being written. `conversation` is None until a new conversation has been stored; till then
    `opening` tells which of the empty conversations shown so far it belongs to. `edited` is the question that
    `prompt` is asked in place of."""

    cancel: CancelToken
    conversation: str | None
    opening: int
    prompt: str = ""
    edited: str | None = None
    temporary: bool = False
    question: Message | None = None
    answer: Message | None = None
    reached: bool = False
    after: list[Callable[[], None]] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return Desk(self.conversation, self.temporary)


def can_continue(message: Message) -> bool:
    """Whether an answer may have more to say: it was cut short, or it is complete but for its `detail`."""
    return message.state in CONTINUABLE or (message.state == "complete" and bool(message.detail))


def can_be_rated(message: Message) -> bool:
    """Whether it is an answer that was finished."""
    return message.role == "assistant" and message.state == "complete" and bool(message.text)


def read_thread(chat: ChatService, conversation_id: str) -> OpenedThread:
    """On a worker thread."""
    messages = chat.thread(conversation_id)
    answers = (one.id for one in messages if one.role == "assistant")
    figures = {key: value for key in answers if (value := chat.figures(key))}
    temporary = chat.conversation(conversation_id).temporary
    return OpenedThread(messages, figures, temporary, chat.branches(conversation_id))


def put_run(
    messages: Sequence[Message], branches: dict[str, Place], run: Run
) -> tuple[list[Message], tuple[str, ...]]:
    """The branch with question and answer of `run` in their places, and the ids of what stood there instead.

    An answer that goes on keeps what follows it; a new one, or a new question, becomes the end. Where the answer
    is on another branch nothing changes: `branches` may be older than the answer, then it comes below its
    question, or that below its parent.
    """
    question, answer = run.question, run.answer
    ids = [one.id for one in messages]
    if question is None or answer is None:
        return list(messages), ()
    if answer.id in ids:
        new = {question.id: question, answer.id: answer}
        return [new.get(one.id, one) for one in messages], ()
    if answer.id not in branches and question.id in ids:
        at = ids.index(question.id)
    elif answer.id not in branches and (question.parent is None or question.parent in ids):
        at = ids.index(question.parent) + 1 if question.parent else 0
    else:
        return list(messages), ()
    return [*messages[:at], question, answer], tuple(one for one in ids[at:] if one != question.id)
