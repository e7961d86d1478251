"""Conversations and answers: what the window's chat and `costeer ask` do.

A conversation is a tree; `thread` is its active branch. Asking adds a question below the active leaf and an answer
below that; regenerating adds a sibling answer, editing a sibling question. An answer is on disk while it is being
written, and whatever ends it (the end token, the user, an error, a crash) leaves what had been written until then,
with a state that says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, BugError, Cancelled, CoSteerError, KnownError
from costeer.foundation.text import check_text
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.personalization.profile import Profile
from costeer.personalization.retrieval import telling_words
from costeer.services.answers.journal import AnswerJournal
from costeer.services.answers.prompts import ChatMessage, about_user, public_messages
from costeer.services.answers.run import AnswerRun
from costeer.services.answers.task import AnswerTask, is_told
from costeer.services.disclosure.asking import Chosen, DisclosureWanted, Reply, refusal
from costeer.services.disclosure.placeholders import forms_in, replaced_messages
from costeer.services.disclosure.service import DisclosureService, Outgoing
from costeer.services.documents.service import DocumentService
from costeer.services.endpoints import Connection
from costeer.services.events import AnswerEvent, AnswerFinished, AnswerStarted, NoticeRaised
from costeer.services.feedback import tell_gone_on, write_instead
from costeer.services.learnt import Learnt, LearntService
from costeer.services.library import ConversationLibrary
from costeer.services.local_model import LocalModelService
from costeer.services.options import AskOptions
from costeer.services.profile import ProfileService
from costeer.services.shelves import Shelves
from costeer.services.traffic import TrafficBoard
from costeer.storage.records import BY_THE_USER, AnswerFigures, Conversation, Message, MessageState

log = logging.getLogger(__name__)

LONGEST_PROMPT = 2_000_000
_TITLE_LENGTH = 60
_MESSAGE = Translatable("message")
_CLOSED = Translatable("The local model was closed while it was answering; continue the answer.")
_UNFORESEEN = Translatable("Something went wrong inside the application; the details are in its log.")
_RETRIEVED = 3
_ASKED_AT_MOST = 8
Connect = Callable[[CancelToken], Connection]


class ChatService(ConversationLibrary):
    """Any thread; one answer at a time per conversation is the callers' business."""

    def __init__(
        self,
        shelves: Shelves,
        documents: DocumentService,
        profile: ProfileService,
        models: LocalModelService,
        connect: Connect,
        traffic: TrafficBoard,
        disclosures: DisclosureService,
        learnt: LearntService,
    ) -> None:
        super().__init__(shelves)
        self._learnt = learnt
        self._disclosures = disclosures
        self._documents = documents
        self._profile = profile
        self._models = models
        self._connect = connect
        self._traffic = traffic

    def begin(
        self,
        prompt: str,
        options: AskOptions,
        cancel: CancelToken,
        documents: Sequence[str] = (),
        *,
        temporary: bool = False,
    ) -> Iterator[Conversation | AnswerEvent]:
        """Ask in a new conversation, which is told of first: it is stored with its question, not before. Bad input
        is refused before anything is stored.

        `documents` are ids of documents that wait for a conversation that is not stored yet.
        """
        options.check()
        _check_prompt(prompt, self._documents.length_to_send(documents))
        return self._begin(prompt, options, cancel, documents, temporary)

    def _begin(
        self, prompt: str, options: AskOptions, cancel: CancelToken, documents: Sequence[str], temporary: bool
    ) -> Iterator[Conversation | AnswerEvent]:
        conversation = self.create(temporary=temporary)
        self._documents.adopt(documents, conversation.id)
        yield conversation
        yield from self._ask(conversation.id, None, prompt, options, cancel, documents)

    def ask(
        self,
        conversation_id: str,
        prompt: str,
        options: AskOptions,
        cancel: CancelToken,
        documents: Sequence[str] = (),
    ) -> Iterator[AnswerEvent]:
        """Ask below the active leaf. Bad input is refused before anything is stored.

        `documents` are ids of documents of this conversation that wait for a question.
        """
        options.check()
        _check_prompt(prompt, self._documents.length_to_send(documents))
        return self._ask(conversation_id, None, prompt, options, cancel, documents)

    def edit(
        self,
        question_id: str,
        new_text: str,
        options: AskOptions,
        cancel: CancelToken,
        documents: Sequence[str] | None = None,
    ) -> Iterator[AnswerEvent]:
        """Ask `new_text` in place of a question: a sibling of it, which becomes the active one.

        It has the documents of the question that it replaces, or those given here, as for `ask`.
        """
        options.check()
        question = self.message(question_id)
        there = self._documents.of_conversation(question.conversation)
        kept = [one.id for one in there if one.message == question_id] if documents is None else documents
        _check_prompt(new_text, self._documents.length_to_send(kept))
        if question.role != "user":
            raise BadInput("Only a question can be edited and sent again; choose one.")
        return self._ask(question.conversation, question_id, new_text, options, cancel, documents)

    def edit_answer(self, answer_id: str, text: str) -> Message | None:
        """The user's own `text` in place of an answer: a sibling of it, which becomes the active one and is
        preferred to it. None where it says the same. See `write_instead`."""
        answer = self._written(answer_id)
        return write_instead(self._of(answer.conversation), answer, text, self._said(answer))

    def _ask(
        self,
        conversation_id: str,
        instead_of: str | None,
        prompt: str,
        options: AskOptions,
        cancel: CancelToken,
        documents: Sequence[str] | None,
    ) -> Iterator[AnswerEvent]:
        shelf = self._of(conversation_id)
        conversations = shelf.conversations
        thread = self.thread(conversation_id) if instead_of is None else self._thread_before(instead_of)
        parent = thread[-1].id if thread else None
        asked = Message("", conversation_id, parent, "user", prompt, "complete", datetime.now(UTC))
        given = self._documents_of(asked, instead_of, documents)
        yield from self._cleared([*thread, asked], options, cancel, given)
        question = conversations.add_message(conversation_id, parent, "user", prompt, documents=documents or ())
        if instead_of is None:
            tell_gone_on(shelf, thread)
        if instead_of is not None and documents is None:
            shelf.documents.copy(instead_of, question.id)
        if not thread:
            conversations.rename(conversation_id, _title_from(prompt), "question")
        answer = conversations.add_message(conversation_id, question.id, "assistant", "", "writing")
        yield from self._answer([*thread, question], answer, options, cancel)

    def regenerate(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        """A second answer to the same question, beside the first; it becomes the active one."""
        options.check()
        return self._regenerate(answer_id, options, cancel)

    def _regenerate(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        conversations = self._shelves.of_message(answer_id).conversations
        old = self._written(answer_id)
        thread = self._thread_before(answer_id)
        yield from self._cleared(thread, options, cancel)
        answer = conversations.add_message(old.conversation, old.parent, "assistant", "", "writing")
        yield from self._answer(thread, answer, options, cancel)

    def continue_answer(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        """Go on behind the last final token of an answer that stopped, failed, was interrupted or cut short."""
        options.check()
        return self._continue(answer_id, options, cancel)

    def _continue(self, answer_id: str, options: AskOptions, cancel: CancelToken) -> Iterator[AnswerEvent]:
        answer = self._written(answer_id)
        if self._is_own(answer):
            raise BadInput("You wrote this answer yourself; have the question answered again instead.")
        thread = self._thread_before(answer_id)
        yield from self._cleared(thread, options, cancel)
        yield from self._answer(thread, answer, options, cancel)

    def _documents_of(
        self, asked: Message, instead_of: str | None, documents: Sequence[str] | None
    ) -> dict[str, list[tuple[str, str]]]:
        """What will be sent with a question that is not stored yet."""
        if documents is None and instead_of is not None:
            return {asked.id: self._documents.public_of([self.message(instead_of)]).get(instead_of, [])}
        return {asked.id: self._documents.public_texts(documents or ())}

    def _cleared(
        self,
        thread: Sequence[Message],
        options: AskOptions,
        cancel: CancelToken,
        documents: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
    ) -> Iterator[AnswerEvent]:
        """Have decided what of the conversation may be sent, before anything is stored. `documents` are those of
        questions that are not stored. Raises Cancelled where the user wants nothing to be sent,
        TransmissionRefused where that is how it is set."""
        if options.profile is not None:
            self._profile.protect(options.profile.private_strings)
        if options.offline:
            return
        conversation_id = thread[-1].conversation
        own = {one.text for one in thread if one.role == "assistant" and self._is_own(one)}
        outgoing = [
            Outgoing(one["content"], own=one["role"] != "assistant" or one["content"] in own)
            for one in self._outgoing(thread, options, documents)
        ]
        for _ in range(_ASKED_AT_MOST):  # what is sent as it is may hold another private text
            found = self._disclosures.undecided(conversation_id, outgoing)
            if not found:
                return
            chosen: Chosen | None = Chosen()
            if options.when_found == "refuse":
                raise refusal(found)
            if options.when_found == "ask":
                reply = Reply()
                yield DisclosureWanted(found, reply)
                chosen = reply.wait(cancel)
            if chosen is None:
                raise Cancelled
            if options.when_found == "replace":
                sent_as = tuple(one.instead for one in found)
                yield NoticeRaised(Translatable("Private: sent as {placeholders}.", placeholders=sent_as))
            self._disclosures.decide(conversation_id, [(one.text, one.label) for one in found], chosen, outgoing)

    def _outgoing(
        self,
        thread: Sequence[Message],
        options: AskOptions,
        documents: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
    ) -> list[ChatMessage]:
        """What the cloud is to be told, with nothing replaced yet."""
        sent = Profile() if options.profile is not None else self._profile.sent(self._documents.private_strings())
        stored = self._documents.public_of([one for one in thread if one.role == "user" and one.id])
        return [*about_user(sent), *public_messages(thread, self._said, {**stored, **documents})]

    def _answer(
        self, thread: list[Message], answer: Message, options: AskOptions, cancel: CancelToken
    ) -> Iterator[AnswerEvent]:
        shelf = self._of(answer.conversation)
        if shelf.temporary and options.purpose == "answer":
            self._shelves.keep_off_the_record(answer.id)
        said = "".join(one.text for one in self.traces(answer.id)) if answer.tokens else answer.text
        journal = AnswerJournal(shelf.conversations, answer.id, answer.text, answer.tokens, said)
        figures: Callable[[], AnswerFigures] = AnswerFigures
        state: MessageState = "failed"
        detail = NOTHING
        try:
            yield AnswerStarted(thread[-1], answer)
            options, learnt = self._learnt.usable(options, thread[-1].text)
            for why_not in learnt.missing:
                yield NoticeRaised(why_not)
            run = AnswerRun(self._task(thread, answer, options, learnt, journal, cancel))
            figures = run.figures
            yield from run.events()
            state, detail = "complete", run.unfinished
        except GeneratorExit:
            state = "stopped"
            raise
        except Cancelled:
            if not cancel.cancelled:
                detail = _CLOSED
                raise KnownError(_CLOSED) from None
            state = "stopped"
        except CoSteerError as error:
            detail = error.said
            raise
        except Exception as error:
            log.exception("an answer failed")
            detail = _UNFORESEEN
            raise BugError(_UNFORESEEN) from error
        finally:
            journal.close(state, detail)
            taken = figures()
            shelf.conversations.set_figures(answer.id, taken)
        yield AnswerFinished(shelf.conversations.message(answer.id), taken)

    def _task(
        self,
        thread: list[Message],
        answer: Message,
        options: AskOptions,
        learnt: Learnt,
        journal: AnswerJournal,
        cancel: CancelToken,
    ) -> AnswerTask:
        lent = options.profile
        sent = self._profile.sent(self._documents.private_strings()) if lent is None else Profile()
        questions = [one for one in thread if one.role == "user"]
        documents = self._documents.public_of(questions)
        profile = self._profile.current().without(sent) if lent is None else lent
        retrieved = options.shown or (self.retrieved(thread)[:_RETRIEVED] if options.history else ())
        passages = self._documents.private_passages(questions)
        outgoing = self._outgoing(thread, options)
        decided = self._disclosures.replacements(answer.conversation)
        read_here = (*profile.private_strings, *retrieved, *(text for _, text in passages), *learnt.texts)
        named = self._disclosures.nameable(read_here)
        messages = replaced_messages(outgoing, decided)
        return AnswerTask(
            messages=messages,
            own_messages=[*about_user(sent), *public_messages(thread, documents=documents)],
            profile=profile,
            private_strings=(
                *self._profile.private_strings(),
                *(one.text for one in self._disclosures.words()),
                *(text for text, _ in named),
            ),
            retrieved=retrieved,
            passages=passages,
            stand_ins=decided.with_more(named, (form for one in messages for form in forms_in(one["content"]))),
            disclose=partial(self._disclosures.keep, answer.conversation),
            options=options,
            rewards=learnt.rewards,
            beside_cloud=learnt.beside_cloud,
            find_personal=learnt.alone,
            message_id=answer.id,
            journal=journal,
            cancel=cancel,
            connect=lambda cancel: self._connect(cancel).made_for(options.purpose),
            models=self._models,
            traffic=self._traffic.of_message(answer.id),
            before=self.figures(answer.id) or AnswerFigures(),
            others=self.leak(answer.conversation, without=answer.id),
            remember=partial(self._of(answer.conversation).conversations.set_figures, answer.id),
        )

    def _said(self, answer: Message) -> str:
        """What a cloud may hear of an answer."""
        figures = self.figures(answer.id) or AnswerFigures()
        return answer.text if is_told(figures) else figures.sketch

    def _is_own(self, answer: Message) -> bool:
        figures = self.figures(answer.id)
        return figures is not None and figures.written_by == BY_THE_USER

    def retrieved(self, thread: Sequence[Message]) -> tuple[str, ...]:
        """What the user wrote in other conversations that resembles the question, the most similar first."""
        question = thread[-1]
        telling = telling_words(question.text)
        hits = self._shelves.stored.conversations.search(telling, 10 * _RETRIEVED, question.conversation)
        texts = dict.fromkeys(hit.message.text for hit in hits if hit.message.role == "user")
        return tuple(one for one in texts if one != question.text)

    def _written(self, answer_id: str) -> Message:
        answer = self.message(answer_id)
        if answer.role != "assistant":
            raise BadInput("Only an answer can be written again; choose one.")
        return answer

    def _thread_before(self, message_id: str) -> list[Message]:
        """The branch that leads to a message, which is made the active one."""
        thread = self.show(message_id)
        return thread[: [one.id for one in thread].index(message_id)]


def _check_prompt(prompt: str, sent_with_it: int) -> None:
    """`sent_with_it` counts the characters of public documents."""
    check_text(prompt, _MESSAGE)
    if not prompt.strip():
        raise BadInput("The message is empty; write something to ask.")
    length = len(prompt) + sent_with_it
    if length > LONGEST_PROMPT:
        what = Translatable("message with its documents") if sent_with_it else _MESSAGE
        raise BadInput(
            "The {what} has {count} characters and {most} are allowed; shorten it.",
            what=what,
            count=length,
            most=LONGEST_PROMPT,
        )


def _title_from(prompt: str) -> str:
    first = " ".join(prompt.split())
    return first if len(first) <= _TITLE_LENGTH else first[: _TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
