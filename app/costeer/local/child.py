"""One life of the model process, seen from the application.

`ModelChild` starts the process, hands it one request at a time, and notices when it dies or hangs: a death ends
its pipe at once, and a hang is a heartbeat that stands still. It never restarts anything; `process` does.
Its methods are called by one thread at a time (`ModelProcess` holds a lock around them).
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing.connection
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from costeer.foundation.cancel import CancelToken
from costeer.foundation.child_process import ChildLost, end_process, how_it_was_lost, spawn_context
from costeer.foundation.errors import BugError, Cancelled
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.local.messages import (
    Aborted,
    Done,
    Failed,
    Knock,
    Likelihood,
    Loaded,
    LocalModelOptions,
    Open,
    Reply,
    Request,
    Score,
    SharedArea,
    Span,
    Tokenize,
    Tokenized,
    positions_per_call,
)
from costeer.local.worker import run_worker
from costeer.privacy.sealable_file import SealableFile
from costeer.steering.types import Float32Array, FloatArray

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
STILL_SECONDS = 1.5
"""A heartbeat that stands still this long while a request is under way means that the process hangs."""

STILL_SECONDS_LOADING = 30.0
"""Starting the interpreter and reserving memory happen without a heartbeat."""

_LONGEST_GAP = 0.5  # a longer pause between two polls means that this process itself was stopped

_PREPARING = Translatable("Preparing the local model for this computer (only once)")
_LOADING = Translatable("Loading the local model")

_TOKENIZED_BYTES_PER_SECOND = 100_000  # far below what is measured; tokenising happens without a heartbeat


class ModelChild:
    """A running model process. `load` must be called first, and once."""

    def __init__(self, file: Path, options: LocalModelOptions, shared: SharedArea, numbers: Iterator[int]) -> None:
        """Start the process. `numbers` yields request numbers that `shared` has not seen yet."""
        self._shared = shared
        self._numbers = numbers
        self.session: int | None = None
        self._n_vocab = 0
        self._branches = 0
        context = spawn_context()
        self._connection, its_end = context.Pipe()
        self._load_number = next(self._numbers)
        self._process = context.Process(
            target=run_worker,
            args=(its_end, shared, file, options, self._load_number),
            name="costeer-local-model",
            daemon=True,  # ended, not waited for, when the interpreter exits without close()
        )
        self._process.start()
        its_end.close()  # else this side would keep the pipe open, and never see its end

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def load(self, progress: ProgressCallback, cancel: CancelToken) -> Loaded:
        """Wait for the model. Raises ModelError, Cancelled, or ChildLost."""

        def report() -> None:
            if prepared := self._shared.prepared:
                progress(Progress(_PREPARING, prepared, 1000))
            else:
                progress(Progress(_LOADING, self._shared.loaded, 1000))

        reply = self._wait(self._load_number, STILL_SECONDS_LOADING, cancel, report)
        if not isinstance(reply, Loaded):
            raise _unexpected(reply)
        self._n_vocab = reply.n_vocab
        return reply

    def vocabulary(self, loaded: Loaded) -> tuple[bytes, ...]:
        """The bytes of every token; to be called right after `load`, while they are in the payload."""
        lengths = self._shared.read_tokens(loaded.n_vocab)
        text = self._shared.read_bytes(loaded.n_bytes, 4 * loaded.n_vocab)
        ends = list(itertools.accumulate(lengths))
        return tuple(text[end - length : end] for end, length in zip(ends, lengths, strict=True))

    def tokenize(self, text: bytes, parse_special: bool, cancel: CancelToken) -> list[int]:
        """`text` is UTF-8. Cannot be stopped half-way, only before."""
        self._shared.write_bytes(text)
        number = next(self._numbers)
        patience = STILL_SECONDS + len(text) / _TOKENIZED_BYTES_PER_SECOND
        reply = self._request(Tokenize(number, len(text), parse_special), cancel, patience)
        if not isinstance(reply, Tokenized):
            raise _unexpected(reply)
        return self._shared.read_tokens(reply.n_tokens)

    def open(
        self,
        session: int,
        prompts: Sequence[Sequence[int]],
        adapters: Sequence[SealableFile | None],
        cancel: CancelToken,
    ) -> None:
        """Read the branches' prompts into the cache; `session` is remembered as the one that is open."""
        self.session = None
        self._shared.write_tokens([token for prompt in prompts for token in prompt])
        lengths = tuple(len(prompt) for prompt in prompts)
        self._expect_done(self._request(Open(next(self._numbers), lengths, tuple(adapters)), cancel))
        self._branches = len(prompts)
        self.session = session

    def logits(self, answer: Sequence[int], wanted: Sequence[int], cancel: CancelToken) -> Float32Array:
        """Of the positions `wanted`, for the session that is open; copied out of shared memory."""
        out = np.empty((len(wanted), self._branches, self._n_vocab), dtype=np.float32)
        step = positions_per_call(self._branches, self._n_vocab)
        for start in range(0, len(wanted), step):
            some = wanted[start : start + step]
            known = answer[: some[-1]]
            self._shared.write_tokens([*known, *some])
            self._expect_done(self._request(Score(next(self._numbers), len(known), len(some)), cancel))
            out[start : start + step] = self._shared.logits(len(some), self._branches, self._n_vocab)
        return out

    def log_likelihoods(self, answer: Sequence[int], cancel: CancelToken) -> FloatArray:
        """Of the whole answer in nats, by branch of the session that is open."""
        self._shared.write_tokens(answer)
        self._expect_done(self._request(Likelihood(next(self._numbers), len(answer)), cancel))
        return self._shared.read_floats(1, self._branches).reshape(-1)

    def knock_out(
        self, tokens: Sequence[int], targets: int, spans: Sequence[Span], tail: int, cancel: CancelToken
    ) -> FloatArray:
        """See `Knockout.logprobs`; the session that is open stays so."""
        self._shared.write_tokens([*tokens, *(end for span in spans for end in span)])
        number = next(self._numbers)
        self._expect_done(self._request(Knock(number, len(tokens), len(spans), targets, tail), cancel))
        return self._shared.read_floats(1 + len(spans), targets)

    def end(self) -> None:
        """Make sure that the process is gone."""
        self._connection.close()
        end_process(self._process, patience=0.5)

    def kill(self) -> None:
        """Make sure that the process is gone, without asking: it hangs, and perhaps cannot hear."""
        self._process.kill()
        self.end()

    def _request(self, request: Request, cancel: CancelToken, patience: float = STILL_SECONDS) -> Reply:
        cancel.raise_if_cancelled()
        try:
            self._connection.send(request)
        except OSError as error:
            raise self._lost() from error
        return self._wait(request.request, patience, cancel, _nothing)

    def _wait(self, number: int, patience: float, cancel: CancelToken, report: Callable[[], None]) -> Reply:
        """The reply to request `number`, or ChildLost when the heartbeat stands still for `patience` seconds."""
        try:
            with cancel.calling(lambda: self._shared.cancel(number)):
                answered = self._watch(patience, report)
        except BaseException:  # from `report`, or Ctrl+C: the reply would be taken for that of the next request
            self.kill()
            raise
        if answered:
            return self._receive()
        self.kill()
        raise ChildLost("stopped answering")

    def _watch(self, patience: float, report: Callable[[], None]) -> bool:
        """Whether there was an answer, or an end, before the heartbeat had stood still for `patience` seconds."""
        beat, still, before = self._shared.beat, 0.0, time.monotonic()
        while still < patience:
            if multiprocessing.connection.wait([self._connection, self._process.sentinel], POLL_SECONDS):
                return True
            report()
            now = time.monotonic()
            still = 0.0 if self._shared.beat != beat else still + min(now - before, _LONGEST_GAP)
            beat, before = self._shared.beat, now
        return False

    def _receive(self) -> Reply:
        try:
            if not self._connection.poll():  # only the sentinel is ready: it died without a last word
                raise EOFError
            reply: Reply = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._lost() from error
        if isinstance(reply, Aborted):
            raise Cancelled
        if isinstance(reply, Failed):
            log.warning("The model process refused: %s\n%s", type(reply.error).__name__, "\n".join(reply.log))
            raise reply.error
        return reply

    def _lost(self) -> ChildLost:
        self.end()
        return how_it_was_lost(self._process)

    @staticmethod
    def _expect_done(reply: Reply) -> None:
        if not isinstance(reply, Done):
            raise _unexpected(reply)


def _nothing() -> None:
    """No progress to report."""


def _unexpected(reply: Reply) -> BugError:
    return BugError(
        "The model process answered with {kind} out of turn; please report this.", kind=type(reply).__name__
    )
