"""Conversations and answers: what the window's chat and `costeer ask` do.

A conversation is a tree; `thread` is its active branch. Asking adds a question below the active leaf and an answer
below that; regenerating adds a sibling answer. An answer is on disk while it is being written, and whatever ends
it (the end token, the user, an error, a crash) leaves what had been written until then, with a state that says so.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from functools import partial

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, BugError, Cancelled, CoSteerError, KnownError
from costeer.foundation.text import check_text
from costeer.personalization.profile import Profile
from costeer.personalization.retrieval import telling_words
from costeer.services.answers.journal import AnswerJournal
from costeer.services.answers.prompts import about_user, public_messages
from costeer.services.answers.run import AnswerRun
from costeer.services.answers.task import THIS_COMPUTER, AnswerTask
from costeer.services.endpoints import Connection
from costeer.services.events import AnswerEvent, AnswerFinished, AnswerStarted
from costeer.services.local_model import LocalModelService
from costeer.services.options import AskOptions
from costeer.services.profile import ProfileService
from costeer.services.traffic import TrafficBoard
from costeer.steering.trace import TokenTrace
from costeer.storage.records import AnswerFigures, Conversation, Message, MessageState
from costeer.storage.repositories import ConversationRepository

log = logging.getLogger(__name__)

LONGEST_PROMPT = 2_000_000
_TITLE_LENGTH = 60
_RETRIEVED = 3
Connect = Callable[[CancelToken], Connection]


class ChatService:
    """Any thread; one answer at a time per conversation is the callers' business."""

    def __init__(
        self,
        conversations: ConversationRepository,
        profile: ProfileService,
        models: LocalModelService,
        connect: Connect,
        traffic: TrafficBoard,
    ) -> None:
        self._conversations = conversations
        self._profile = profile
        self._models = models
        self._connect = connect
        self._traffic = traffic

    def conversations(self) -> list[Conversation]:
        """The newest changed first."""
        return self._conversations.list()

    def create(self, title: str = "") -> Conversation:
        return self._conversations.create(title)

    def rename(self, conversation_id: str, title: str) -> None:
        if not title.strip():
            raise BadInput("The title is empty; type a name for the conversation.")
        self._conversations.rename(conversation_id, title.strip())

    def delete(self, conversation_id: str) -> None:
        self._conversations.purge([conversation_id])

    def thread(self, conversation_id: str) -> list[Message]:
        """The active branch, from the first message to the last."""
        return self._conversations.thread(conversation_id)

    def traces(self, message_id: str) -> list[TokenTrace]:
        return self._conversations.traces(message_id)

    def figures(self, message_id: str) -> AnswerFigures | None:
        return self._conversations.figures(message_id)

    def ask(
        self, conversation_id: str, prompt: str, options: AskOptions, cancel: CancelToken
    ) -> Iterator[AnswerEvent]:
        """Ask below the active leaf. Bad input is refused before anything is stored."""
        options.check()
        check_text(prompt, "message")
        if not prompt.strip():
            raise BadInput("The message is empty; write something to ask.")
        if len(prompt) > LONGEST_PROMPT:
            raise BadInput(
                f"The message has {len(prompt)} characters and {LONGEST_PROMPT} are allowed; shorten it."
            )
        return self._ask(conversation_id, prompt, options, cancel)

    def _ask(
        self, conversation_id: str, prompt: str, options: AskOptions, cancel: CancelToken
    ) -> Iterator[AnswerEvent]:
        thread = self.thread(conversation_id)
        parent = thread[-1].id if thread else None
        question = self._conversations.add_message(conversation_id, parent, "user", prompt, "complete")
        if not thread:
            self._name_after(conversation_id, prompt)
        answer = self._conversations.add_message(conversation_id, question.id, "assistant", "", "writing")
        yield from self._answer([*thread, question], answer, options, cancel)

    def regenerate(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        """A second answer to the same question, beside the first; it becomes the active one."""
        options.check()
        return self._regenerate(answer_id, options, cancel)

    def _regenerate(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        thread = self._thread_before(answer_id)
        old = self._conversations.message(answer_id)
        answer = self._conversations.add_message(old.conversation, old.parent, "assistant", "", "writing")
        yield from self._answer(thread, answer, options, cancel)

    def continue_answer(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        """Go on behind the last final token of an answer that stopped, failed, was interrupted or cut short."""
        options.check()
        return self._continue(answer_id, options, cancel)

    def _continue(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        thread = self._thread_before(answer_id)
        yield from self._answer(thread, self._conversations.message(answer_id), options, cancel)

    def _answer(
        self, thread: list[Message], answer: Message, options: AskOptions, cancel: CancelToken
    ) -> Iterator[AnswerEvent]:
        journal = AnswerJournal(self._conversations, answer.id, answer.text, answer.tokens)
        figures: Callable[[], AnswerFigures] = AnswerFigures
        state: MessageState = "failed"
        detail = ""
        try:
            yield AnswerStarted(thread[-1], answer)
            run = AnswerRun(self._task(thread, answer, options, journal, cancel))
            figures = run.figures
            yield from run.events()
            state, detail = "complete", run.unfinished
        except GeneratorExit:
            state = "stopped"
            raise
        except Cancelled:
            if not cancel.cancelled:
                detail = "The local model was closed while it was answering; continue the answer."
                raise KnownError(detail) from None
            state = "stopped"
        except CoSteerError as error:
            detail = error.user_message
            raise
        except Exception as error:
            log.exception("an answer failed")
            detail = "Something went wrong inside the application; the details are in its log."
            raise BugError(detail) from error
        finally:
            journal.close(state, detail)
            taken = figures()
            self._conversations.set_figures(answer.id, taken)
        yield AnswerFinished(self._conversations.message(answer.id), taken)

    def _task(
        self,
        thread: list[Message],
        answer: Message,
        options: AskOptions,
        journal: AnswerJournal,
        cancel: CancelToken,
    ) -> AnswerTask:
        if options.profile is not None:
            self._profile.protect(options.profile.private_strings)
        private = self._profile.private_strings()
        lent = options.profile
        sent = self._profile.sent() if lent is None else Profile()
        about = about_user(sent)
        return AnswerTask(
            messages=[*about, *public_messages(thread, private, self._said)],
            own_messages=[*about, *public_messages(thread, ())],
            profile=self._profile.current().without(sent) if lent is None else lent,
            private_strings=private,
            retrieved=self._retrieve(thread) if options.history else (),
            options=options,
            message_id=answer.id,
            journal=journal,
            cancel=cancel,
            connect=self._connect,
            models=self._models,
            traffic=self._traffic.of_message(answer.id),
            before=self._conversations.figures(answer.id) or AnswerFigures(),
            remember=partial(self._conversations.set_figures, answer.id),
        )

    def _said(self, answer: Message) -> str:
        """What a cloud may hear of an answer: nothing that a model with the private context wrote by itself."""
        figures = self._conversations.figures(answer.id) or AnswerFigures()
        here = figures.tier == "D" or figures.written_by.startswith(THIS_COMPUTER)
        return figures.sketch if here or figures.sketch else answer.text

    def _retrieve(self, thread: list[Message]) -> tuple[str, ...]:
        """What the user wrote in other conversations that resembles the question, the most similar first."""
        question = thread[-1]
        telling = telling_words(question.text)
        hits = self._conversations.search(telling, 10 * _RETRIEVED, question.conversation)
        texts = dict.fromkeys(hit.message.text for hit in hits if hit.message.role == "user")
        return tuple(one for one in texts if one != question.text)[:_RETRIEVED]

    def _thread_before(self, answer_id: str) -> list[Message]:
        """The branch that leads to an answer, which is made the active one."""
        self._conversations.activate(answer_id)
        answer = self._conversations.message(answer_id)
        if answer.role != "assistant":
            raise BadInput("Only an answer can be written again; choose one.")
        thread = self.thread(answer.conversation)
        ids = [one.id for one in thread]
        return thread[: ids.index(answer_id)]

    def _name_after(self, conversation_id: str, prompt: str) -> None:
        first = " ".join(prompt.split())
        title = first if len(first) <= _TITLE_LENGTH else first[: _TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
        with contextlib.suppress(BadInput):
            self.rename(conversation_id, title)
