"""One answer, from the prompt to the last token.

The order of things: the local model is made ready (when steering is wanted), the endpoint templates and tokenises
the public conversation, both local branches are shown their prompts, a decoder walks, the journal keeps what is
written. Two things may break on the way without costing the answer: when the local model cannot be brought back,
the cloud goes on unsteered; when the cloud's connection drops, it is reopened behind the last final token.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial

from costeer.foundation.errors import EndpointError, EndpointUnreachable, LocalModelLost, NeverReached
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.services.answers.branches import public_window
from costeer.services.answers.from_cloud import CloudAnswer
from costeer.services.answers.from_here import LocalAnswer
from costeer.services.answers.progress import AnswerProgress
from costeer.services.answers.prompts import PublicPrompt, fit_public_prompt
from costeer.services.answers.task import AnswerTask
from costeer.services.endpoints import DEMO_TITLE, Connection
from costeer.services.events import AnswerEvent, PhaseChanged
from costeer.storage.records import AnswerFigures

log = logging.getLogger(__name__)

STEERED_TIERS = ("A", "A-")
"""Where the cloud tells alternatives and continues an answer."""


class AnswerRun:
    """Runs one AnswerTask; used once, on the caller's worker thread."""

    def __init__(self, task: AnswerTask) -> None:
        self._task = task
        self._progress = AnswerProgress(task)
        self._connection: Connection | None = None

    def figures(self) -> AnswerFigures:
        """What the answer has taken so far."""
        return self._progress.figures()

    @property
    def unfinished(self) -> Translatable:
        """Why an answer that was not interrupted has no end, in one sentence; empty when it has one."""
        return self._progress.unfinished

    def events(self) -> Iterator[AnswerEvent]:
        """Write the answer. Raises KnownError or Cancelled; what was decided until then is in the journal."""
        with self._task.models.noticing(self._progress.notices.append):
            for event in self._offline() if self._task.options.offline else self._online():
                yield from self._progress.noticed()
                yield event
            yield from self._progress.noticed()
        yield PhaseChanged("idle")

    def _offline(self) -> Iterator[AnswerEvent]:
        yield PhaseChanged("preparing")
        model = self._task.models.ready(cancel=self._task.cancel)
        yield from LocalAnswer(self._task, self._progress, model).alone()

    def _online(self) -> Iterator[AnswerEvent]:
        """With the cloud; without it when it cannot be reached and has written nothing yet."""
        try:
            yield from self._with_cloud()
        except EndpointUnreachable as unreachable:
            if self._task.journal.tokens or isinstance(unreachable, NeverReached):
                raise  # what another model has begun, this one does not end; and an address may be wrong
            self._progress.notices.append(
                Translatable("{problem} This computer answers alone.", problem=unreachable.said)
            )
            yield from self._offline()
        except EndpointError as error:
            # Neither refused nor broken: it does not do what it was found to do, so it is tested again next time.
            if type(error) is EndpointError and self._connection is not None:
                self._connection.forget()
            raise

    def _with_cloud(self) -> Iterator[AnswerEvent]:
        """The cloud answers, steered as far as a budget goes, unless the strength is 0 or nothing is known of the
        user."""
        known = bool(self._task.profile or self._task.looked_up or self._task.rewards or self._task.beside_cloud)
        model: ModelProcess | None = None
        if known and not self._task.options.policy.is_zero:
            yield PhaseChanged("preparing")
            try:
                model = self._task.models.ready(cancel=self._task.cancel)
            except LocalModelLost as lost:
                self._lose_steering(lost)
        yield PhaseChanged("sending")
        connection, prompt = self._reach(model)
        self._progress.prompt_length = prompt.length
        self._progress.set_limit(connection.window - prompt.length)
        from_cloud = CloudAnswer(self._task, self._progress, connection, prompt)
        if model is not None:
            steered = connection.client.abilities.tier in STEERED_TIERS
            try:
                if not steered:
                    yield from LocalAnswer(self._task, self._progress, model).rewritten(connection, prompt)
                    return
                if self._progress.begin_steering():
                    yield from from_cloud.steered(model)
                    if self._progress.may_steer() or self._progress.ended:
                        return
            except LocalModelLost as lost:
                self._lose_steering(lost)
                from_cloud.reconnect()
        yield from from_cloud.unsteered()

    def _lose_steering(self, lost: LocalModelLost) -> None:
        log.warning("steering lost for message %s", self._task.message_id)
        self._progress.notices.append(
            Translatable("{problem} What follows is the cloud's own.", problem=lost.said)
        )

    def _reach(self, model: ModelProcess | None) -> tuple[Connection, PublicPrompt]:
        """Connect and have the public prompt made; once more when the demo cloud has gone away in between."""
        try:
            return self._prepared(model)
        except EndpointUnreachable:
            if self._progress.endpoint != DEMO_TITLE:
                raise
            return self._prepared(model)

    def _prepared(self, model: ModelProcess | None) -> tuple[Connection, PublicPrompt]:
        connection = self._connection = self._task.connect(self._task.cancel)
        self._progress.endpoint = connection.client.endpoint_name
        prepare = partial(connection.client.prepare, message_id=self._task.message_id, cancel=self._task.cancel)
        window = min(connection.window, public_window(model)) if model else connection.window
        return connection, fit_public_prompt(self._task.messages, window, prepare)
