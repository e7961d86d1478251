"""One answer, from the prompt to the last token.

The order of things: the local model is made ready (when steering is wanted), the endpoint templates and tokenises
the public conversation, both local branches are shown their prompts, a decoder walks, the journal keeps what is
written. Two things may break on the way without costing the answer: when the local model cannot be brought back,
the cloud goes on unsteered; when the cloud's connection drops, it is reopened behind the last final token.
"""

from __future__ import annotations

import collections
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from costeer.cloud.prompt import LlamaServerPrompt
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import EndpointUnreachable, LocalModelLost, StreamBroken
from costeer.local.process import ModelProcess
from costeer.personalization.profile import Profile
from costeer.services.branches import PRIVATE_SHARE, LocalBranches, open_branches, render_local
from costeer.services.endpoints import Connection
from costeer.services.events import AnswerEvent, NoticeRaised, PhaseChanged, TokensAppended
from costeer.services.journal import AnswerJournal
from costeer.services.local_model import LocalModelService
from costeer.services.options import AskOptions
from costeer.services.prompts import ChatMessage, PublicPrompt, fit_public_prompt
from costeer.services.report import AnswerReport
from costeer.services.traffic import MessageTraffic
from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask
from costeer.steering.decoders.local_only import local_only
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.decoders.unsteered import unsteered
from costeer.steering.masks import StringMask
from costeer.steering.policy import CONTEXT, MIXTURE, Policy
from costeer.steering.types import Cloud, CloudStream
from costeer.steering.vocabulary import Vocabulary, check_same_vocabulary
from costeer.storage.records import AnswerFigures

log = logging.getLogger(__name__)

TOP_K = 20
"""Alternatives asked for at each position: what common endpoints give."""

_REOPENED_AT_MOST = 2
_DECODERS: dict[str, Decoder] = {"lookahead": lookahead, "token": token_by_token}


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTask:
    """Everything one answer needs. `retrieved` are texts from earlier conversations, private."""

    messages: Sequence[ChatMessage]
    profile: Profile
    private_strings: Sequence[str]
    retrieved: Sequence[str]
    options: AskOptions
    message_id: str
    journal: AnswerJournal
    cancel: CancelToken
    connect: Callable[[CancelToken], Connection]
    models: LocalModelService
    traffic: MessageTraffic


class AnswerRun:
    """Runs one AnswerTask; used once, on the caller's worker thread."""

    def __init__(self, task: AnswerTask) -> None:
        self._task = task
        self._options = task.options
        self._counts = DecodeCounts()
        self._notices: collections.deque[str] = collections.deque()
        self._report = AnswerReport(task.traffic, task.options.policy.strength.gain)
        self._chooser: Chooser | None = None
        self._vocabulary: Vocabulary | None = None
        self._opened: list[LlamaServerPrompt] = []

    def figures(self) -> AnswerFigures:
        """What the answer has taken so far."""
        return self._report.figures(self._counts, self._round_trips())

    def _round_trips(self) -> int:
        """As the client counts them: it knows of those that a decoder does not see."""
        return sum(one.figures.round_trips for one in self._opened)

    def events(self) -> Iterator[AnswerEvent]:
        """Write the answer. Raises KnownError or Cancelled; what was decided until then is in the journal."""
        with self._task.models.noticing(self._notices.append):
            for event in self._offline() if self._options.offline else self._online():
                yield from self._noticed()
                yield event
            yield from self._noticed()
        yield PhaseChanged("idle")

    def _noticed(self) -> Iterator[AnswerEvent]:
        while self._notices:
            yield NoticeRaised(self._notices.popleft())

    def _offline(self) -> Iterator[AnswerEvent]:
        """Tier D: the local model with the private context answers alone."""
        yield PhaseChanged("preparing")
        model = self._task.models.ready(cancel=self._task.cancel)
        prompt = fit_public_prompt(
            self._task.messages, self._window(model), lambda some: render_local(model, some), model.tokenize
        )
        branches = self._branches(model, prompt)
        vocabulary = _vocabulary(model)
        signals = (CONTEXT,) if branches.private_text else ()
        self._report.begin("D", signals, (), prompt, len(vocabulary))
        yield PhaseChanged("local only")
        limit = self._limit(model.describe().branch_context - branches.longest)
        yield from self._tell(local_only(branches.session, self._new_chooser(vocabulary), limit, self._counts))

    def _online(self) -> Iterator[AnswerEvent]:
        """The cloud answers, steered unless the strength is 0."""
        known = bool(self._task.profile or self._task.retrieved)
        steering = known and not self._options.policy.strength.is_zero
        model: ModelProcess | None = None
        if steering:
            yield PhaseChanged("preparing")
            model = self._task.models.ready(cancel=self._task.cancel)
        yield PhaseChanged("sending")
        connection = self._task.connect(self._task.cancel)
        client, window = connection.client, connection.window
        prompt = fit_public_prompt(
            self._task.messages,
            min(window, self._window(model)) if model else window,
            lambda some: client.apply_template(some, self._task.message_id),
            lambda text: client.tokenize(text, self._task.message_id),
        )
        limit = self._limit(window - len(prompt.tokens))
        if model is None:
            self._report.begin("A", (), (), prompt, 0)
            yield from self._unsteered(connection, prompt, limit)
            return
        yield from self._steered(connection, model, prompt, limit)

    def _steered(
        self, connection: Connection, model: ModelProcess, prompt: PublicPrompt, limit: int
    ) -> Iterator[AnswerEvent]:
        vocabulary = self._vocabulary = _vocabulary(model)
        check_same_vocabulary(
            model.tokenize(prompt.text), prompt.tokens, model.describe().name, connection.client.endpoint_name
        )
        yield PhaseChanged("preparing")
        branches = self._branches(model, prompt)
        limit = min(limit, self._limit(model.describe().branch_context - branches.longest))
        shown = (*self._task.profile.private_strings, *self._task.retrieved)
        self._report.begin("A", (CONTEXT, MIXTURE), shown, prompt, len(vocabulary))
        chooser = self._new_chooser(vocabulary)
        decoder = _DECODERS[self._options.decoder]

        def decode(cloud: Cloud) -> Iterator[list[Step]]:
            return decoder(DecodeTask(cloud, branches.session, chooser, vocabulary, limit, self._counts))

        try:
            yield from self._reopening(connection, prompt, decode)
        except LocalModelLost as lost:
            log.warning("steering lost for message %s", self._task.message_id)
            self._notices.append(f"{lost.user_message} The rest of this answer is the cloud's own.")
            yield from self._unsteered(self._task.connect(self._task.cancel), prompt, limit)

    def _unsteered(self, connection: Connection, prompt: PublicPrompt, limit: int) -> Iterator[AnswerEvent]:
        chooser = self._chooser or self._new_chooser(Vocabulary((), frozenset()))

        def decode(cloud: Cloud) -> Iterator[list[Step]]:
            return unsteered(cloud, chooser, limit, self._counts)

        yield from self._reopening(connection, prompt, decode)

    def _reopening(
        self, connection: Connection, prompt: PublicPrompt, decode: Callable[[Cloud], Iterator[list[Step]]]
    ) -> Iterator[AnswerEvent]:
        """Decode; when the connection breaks, go on behind the last final token, a bounded number of times."""
        for attempt in range(_REOPENED_AT_MOST + 1):
            yield PhaseChanged("waiting")
            try:
                yield from self._tell(decode(self._open(connection, prompt)))
                return
            except (StreamBroken, EndpointUnreachable) as broken:
                if attempt == _REOPENED_AT_MOST:
                    raise
                log.warning("the stream broke: %s", type(broken).__name__)
                self._notices.append(f"{broken.user_message} Going on from the last word.")
                yield PhaseChanged("sending")
                connection = self._task.connect(self._task.cancel)

    def _open(self, connection: Connection, prompt: PublicPrompt) -> Cloud:
        policy = self._options.policy
        opened = connection.client.open_prompt(
            prompt.tokens, TOP_K, self._task.message_id, self._task.cancel, self._spell
        )
        self._opened.append(opened)
        if policy.strength.is_zero and not policy.greedy:
            return _Sampling(opened, policy, self._options.seed)
        return opened

    def _spell(self, tokens: Sequence[int]) -> str:
        """For the guards: what the answer's ids in a request say. Without a vocabulary, what the journal has."""
        if self._vocabulary is None:
            return self._task.journal.text
        return self._vocabulary.join(tokens).decode("utf-8", "replace")

    def _tell(self, decoding: Iterator[list[Step]]) -> Iterator[AnswerEvent]:
        """Journal the steps and turn them into events. Cancel is looked at between steps."""
        first = True
        for steps in decoding:
            self._task.cancel.raise_if_cancelled()
            if not steps:
                continue
            if first and not self._options.offline:
                yield PhaseChanged("steering")
                first = False
            traces = tuple(one.trace for one in steps if not one.ends)
            text = "".join(one.text for one in traces)
            self._task.journal.add(traces, text)
            self._report.add(steps)
            yield TokensAppended(self._task.message_id, traces, text)
            yield self._report.traffic(self._counts, self._round_trips())

    def _new_chooser(self, vocabulary: Vocabulary) -> Chooser:
        written = self._task.journal.tokens
        self._chooser = Chooser(
            self._options.policy,
            vocabulary,
            seed=self._options.seed,
            mask=StringMask(self._task.private_strings),
            answer=written,
            written=vocabulary.join(written) if len(vocabulary) else self._task.journal.text.encode(),
        )
        return self._chooser

    def _branches(self, model: ModelProcess, prompt: PublicPrompt) -> LocalBranches:
        task = self._task
        return open_branches(model, prompt.messages, task.profile, task.retrieved, task.cancel)

    def _window(self, model: ModelProcess) -> int:
        """Tokens of public conversation and answer that a local branch can hold beside the private prompt."""
        context = model.describe().branch_context
        return context - context // PRIVATE_SHARE

    def _limit(self, room: int) -> int:
        """The greatest length of this answer: what was written before is continued, not counted again."""
        written = len(self._task.journal.tokens)
        return min(written + self._options.max_tokens, max(0, room))


def _vocabulary(model: ModelProcess) -> Vocabulary:
    info = model.describe()
    return Vocabulary(info.token_bytes, info.end_tokens)


@dataclass(frozen=True, slots=True, eq=False)
class _Sampling:
    """The cloud drawing by itself, for an answer that is not steered; a `steering.types.Cloud`."""

    prompt: LlamaServerPrompt
    policy: Policy
    seed: int

    def stream(self, answer: Sequence[int], max_tokens: int) -> CloudStream:
        return self.prompt.plain_stream(
            answer, max_tokens, temperature=self.policy.temperature, top_p=self.policy.top_p, seed=self.seed
        )
