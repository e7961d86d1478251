"""The model process as the rest of the application sees it: restarting by itself, callable from any thread.

A session keeps its prompts and every call carries the whole answer, so whatever the process had in its cache
can be made again: after a death the same call is simply repeated. Calls are serialised by one lock.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from costeer.foundation.cancel import CancelToken, any_of, holding
from costeer.foundation.child_process import ChildLost, spawn_context
from costeer.foundation.errors import BadInput, BugError, LocalModelLost, PromptTooLong
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.local.child import ModelChild
from costeer.local.gguf_check import check_adapter, check_file
from costeer.local.messages import (
    KNOCKOUT_LIMIT,
    MOST_BRANCHES,
    Loaded,
    LocalModelOptions,
    SharedArea,
    Span,
)
from costeer.local.template_process import TemplateProcess
from costeer.local.timing import StepTiming
from costeer.privacy.sealable_file import SealableFile
from costeer.steering.rows import LogitsRow
from costeer.steering.types import Float32Array, FloatArray, StepCost

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_RESTARTS = 3
"""Restarts per session, and per call outside one, until LocalModelLost is raised."""

MOST_TEXT_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class LocalModelInfo:
    """What a model is. `token_bytes[i]` is what token `i` adds to a text, `control_tokens` are those that no text
    has; `branch_context` counts the tokens (prompt and answer) that each branch can hold; `chat_template` is empty
    when the file has none."""

    name: str
    n_vocab: int
    token_bytes: tuple[bytes, ...]
    end_tokens: frozenset[int]
    control_tokens: frozenset[int]
    chat_template: str
    bos_text: str
    eos_text: str
    branch_context: int


class RestartBudget:
    """How often the process may still be restarted for the sake of one session or call."""

    def __init__(self, restarts: int = MOST_RESTARTS) -> None:
        self._left = restarts

    def spend(self, lost: ChildLost) -> None:
        """Raises LocalModelLost when nothing is left."""
        if self._left == 0:
            raise LocalModelLost(
                "The local model keeps failing (it {how}); continue without steering, or choose a smaller model.",
                how=lost.said,
            ) from lost
        self._left -= 1


class ModelProcess:
    """A local model in a child process. All methods may be called from any thread; `close` at any time, and
    from then on every call raises Cancelled.

    `on_restart` gets one sentence for the user whenever the process had to be replaced. It runs on the thread
    whose call met the death and must not call this object.
    """

    def __init__(
        self,
        model_file: Path,
        options: LocalModelOptions | None = None,
        *,
        templates: TemplateProcess | None = None,
        on_restart: Callable[[Translatable], None] | None = None,
    ) -> None:
        """Without `templates` (not closed here) it has a process of its own for the model's chat template."""
        self._templates = templates or TemplateProcess()
        self._owns_templates = templates is None
        self._file = model_file
        self._options = options or LocalModelOptions()
        self._on_restart = on_restart
        self._lock = threading.Lock()
        self._closed = CancelToken()
        self._numbers = itertools.count(1)
        self._sessions = itertools.count(1)
        self._shared: SharedArea | None = None
        self._child: ModelChild | None = None
        self._info: LocalModelInfo | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the model process, None while it does not run."""
        child = self._child
        return child.pid if child else None

    @property
    def beats(self) -> int:
        """Grows while llama.cpp makes progress."""
        return self._shared.beat if self._shared else 0

    def start(self, progress: ProgressCallback = ignore_progress, cancel: CancelToken | None = None) -> None:
        """Load the model, unless it is loaded.

        Raises ModelError when the file cannot be used, LocalModelLost when the process dies over it twice,
        Cancelled.
        """
        self.call(lambda _child, _cancel: None, RestartBudget(1), cancel, progress)

    def describe(self) -> LocalModelInfo:
        """What the model is; starts the process when it has never run."""
        if self._info is None:
            self.start()
        if self._info is None:
            raise BugError("The local model has started without telling what it is; please report this.")
        return self._info

    def render(self, messages: Sequence[Mapping[str, str]], cancel: CancelToken | None = None) -> str:
        """The conversation in the model's own chat template, ready for its answer. See `TemplateProcess`."""
        info = self.describe()
        return self._templates.render(
            info.chat_template, messages, cancel, bos_text=info.bos_text, eos_text=info.eos_text
        )

    def tokenize(self, text: str, parse_special: bool = True) -> list[int]:
        """`text` as token ids, without begin or end tokens; `parse_special` makes ids of control tokens' texts."""
        data = text.encode("utf-8", "replace")
        if len(data) > MOST_TEXT_BYTES:
            raise BadInput("A text of {count} bytes is too long for the local model; shorten it.", count=len(data))
        return self.call(lambda child, stop: child.tokenize(data, parse_special, stop), RestartBudget())

    def open(
        self,
        *prompts: Sequence[int],
        adapters: Sequence[SealableFile | None] = (),
        cancel: CancelToken | None = None,
    ) -> LocalSession:
        """Show each branch its prompt (token ids) and read them into the cache: first the branch with all of the
        private context, last the one without any. `adapters` are the branches' LoRA files, None where there is
        none; the branches that it does not reach have none.

        Cells shared with the previous session's prompts and answer are kept. `cancel` stops this call and
        the session's later ones. Raises PromptTooLong, LocalModelLost, ModelError (of an adapter's file, too),
        Cancelled.
        """
        info = self.describe()
        if not 1 <= len(prompts) <= MOST_BRANCHES or len(adapters) > len(prompts):
            raise BugError("A session cannot have {count} branches here; please report this.", count=len(prompts))
        for prompt in prompts:
            check_tokens(prompt, info.n_vocab)
            if not prompt:
                raise BadInput("The local model needs a prompt that is not empty; write a message.")
            if len(prompt) >= info.branch_context:
                raise PromptTooLong(
                    "The prompt has {count} tokens and the local model holds {room}; "
                    "shorten the conversation or the private context.",
                    count=len(prompt),
                    room=info.branch_context,
                )
        files = tuple(adapters) + (None,) * (len(prompts) - len(adapters))
        for file in files:
            if file is not None:
                check_adapter(file)
        session = LocalSession(self, next(self._sessions), tuple(map(tuple, prompts)), files, cancel)
        session.prefill()
        return session

    @property
    def knockout_limit(self) -> int:
        """Tokens that a text may have whose parts are hidden in turn."""
        return min(KNOCKOUT_LIMIT, self.describe().branch_context)

    def knock_out(
        self,
        tokens: Sequence[int],
        targets: int,
        spans: Sequence[Span],
        *,
        tail: int,
        cancel: CancelToken | None = None,
    ) -> FloatArray:
        """How likely the last `targets` of `tokens` are, and how likely with each of the `spans` hidden from them
        and from the `tail` tokens before them. Log-probabilities in nats, shape (1 + len(spans), targets).

        The open session keeps its cache. Raises ModelError when this kind of model cannot hide anything,
        LocalModelLost, Cancelled.
        """
        check_tokens(tokens, self.describe().n_vocab)
        if not 0 < targets + tail < len(tokens) <= self.knockout_limit:
            raise BugError(
                "{targets} of {count} tokens were asked about; please report this.",
                targets=targets,
                count=len(tokens),
            )
        return self.call(
            lambda child, stop: child.knock_out(tokens, targets, spans, tail, stop), RestartBudget(), cancel
        )

    def close(self) -> None:
        """Stop whatever is under way (it raises Cancelled) and end the process. May be called again."""
        self._closed.cancel()
        if self._owns_templates:
            self._templates.close()
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None

    def __enter__(self) -> ModelProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        work: Callable[[ModelChild, CancelToken], T],
        restarts: RestartBudget,
        cancel: CancelToken | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> T:
        """Do `work` with a running child, again after each restart, as often as `restarts` allows.

        For this module: sessions are made of it. Nobody else uses the child while `work` runs.
        """
        with any_of(self._closed, cancel) as either, holding(self._lock, either):
            while True:  # bounded by `restarts`
                try:
                    return work(self._running(progress, either), either)
                except ChildLost as lost:
                    self._child = None
                    log.warning("The model process %s", lost)
                    restarts.spend(lost)
                    if self._on_restart is not None:
                        self._on_restart(
                            Translatable("The local model {how} and is being restarted.", how=lost.said)
                        )

    def _running(self, progress: ProgressCallback, cancel: CancelToken) -> ModelChild:
        if self._child is not None:
            return self._child
        check_file(self._file)
        cancel.raise_if_cancelled()
        if self._shared is None:
            self._shared = SharedArea(spawn_context())
        child = ModelChild(self._file, self._options, self._shared, self._numbers)
        try:
            self._learn(child, child.load(progress, cancel))
        except BaseException as error:
            child.end()
            if isinstance(error, ChildLost):  # over the fast copy, perhaps: the next one loads the file as it is
                self._options = replace(self._options, fast_copies=None)
            raise
        self._child = child
        return child

    def _learn(self, child: ModelChild, loaded: Loaded) -> None:
        """What a child that has just loaded tells: of the model, and of the file that it uses."""
        if self._info is None:
            self._info = LocalModelInfo(
                name=loaded.name,
                n_vocab=loaded.n_vocab,
                token_bytes=child.vocabulary(loaded),
                end_tokens=frozenset(loaded.end_tokens),
                control_tokens=frozenset(loaded.control_tokens),
                chat_template=loaded.chat_template,
                bos_text=loaded.bos_text,
                eos_text=loaded.eos_text,
                branch_context=loaded.branch_context,
            )
        if loaded.remark:
            log.warning("There is no fast copy of %s: %s", self._file.name, loaded.remark)
        if not loaded.is_copy:  # then a restart in mid-answer must not load one: its numbers differ
            self._options = replace(self._options, fast_copies=None)


class LocalSession:
    """The branches of one answer; implements `steering.types.LocalScorer`. Any thread, one at a time."""

    def __init__(
        self,
        process: ModelProcess,
        number: int,
        prompts: tuple[tuple[int, ...], ...],
        adapters: tuple[SealableFile | None, ...],
        cancel: CancelToken | None,
    ) -> None:
        self._process = process
        self._number = number
        self._prompts = prompts
        self._adapters = adapters
        self._cancel = cancel
        self._restarts = RestartBudget()
        self._timing = StepTiming()

    @property
    def max_answer(self) -> int:
        """How many tokens of answer fit behind the longest of the prompts."""
        return self._process.describe().branch_context - max(map(len, self._prompts))

    def prefill(self) -> None:
        """Read the prompts into the cache, so that the first `score` has little left to do."""
        self._process.call(self._open_in, self._restarts, self._cancel)

    @property
    def cost(self) -> StepCost:
        """What a batch of positions has cost lately."""
        return self._timing.cost

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> list[LogitsRow]:
        """See `LocalScorer.score`."""
        return [LogitsRow(one) for one in self.logits(answer, wanted)]

    def logits(self, answer: Sequence[int], wanted: Sequence[int]) -> Float32Array:
        """The logits of the positions `wanted`, shape (positions, branches, V).

        Raises BadInput when prompt and answer exceed the context, LocalModelLost, Cancelled.
        """
        if not wanted or not 0 <= wanted[0] <= wanted[-1] <= len(answer):
            raise BugError(
                "Positions {wanted} of {count} tokens of answer were asked for; please report this.",
                wanted=str(list(wanted)),
                count=len(answer),
            )
        check_tokens(answer, self._process.describe().n_vocab)

        def work(child: ModelChild, cancel: CancelToken) -> Float32Array:
            if child.session != self._number:
                self._open_in(child, cancel)
            with self._timing.measuring(len(wanted)):
                return child.logits(answer, wanted, cancel)

        return self._process.call(work, self._restarts, self._cancel)

    def log_likelihoods(self, answer: Sequence[int]) -> FloatArray:
        """The log-probability of a whole answer in nats, by branch, shape (branches,). Raises as `logits`."""
        check_tokens(answer, self._process.describe().n_vocab)
        if not answer:
            return np.zeros(len(self._prompts))

        def work(child: ModelChild, cancel: CancelToken) -> FloatArray:
            if child.session != self._number:
                self._open_in(child, cancel)
            return child.log_likelihoods(answer, cancel)

        return self._process.call(work, self._restarts, self._cancel)

    def _open_in(self, child: ModelChild, cancel: CancelToken) -> None:
        child.open(self._number, self._prompts, self._adapters, cancel)


def check_tokens(tokens: Sequence[int], n_vocab: int) -> None:
    """Raise BugError when an id is not of this vocabulary; llama.cpp's own check is only a failed decode."""
    if tokens and not 0 <= min(tokens) <= max(tokens) < n_vocab:
        raise BugError(
            "A token id lies outside the local model's vocabulary of {n_vocab}; please report this.",
            n_vocab=n_vocab,
        )
