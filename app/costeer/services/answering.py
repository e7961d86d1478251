"""One answer, from the prompt to the last token.

The order of things: the local model is made ready (when steering is wanted), the endpoint templates and tokenises
the public conversation, both local branches are shown their prompts, a decoder walks, the journal keeps what is
written. Two things may break on the way without costing the answer: when the local model cannot be brought back,
the cloud goes on unsteered; when the cloud's connection drops, it is reopened behind the last final token.
"""

from __future__ import annotations

import collections
import contextlib
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial

from costeer.cloud.client import OpenPrompt, OwnDraws
from costeer.foundation.errors import (
    BadInput,
    EndpointError,
    EndpointUnreachable,
    LocalModelLost,
    NeverReached,
    StreamBroken,
)
from costeer.local.process import ModelProcess
from costeer.services.answer_task import THIS_COMPUTER, AnswerTask
from costeer.services.branches import PRIVATE_SHARE, LocalBranches, open_branches, prepare_local
from costeer.services.endpoints import DEMO_TITLE, Connection
from costeer.services.events import AnswerEvent, NoticeRaised, PhaseChanged, TokensAppended
from costeer.services.prompts import PublicPrompt, fit_public_prompt
from costeer.services.report import AnswerReport, Bill, as_traffic
from costeer.services.sketch import CONTRAST, LONGEST_SHARE, WHY_REWRITTEN, shortened, with_sketch
from costeer.services.tokenizers import Naming, local_vocabulary, name_tokens, without_local_model
from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask, LookaheadOptions, Steps
from costeer.steering.decoders.local_only import local_only
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.decoders.unsteered import unsteered
from costeer.steering.masks import StringMask
from costeer.steering.pieces.strings import LocalStrings
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.policy import CONTEXT, MIXTURE
from costeer.steering.types import Cloud
from costeer.steering.vocabulary import Vocabulary
from costeer.storage.records import AnswerFigures

log = logging.getLogger(__name__)

TOP_K = 20
"""Alternatives asked for at each position: what common endpoints give."""

STEERED_TIERS = ("A", "A-")
"""Where the cloud tells alternatives and continues an answer."""

_AT_ONCE = 64
_REOPENED_AT_MOST = 2
_DECODERS: dict[str, Decoder] = {"lookahead": lookahead, "token": token_by_token}


class AnswerRun:
    """Runs one AnswerTask; used once, on the caller's worker thread."""

    def __init__(self, task: AnswerTask) -> None:
        self._task = task
        self._options = task.options
        self._counts = DecodeCounts()
        self._notices: collections.deque[str] = collections.deque()
        self._report = AnswerReport(task.traffic, task.options.effective_strength, task.before)
        self._chooser: Chooser | None = None
        self._vocabulary: Vocabulary | None = None
        self._pieces: PieceVocabulary | None = None
        self._prompt_text = ""
        self._prompt_length = 0
        self._endpoint = ""
        self._connection: Connection | None = None
        self._opened: list[OpenPrompt] = []
        self._written_by = ""
        self._continued = len(task.journal.tokens)
        self._limit = 0
        self._ended = False
        self._draws = True

    def figures(self) -> AnswerFigures:
        """What the answer has taken so far. To the waits that the decoder counts come those of which only the
        client knows: single positions that a server withholds."""
        inside = sum(one.figures.round_trips for one in self._opened) - self._counts.requests
        round_trips = self._counts.round_trips + max(0, inside)
        bill = Bill.of(self._endpoint, self._prompt_length, [one.figures for one in self._opened])
        return self._report.figures(self._counts, round_trips, self._written_by, bill)

    @property
    def unfinished(self) -> str:
        """Why an answer that was not interrupted has no end, in one sentence; empty when it has one."""
        if not self._task.journal.tokens:
            return "The model ended its answer before the first word; ask in another way."
        if self._ended or len(self._task.journal.tokens) < self._limit:
            return ""
        return f"The answer reached its limit of {self._limit} tokens; continue it for more."

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
        self._write_as(f"{THIS_COMPUTER}{model.describe().name}")
        prompt = fit_public_prompt(self._task.own_messages, self._window(model), partial(prepare_local, model))
        branches = self._branches(model, prompt, (), alone=True)
        vocabulary = local_vocabulary(model)
        self._report.begin("D", (CONTEXT,) if branches.private_text else (), (), prompt, len(vocabulary))
        self._set_limit(self._window(model) - branches.public_length)
        yield PhaseChanged("local only")
        chooser = self._new_chooser(vocabulary, prompt)
        yield from self._tell(local_only(branches.session, chooser, self._limit, self._counts))

    def _online(self) -> Iterator[AnswerEvent]:
        """With the cloud; without it when it cannot be reached and has written nothing yet."""
        try:
            yield from self._with_cloud()
        except EndpointUnreachable as unreachable:
            if self._task.journal.tokens or isinstance(unreachable, NeverReached):
                raise  # what another model has begun, this one does not end; and an address may be wrong
            self._notices.append(f"{unreachable.user_message} This computer answers alone.")
            yield from self._offline()
        except EndpointError as error:
            # Neither refused nor broken: it does not do what it was found to do, so it is tested again next time.
            if type(error) is EndpointError and self._connection is not None:
                self._connection.forget()
            raise

    def _with_cloud(self) -> Iterator[AnswerEvent]:
        """The cloud answers, steered unless the strength is 0 or nothing is known of the user."""
        known = bool(self._task.profile or self._task.retrieved)
        model: ModelProcess | None = None
        if known and not self._options.policy.is_zero:
            yield PhaseChanged("preparing")
            try:
                model = self._task.models.ready(cancel=self._task.cancel)
            except LocalModelLost as lost:
                self._lose_steering(lost)
        yield PhaseChanged("sending")
        connection, prompt = self._reach(model)
        self._prompt_text, self._prompt_length = prompt.text, prompt.length
        self._set_limit(connection.window - prompt.length)
        tier = connection.client.abilities.tier
        if model is not None:
            write = self._steered if tier in STEERED_TIERS else self._rewritten
            try:
                yield from write(connection, model, prompt)
                return
            except LocalModelLost as lost:
                self._lose_steering(lost)
                connection = self._task.connect(self._task.cancel)
        self._write_as(connection.identity)
        self._report.begin(tier, (), (), prompt, 0)
        yield from self._unsteered(connection, prompt)

    def _lose_steering(self, lost: LocalModelLost) -> None:
        log.warning("steering lost for message %s", self._task.message_id)
        self._notices.append(f"{lost.user_message} What follows is the cloud's own.")

    def _reach(self, model: ModelProcess | None) -> tuple[Connection, PublicPrompt]:
        """Connect and have the public prompt made; once more when the demo cloud has gone away in between."""
        try:
            return self._prepared(model)
        except EndpointUnreachable:
            if self._endpoint != DEMO_TITLE:
                raise
            return self._prepared(model)

    def _prepared(self, model: ModelProcess | None) -> tuple[Connection, PublicPrompt]:
        connection = self._connection = self._task.connect(self._task.cancel)
        self._endpoint = connection.client.endpoint_name
        prepare = partial(connection.client.prepare, message_id=self._task.message_id, cancel=self._task.cancel)
        window = min(connection.window, self._window(model)) if model else connection.window
        return connection, fit_public_prompt(self._task.messages, window, prepare)

    def _write_as(self, identity: str) -> None:
        """From now on the answer's ids are those of `identity`; refuse to continue another's."""
        before = self._written_by or self._task.before.written_by
        if self._task.journal.tokens and before and before != identity:
            raise BadInput(
                f"This answer was begun by {before} and cannot be continued by {identity}; regenerate it instead."
            )
        if identity != before:
            self._written_by = identity
            self._task.remember(self.figures())

    def _rewritten(
        self, connection: Connection, model: ModelProcess, prompt: PublicPrompt
    ) -> Iterator[AnswerEvent]:
        """The cloud's own answer first, then the local model's, which is made from it."""
        self._write_as(f"{THIS_COMPUTER}{model.describe().name}")
        tier = connection.client.abilities.tier
        self._notices.append(WHY_REWRITTEN[tier].format(connection.client.endpoint_name))
        window = self._window(model)
        sketch = yield from self._sketch(connection, prompt, window // LONGEST_SHARE)
        sketch = shortened(sketch, lambda text: len(model.tokenize(text, False)), window // LONGEST_SHARE)
        self._report.sketched(sketch)
        self._task.remember(self.figures())  # before the first word of this computer's own: see ChatService
        shown = fit_public_prompt(with_sketch(prompt.messages, sketch), window, partial(prepare_local, model))
        branches = self._branches(model, shown, ())
        vocabulary = local_vocabulary(model)
        self._report.begin(tier, (CONTEXT,) if branches.private_text else (), (), prompt, len(vocabulary))
        self._set_limit(window - branches.public_length)
        yield PhaseChanged("local only")
        chooser = self._new_chooser(vocabulary, prompt)
        yield from self._tell(
            local_only(branches.session, chooser, self._limit, self._counts, CONTRAST * self._options.strength)
        )

    def _sketch(
        self, connection: Connection, prompt: PublicPrompt, most: int
    ) -> Generator[AnswerEvent, None, str]:
        """What the cloud answers to the public conversation. As much as came, when its connection breaks."""
        yield PhaseChanged("sketching")
        pieces = PieceVocabulary(LocalStrings((), ()), ())
        opened = self._open(connection, prompt, pieces)
        self._counts.opened(())
        length = max(1, min(most, self._options.max_tokens, connection.window - prompt.length))
        policy, said = self._options.policy, b""
        with contextlib.closing(
            opened.plain_stream(
                (), length, temperature=policy.temperature, top_p=policy.top_p, seed=self._options.seed
            )
        ) as stream:
            try:
                while some := stream.take(_AT_ONCE):  # bounded by `length`
                    self._counts.cloud_positions += len(some)
                    said += b"".join(one.token_bytes for one in some)
                    yield as_traffic(self.figures())
            except StreamBroken as broken:
                if not said.strip():
                    raise
                self._notices.append(f"{broken.user_message} What came of it is used.")
        return said.decode("utf-8", "replace")

    def _steered(self, connection: Connection, model: ModelProcess, prompt: PublicPrompt) -> Iterator[AnswerEvent]:
        self._write_as(connection.identity)
        naming = name_tokens(model, connection, prompt, self._task.journal, self._task.message_id)
        vocabulary = self._vocabulary = naming.vocabulary
        self._pieces = naming.pieces
        self._draws = connection.client.abilities.draws
        if self._options.policy.fast and not self._draws:
            self._notices.append(
                f"{connection.client.endpoint_name} cannot draw as it would have to; this computer does."
            )
        yield PhaseChanged("preparing")
        branches = self._branches(model, prompt, naming.begin)
        # Public numbers only: the length that a request asks for must not tell how much is private.
        room = self._window(model) - branches.public_length
        self._set_limit(min(connection.window - prompt.length, room))
        scorer = naming.scorer(branches.session, room)
        shown = (*self._task.profile.private_strings, *self._task.retrieved)
        tier = connection.client.abilities.tier
        self._report.begin(tier, (CONTEXT, MIXTURE), shown, prompt, len(vocabulary))
        chooser = self._new_chooser(vocabulary, prompt, naming)
        decoder = _DECODERS[self._options.decoder]

        def decode(cloud: Cloud) -> Steps:
            return decoder(
                DecodeTask(
                    cloud,
                    scorer,
                    chooser,
                    vocabulary,
                    self._limit,
                    self._counts,
                    self._options.seed,
                    LookaheadOptions(prefetch=self._options.prefetch),
                )
            )

        yield from self._reopening(connection, prompt, decode, own_draws=False)

    def _unsteered(self, connection: Connection, prompt: PublicPrompt) -> Iterator[AnswerEvent]:
        chooser = self._chooser
        if chooser is None:
            self._pieces = without_local_model(self._task.journal, ids_told=connection.client.abilities.token_ids)
            chooser = self._new_chooser(
                Vocabulary((), frozenset()) if self._pieces is None else self._pieces, prompt
            )

        def decode(cloud: Cloud) -> Steps:
            return unsteered(cloud, chooser, self._limit, self._counts)

        yield from self._reopening(connection, prompt, decode, own_draws=not self._options.policy.greedy)

    def _reopening(
        self,
        connection: Connection,
        prompt: PublicPrompt,
        decode: Callable[[Cloud], Steps],
        *,
        own_draws: bool,
    ) -> Iterator[AnswerEvent]:
        """Decode; when the connection breaks, go on behind the last final token, a bounded number of times."""
        for attempt in range(_REOPENED_AT_MOST + 1):
            yield PhaseChanged("waiting")
            opened = self._open(connection, prompt, self._pieces)
            policy = self._options.policy
            cloud = OwnDraws(opened, policy.temperature, policy.top_p, self._options.seed) if own_draws else opened
            try:
                yield from self._tell(decode(cloud))
                return
            except (StreamBroken, EndpointUnreachable) as broken:
                unreached = isinstance(broken, EndpointUnreachable) and not self._task.journal.tokens
                if attempt == _REOPENED_AT_MOST or unreached:
                    raise
                log.warning("the stream broke: %s", type(broken).__name__)
                self._notices.append(f"{broken.user_message} Going on from the last word.")
                yield PhaseChanged("sending")
                connection = self._task.connect(self._task.cancel)
                self._write_as(connection.identity)

    def _open(self, connection: Connection, prompt: PublicPrompt, pieces: PieceVocabulary | None) -> OpenPrompt:
        opened = connection.client.open_prompt(
            prompt.prepared,
            TOP_K,
            self._task.message_id,
            self._task.cancel,
            spell=self._spell,
            vocabulary=self._vocabulary,
            pieces=pieces,
        )
        self._opened.append(opened)
        return opened

    def _spell(self, tokens: Sequence[int]) -> str:
        """For the guards: what the ids in a request say. Without a vocabulary, what the journal has."""
        if self._vocabulary is None:
            return self._prompt_text + self._task.journal.text
        return self._prompt_text + self._vocabulary.join(tokens).decode("utf-8", "replace")

    def _tell(self, decoding: Steps) -> Iterator[AnswerEvent]:
        """Journal the steps and turn them into events. Cancel is looked at between steps."""
        first = True
        with contextlib.closing(decoding) as all_steps:
            for steps in all_steps:
                self._task.cancel.raise_if_cancelled()
                if first and not self._options.offline:
                    yield PhaseChanged("steering")
                    first = False
                yield from self._keep(steps)

    def _keep(self, steps: list[Step]) -> Iterator[AnswerEvent]:
        traces = tuple(one.trace for one in steps if not one.ends)
        text = "".join(one.text for one in traces)
        self._ended = any(one.ends for one in steps)
        self._task.journal.add(traces, text)
        self._report.add(steps)
        yield TokensAppended(self._task.message_id, traces, text)
        yield as_traffic(self.figures())

    def _new_chooser(self, vocabulary: Vocabulary, prompt: PublicPrompt, naming: Naming | None = None) -> Chooser:
        journal = self._task.journal
        answer: Sequence[int] = naming.answer if naming else journal.tokens
        if naming is None and isinstance(vocabulary, PieceVocabulary):
            answer = vocabulary.continued(len(journal.tokens))
        policy = self._options.policy_where(draws=self._draws)
        self._chooser = Chooser(
            naming.policy(policy) if naming else policy,
            vocabulary,
            seed=self._options.seed,
            mask=StringMask(
                (*self._task.private_strings, *self._task.retrieved),
                public="\n".join(one["content"] for one in prompt.messages),
            ),
            answer=answer,
            written=vocabulary.join(answer) if len(vocabulary) else journal.text.encode(),
        )
        return self._chooser

    def _branches(
        self, model: ModelProcess, prompt: PublicPrompt, begin: Sequence[int], *, alone: bool = False
    ) -> LocalBranches:
        task = self._task
        return open_branches(model, prompt.messages, task.profile, task.retrieved, task.cancel, begin, alone=alone)

    def _window(self, model: ModelProcess) -> int:
        """Tokens of public conversation and answer that a local branch can hold beside the private prompt."""
        context = model.describe().branch_context
        return context - context // PRIVATE_SHARE

    def _set_limit(self, room: int) -> None:
        """The greatest length of this answer: what was written before is continued, not counted again."""
        self._limit = min(self._continued + self._options.max_tokens, max(0, room))
