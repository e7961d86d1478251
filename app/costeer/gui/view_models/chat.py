"""The conversation on the screen, and the answer being written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from PySide6.QtCore import QObject, Signal

from costeer.cloud.retries import Wait, WaitOver
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KnownError
from costeer.foundation.translatable import NOTHING
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.threads import Desk, OpenedThread, Place, Run, can_continue, put_run, read_thread
from costeer.gui.view_models.traces import TraceViewModel
from costeer.gui.view_models.waits import WaitsViewModel
from costeer.gui.wording import translated
from costeer.services.chat import ChatService
from costeer.services.disclosure.asking import DisclosureWanted
from costeer.services.events import (
    AnswerEvent,
    AnswerFinished,
    AnswerStarted,
    NoticeRaised,
    Phase,
    PhaseChanged,
    TokensAppended,
    TrafficChanged,
)
from costeer.services.options import AskOptions
from costeer.storage.records import AnswerFigures, Conversation, Message

OptionsSource = Callable[[], AskOptions]

ShownPhase = Phase | Literal["reading"]
"""`reading`: the prompt is read, here or by the cloud, before the first token."""


class ChatViewModel(QObject):
    """One conversation is shown, at most one answer is written, not necessarily in the conversation shown.

    A new conversation is stored with its first question. What `message_put` tells of is in `messages`.
    What could not be asked is given back, with the Desk that it was written on.
    `busy_changed` tells of `busy_here`, the conversation shown; `writing_changed` of the answer, wherever it is.
    While `thread_shown` tells that another branch of the same conversation is shown, `turned_at` is where the two
    part, counted in messages; None means another conversation.
    """

    thread_shown = Signal()
    message_put = Signal(object)
    messages_dropped = Signal(tuple)
    busy_changed = Signal(bool)
    writing_changed = Signal()
    phase_changed = Signal(str)
    traffic_changed = Signal(str, object)
    answer_started = Signal(str)
    answer_finished = Signal(str)
    figures_read = Signal(str)
    branches_changed = Signal()
    conversation_touched = Signal()
    notice_raised = Signal(str)
    failed = Signal(Exception)
    prompt_returned = Signal(object, str)
    disclosure_wanted = Signal(object)
    asked_no_more = Signal()
    edit_returned = Signal(object, str, str)

    def __init__(
        self,
        chat: ChatService,
        traces: TraceViewModel,
        options: OptionsSource,
        waits: WaitsViewModel,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._traces = traces
        self._options = options
        self._waits = waits
        self._jobs = jobs
        self._run: Run | None = None
        self._opening = 0
        self.phase: ShownPhase = "idle"
        self.conversation_id: str | None = None
        self.temporary = False
        self.messages: list[Message] = []
        self.figures: dict[str, AnswerFigures] = {}
        self.branches: dict[str, Place] = {}
        self.turned_at: int | None = None

    @property
    def desk(self) -> Desk:
        """Where the next question is written."""
        return Desk(self.conversation_id, self.temporary)

    @property
    def busy(self) -> bool:
        return self._run is not None

    @property
    def busy_here(self) -> bool:
        """Whether the answer being written is one of the conversation shown."""
        return self._run is not None and self._shows(self._run)

    @property
    def writing_conversation(self) -> str | None:
        """Where an answer is being written, once that is stored."""
        return self._run.conversation if self._run else None

    @property
    def writing_id(self) -> str | None:
        """The answer being written, if there is one."""
        return self._run.answer.id if self._run and self._run.answer else None

    @property
    def last_answer(self) -> Message | None:
        return next((one for one in reversed(self.messages) if one.role == "assistant"), None)

    def message(self, message_id: str | None) -> Message | None:
        """One of those on the screen."""
        return next((one for one in self.messages if one.id == message_id), None)

    def branch_of(self, message_id: str) -> Place:
        """Which of how many versions of it a message is, from 0."""
        return self.branches.get(message_id, (0, 1))

    def figures_of(self, message_id: str) -> AnswerFigures | None:
        """What an answer on the screen took, once that is known."""
        return self.figures.get(message_id)

    def open_new(self, *, temporary: bool = False) -> None:
        """An empty conversation, stored once something is asked; a temporary one never is."""
        self._opening += 1
        self._show(None, OpenedThread([], {}, temporary))

    def open(self, conversation: Conversation) -> None:
        self.open_at(conversation.id, None)

    def open_at(self, conversation_id: str, message_id: str | None) -> None:
        """Read a conversation and show it, on the branch that holds a message, if one is given."""
        self._read(conversation_id, lambda: message_id is not None and self._chat.show(message_id))

    def switch(self, message_id: str, index: int) -> None:
        """Show version number `index` (from 0) of a message that is shown, and what follows it."""
        conversation_id = self.conversation_id
        at = next((at for at, one in enumerate(self.messages) if one.id == message_id), None)
        begins = self._run is not None and self._run.answer is None  # and is about to choose a branch itself
        if conversation_id is None or at is None or begins:
            return
        self._read(conversation_id, lambda: self._chat.switch(message_id, index), at)

    def send(self, prompt: str, documents: Sequence[str] = ()) -> None:
        """Ask in the conversation shown, with documents that wait in it. Nothing happens while an answer is being
        written."""
        if self.busy or not prompt.strip():
            return
        options, run, shown = self._options(), self._new_run(prompt), self.conversation_id

        def ask() -> Iterator[Conversation | AnswerEvent]:
            if shown is None:
                return self._chat.begin(prompt, options, run.cancel, documents, temporary=run.temporary)
            return self._chat.ask(shown, prompt, options, run.cancel, documents)

        self._start(run, ask)

    def edit(self, question_id: str, prompt: str) -> None:
        """Ask `prompt` in place of a question, which stays reachable as another version of it."""
        if not self.busy and prompt.strip():
            options, run = self._options(), self._new_run(prompt)
            run.edited = question_id
            self._start(run, lambda: self._chat.edit(question_id, prompt, options, run.cancel))

    def regenerate(self, answer_id: str | None = None) -> None:
        """Write an answer anew, beside the old one; the last if none is named."""
        answer = self.last_answer if answer_id is None else self.message(answer_id)
        if answer is not None and not self.busy:
            options, run, wanted = self._options(), self._new_run(), answer.id
            self._start(run, lambda: self._chat.regenerate(wanted, options, run.cancel))

    def continue_answer(self, answer_id: str | None = None) -> None:
        """Go on with an answer where it was stopped or broke off; with the last if none is named."""
        answer = self.last_answer if answer_id is None else self.message(answer_id)
        if answer is not None and not self.busy and can_continue(answer):
            options, run, wanted = self._options(), self._new_run(), answer.id
            self._start(run, lambda: self._chat.continue_answer(wanted, options, run.cancel))

    def stop(self) -> None:
        """Stop the answer being written in the conversation shown; what is written stays."""
        if self.busy_here:
            self.stop_everywhere()

    def stop_everywhere(self) -> None:
        """Stop the answer being written, in whichever conversation."""
        if self._run is not None:
            self._run.cancel.cancel()
            self._waits.end()

    def when_free(self, conversation_id: str, then: Callable[[], None]) -> None:
        """Run `then` once no answer is being written in this conversation; stops the one that is."""
        if self._run is not None and self._run.conversation == conversation_id:
            self._run.after.append(then)
            self.stop_everywhere()
        else:
            then()

    def forget(self, conversation_id: str) -> None:  # it was deleted
        if conversation_id == self.conversation_id:
            self.open_new()

    def _read(self, conversation_id: str, choose: Callable[[], object], turned_at: int | None = None) -> None:
        """Show a conversation on the branch that `choose` makes the active one, unless something else is shown
        before it has been read."""
        self._opening += 1
        ticket = self._opening

        def read() -> OpenedThread:
            choose()
            return read_thread(self._chat, conversation_id)

        job = self._jobs.run(read)
        job.succeeded.connect(
            lambda thread: self._show(conversation_id, thread, turned_at) if ticket == self._opening else None
        )
        job.failed.connect(self.failed)

    def _show(self, conversation_id: str | None, thread: OpenedThread, turned_at: int | None = None) -> None:
        self.conversation_id = conversation_id
        self.messages = thread.messages
        self.figures = thread.figures
        self.branches = thread.branches
        self.temporary = thread.temporary
        if self._run and self._run.conversation == conversation_id:
            self.messages, _ = put_run(self.messages, self.branches, self._run)
        self.turned_at = turned_at
        self.thread_shown.emit()
        self.busy_changed.emit(self.busy_here)

    def _new_run(self, prompt: str = "") -> Run:
        return Run(CancelToken(), self.conversation_id, self._opening, prompt, temporary=self.temporary)

    def _start(self, run: Run, work: Callable[[], Iterator[object]]) -> None:
        self._run = run
        self._set_phase("preparing")
        self.busy_changed.emit(True)
        self.writing_changed.emit()
        job = self._jobs.run_telling(self._waits.beside(work))
        job.advanced.connect(lambda items: self._on_advanced(run, items))
        job.failed.connect(lambda error: self._on_failed(run, error))
        job.ended.connect(lambda: self._on_ended(run))

    def _shows(self, run: Run) -> bool:
        if run.conversation is None:
            return self.conversation_id is None and run.opening == self._opening
        return run.conversation == self.conversation_id

    def _on_advanced(self, run: Run, items: tuple[object, ...]) -> None:
        """Take a batch: the text grows once however many events brought it."""
        grown = False
        for item in items:
            match item:
                case Conversation():
                    self._on_created(run, item)
                case AnswerStarted():
                    self._on_answer_started(run, item)
                case TokensAppended() if run.answer is not None:
                    run.answer = dataclasses.replace(run.answer, text=run.answer.text + item.text)
                    self._traces.add(run.answer.id, item.tokens)
                    self._waits.on_tokens()
                    grown = True
                case PhaseChanged():
                    self._on_phase_changed(run, item.phase)
                case TrafficChanged() if run.answer is not None:
                    self.traffic_changed.emit(run.answer.id, item)
                case DisclosureWanted():
                    self.disclosure_wanted.emit(item)
                case NoticeRaised():
                    self.notice_raised.emit(translated(item.text))
                case Wait() | WaitOver() if not run.cancel.cancelled:
                    self._waits.take(item)
                case AnswerFinished():
                    self._on_answer_finished(run, item)
                    grown = False
        if grown and run.answer is not None:
            self._put(run, run.answer)

    def _on_created(self, run: Run, conversation: Conversation) -> None:
        if self._shows(run):
            self.conversation_id = conversation.id
        run.conversation = conversation.id
        self.writing_changed.emit()

    def _on_phase_changed(self, run: Run, phase: Phase) -> None:
        """Once the cloud has been reached, what is being prepared is the prompt."""
        run.reached |= phase == "sending"
        self._set_phase("reading" if run.reached and phase == "preparing" else phase)

    def _on_answer_started(self, run: Run, event: AnswerStarted) -> None:
        run.question = event.question
        run.answer = dataclasses.replace(event.answer, state="writing", detail=NOTHING)
        dropped: tuple[str, ...] = ()
        if self._shows(run):
            self.messages, dropped = put_run(self.messages, self.branches, run)
        if self._shows(run) and self.message(run.answer.id) is not None:
            self.figures.pop(run.answer.id, None)  # those of what is continued would look like the end's
            if dropped:
                self.messages_dropped.emit(dropped)
            self.message_put.emit(run.question)
            if not run.answer.text:
                self._traces.begin(run.answer.id)
            self.message_put.emit(run.answer)
            self.answer_started.emit(run.answer.id)
            self._read_branches(event.answer.conversation)
        self.conversation_touched.emit()

    def _read_branches(self, conversation_id: str) -> None:
        """A new message may be another version of one that is there."""
        job = self._jobs.run(lambda: self._chat.branches(conversation_id))
        job.succeeded.connect(lambda branches: self._on_branches_read(conversation_id, branches))
        job.failed.connect(self.failed)

    def _on_branches_read(self, conversation_id: str, branches: dict[str, Place]) -> None:
        if conversation_id == self.conversation_id:
            self.branches = branches
            self.branches_changed.emit()

    def _on_answer_finished(self, run: Run, event: AnswerFinished) -> None:
        run.answer = event.answer
        if self._shows(run):
            self.figures[event.answer.id] = event.figures
            self._put(run, event.answer)

    def _put(self, run: Run, message: Message) -> None:
        if self._shows(run) and self.message(message.id) is not None:
            self.messages = [message if one.id == message.id else one for one in self.messages]
            self.message_put.emit(message)

    def _on_failed(self, run: Run, error: Exception) -> None:
        if run.answer is not None:
            detail = error.said if isinstance(error, KnownError) else NOTHING
            run.answer = dataclasses.replace(run.answer, state="failed", detail=detail)
            self._put(run, run.answer)
        self.failed.emit(error)

    def _on_ended(self, run: Run) -> None:
        self._run = None
        self._waits.end()
        self.asked_no_more.emit()
        self._set_phase("idle")
        self.busy_changed.emit(False)
        self.writing_changed.emit()
        if run.answer is not None:
            # Without its end the answer keeps the state "writing"; it is stopped all the same.
            if run.answer.state == "writing":
                self._put(run, dataclasses.replace(run.answer, state="stopped"))
            self.answer_finished.emit(run.answer.id)
            if self._shows(run) and run.answer.id not in self.figures:
                self._read_figures(run.answer.id)
        self.conversation_touched.emit()
        if run.answer is None:
            self._give_back(run)
        for then in run.after:
            then()

    def _give_back(self, run: Run) -> None:
        """What was not asked, for whatever reason, is still to be asked."""
        if run.edited is not None:
            self.edit_returned.emit(run.desk, run.edited, run.prompt)
        elif run.prompt:
            self.prompt_returned.emit(run.desk, run.prompt)

    def _read_figures(self, message_id: str) -> None:
        """An answer that failed does not tell what it took; that is stored with it."""
        job = self._jobs.run(lambda: self._chat.figures(message_id))
        job.succeeded.connect(lambda figures: self._on_figures_read(message_id, figures))
        job.failed.connect(self.failed)

    def _on_figures_read(self, message_id: str, figures: AnswerFigures | None) -> None:
        if figures is not None and any(one.id == message_id for one in self.messages):
            self.figures[message_id] = figures
            self.figures_read.emit(message_id)

    def _set_phase(self, phase: ShownPhase) -> None:
        if phase != self.phase:
            self.phase = phase
            self.phase_changed.emit(phase)
