"""Answers of the cloud: steered token by token, or its own. When its connection breaks, it is reopened behind the
last final token."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from costeer.cloud.client import OpenPrompt, OwnDraws
from costeer.foundation.errors import EndpointUnreachable, StreamBroken
from costeer.foundation.translatable import Translatable
from costeer.local.process import ModelProcess
from costeer.services.answers.branches import open_branches, public_window
from costeer.services.answers.progress import AnswerProgress
from costeer.services.answers.prompts import PublicPrompt
from costeer.services.answers.task import AnswerTask
from costeer.services.answers.tokenizers import name_tokens, without_local_model
from costeer.services.endpoints import Connection
from costeer.services.events import AnswerEvent, PhaseChanged
from costeer.steering.decoders.common import Decoder, DecodeTask, LookaheadOptions, Steps
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.decoders.unsteered import unsteered
from costeer.steering.pieces.vocabulary import PieceVocabulary
from costeer.steering.policy import CONTEXT, MIXTURE, PERSONAL, REWARD
from costeer.steering.types import Cloud
from costeer.steering.vocabulary import Vocabulary

log = logging.getLogger(__name__)

TOP_K = 20
"""Alternatives asked for at each position: what common endpoints give."""

_REOPENED_AT_MOST = 2
_DECODERS: dict[str, Decoder] = {"lookahead": lookahead, "token": token_by_token}


class CloudAnswer:
    """Written by the cloud of `connection` behind the public `prompt`; used on the caller's worker thread.

    `steered` may be followed by `unsteered`: the local model is lost on the way, or a budget is used up.
    """

    def __init__(
        self, task: AnswerTask, progress: AnswerProgress, connection: Connection, prompt: PublicPrompt
    ) -> None:
        self._task = task
        self._progress = progress
        self._connection = connection
        self._prompt = prompt
        self._vocabulary: Vocabulary | None = None
        self._pieces: PieceVocabulary | None = None

    def steered(self, model: ModelProcess) -> Iterator[AnswerEvent]:
        """Raises LocalModelLost when the local model cannot be brought back."""
        task, progress, connection, prompt = self._task, self._progress, self._connection, self._prompt
        progress.write_as(connection.identity)
        naming = name_tokens(model, connection, prompt, task.journal, task.message_id)
        vocabulary = self._vocabulary = naming.vocabulary
        self._pieces = naming.pieces
        draws = connection.client.abilities.draws
        if task.options.policy.fast and not draws:
            progress.notices.append(
                Translatable(
                    "{endpoint} cannot draw as it would have to; this computer does.",
                    endpoint=connection.client.endpoint_name,
                )
            )
        yield PhaseChanged("preparing")
        branches = open_branches(
            model,
            prompt.messages,
            task.profile,
            task.retrieved,
            task.cancel,
            naming.begin,
            passages=task.passages,
            as_shown=task.stand_ins.replaced,
            rewards=task.rewards,
            personal=task.beside_cloud,
        )
        # Public numbers only: the length that a request asks for must not tell how much is private.
        room = public_window(model) - branches.public_length
        progress.set_limit(min(connection.window - prompt.length, room))
        scorer = naming.scorer(branches.session, room)
        shown = (*task.profile.private_strings, *task.looked_up)
        tier = connection.client.abilities.tier
        signals = (CONTEXT, MIXTURE, *(f"{REWARD}{name}" for name, _ in task.options.rewards))
        signals = (*signals, PERSONAL) if task.beside_cloud else signals
        progress.report.begin(tier, signals, shown, prompt, branches.shown)
        chooser = progress.new_chooser(vocabulary, prompt, naming, draws=draws)
        decoder = _DECODERS[task.options.decoder]
        options = LookaheadOptions(prefetch=task.options.prefetch)

        def decode(cloud: Cloud) -> Steps:
            seed = task.options.cloud_seed
            return decoder(
                DecodeTask(cloud, scorer, chooser, vocabulary, progress.limit, progress.counts, seed, options)
            )

        yield from self._reopening(decode, own_draws=False)

    def unsteered(self) -> Iterator[AnswerEvent]:
        """The cloud's own words, behind what has been written."""
        task, progress, client = self._task, self._progress, self._connection.client
        progress.write_as(self._connection.identity)
        if not progress.report.begun:
            progress.report.begin(client.abilities.tier, (), (), self._prompt)
        chooser = progress.chooser
        if chooser is None:
            # Others that tell ids take them with their texts alone.
            by_ids = client.abilities.kind == "llama-server"
            self._pieces = without_local_model(task.journal, ids_told=by_ids)
            vocabulary = Vocabulary((), frozenset()) if self._pieces is None else self._pieces
            chooser = progress.new_chooser(vocabulary, self._prompt)

        def decode(cloud: Cloud) -> Steps:
            return unsteered(cloud, chooser, progress.limit, progress.counts)

        yield from self._reopening(decode, own_draws=not task.options.policy.greedy)

    def reconnect(self) -> None:
        """Reach the same cloud again. Raises EndpointError; BadInput where it has become another."""
        self._connection = self._task.connect(self._task.cancel)
        self._progress.write_as(self._connection.identity)

    def _reopening(self, decode: Callable[[Cloud], Steps], *, own_draws: bool) -> Iterator[AnswerEvent]:
        """Decode; when the connection breaks, go on behind the last final token, a bounded number of times."""
        task, policy = self._task, self._task.options.policy
        for attempt in range(_REOPENED_AT_MOST + 1):
            yield PhaseChanged("waiting")
            opened = open_cloud(
                task, self._progress, self._connection, self._prompt, self._vocabulary, self._pieces
            )
            seed = task.options.cloud_seed
            cloud = OwnDraws(opened, policy.temperature, policy.top_p, seed) if own_draws else opened
            try:
                yield from self._progress.tell(decode(cloud))
                return
            except (StreamBroken, EndpointUnreachable) as broken:
                unreached = isinstance(broken, EndpointUnreachable) and not task.journal.tokens
                if attempt == _REOPENED_AT_MOST or unreached:
                    raise
                log.warning("the stream broke: %s", type(broken).__name__)
                self._progress.notices.append(
                    Translatable("{problem} Going on from the last word.", problem=broken.said)
                )
                yield PhaseChanged("sending")
                self.reconnect()


def open_cloud(
    task: AnswerTask,
    progress: AnswerProgress,
    connection: Connection,
    prompt: PublicPrompt,
    vocabulary: Vocabulary | None = None,
    pieces: PieceVocabulary | None = None,
) -> OpenPrompt:
    """The public `prompt` at the cloud, ready to be answered; what is asked of it counts as the answer's."""

    def spell(tokens: Sequence[int]) -> str:
        """For the guards: what the ids in a request say. Without a vocabulary, what the journal has."""
        if vocabulary is None:
            return prompt.text + task.journal.said
        return prompt.text + vocabulary.join(tokens).decode("utf-8", "replace")

    opened = connection.client.open_prompt(
        prompt.prepared,
        TOP_K,
        task.message_id,
        task.cancel,
        spell=spell,
        vocabulary=vocabulary,
        pieces=pieces,
    )
    progress.opened.append(opened)
    return opened
