"""The main function of the model process.

It loads one model, tells what it is, and answers requests one at a time until the parent closes the pipe or is
gone. This module is imported by the parent as well (spawning needs the function's name), so llama_cpp is
imported inside it.
"""

from __future__ import annotations

import itertools
import os
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from costeer.foundation.child_process import leave_with_parent
from costeer.foundation.errors import BugError, Cancelled, KnownError, ModelError
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
    Tokenize,
    Tokenized,
)

if TYPE_CHECKING:
    from costeer.local.fast_copy import Weights
    from costeer.local.runtime import LlamaLog, LlamaRuntime

_SPIN_COUNT = "1000"


def run_worker(
    connection: Connection, shared: SharedArea, file: Path, options: LocalModelOptions, request: int
) -> None:
    """Load `file` (that is request number `request`), then serve. First Loaded, Failed or Aborted is sent."""
    leave_with_parent()
    # By default OpenMP's threads spin while they wait for each other. When another process wants the cores too
    # (the demo cloud, the window) that makes a step several times slower, at worst a hundred times. A short spin
    # costs nothing on an idle machine, while none at all (OMP_WAIT_POLICY=passive) doubles the time of a step.
    os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)
    try:
        from costeer.local.runtime import LlamaLog

        worker = Worker(shared, LlamaLog(), request)
        reply = worker.load(file, options)
        connection.send(reply)
        while worker.ready:
            reply = worker.answer(connection.recv())
            connection.send(reply)
    except (EOFError, OSError):  # the parent has closed the pipe or is gone: nobody left to tell
        pass
    os._exit(0)  # nothing needs cleaning up, and the thread of a cancelled conversion may still be busy


class Worker:
    """The child's state: the loaded model, and the two prompts of the session that is open."""

    def __init__(self, shared: SharedArea, log: LlamaLog, request: int) -> None:
        self._shared = shared
        self._log = log
        self._request = request
        self._runtime: LlamaRuntime | None = None
        self._prompts: list[list[int]] | None = None

    @property
    def ready(self) -> bool:
        return self._runtime is not None

    def load(self, file: Path, options: LocalModelOptions) -> Reply:
        """Load the model, which is the first request."""
        try:
            runtime, weights = self._load_fastest(file, options)
            self._runtime = runtime
            return self._describe(runtime, file, weights)
        except Cancelled:
            return Aborted()
        except (KnownError, BugError) as error:
            return Failed(error, self._log.lines())

    def _load_fastest(self, file: Path, options: LocalModelOptions) -> tuple[LlamaRuntime, Weights]:
        """The fast copy of `file`, or `file` itself when there is none or it cannot be loaded."""
        from costeer.local.fast_copy import Weights, discard, fast_weights
        from costeer.local.runtime import LlamaRuntime, thread_count

        def load(weights: Weights) -> tuple[LlamaRuntime, Weights]:
            return LlamaRuntime(weights.file, options, self._log, self._tick, self._shared.set_loaded), weights

        try:
            weights = fast_weights(
                file, options.fast_copies, thread_count(options), self._tick, self._shared.set_prepared
            )
        finally:
            self._shared.set_prepared(0.0)
        try:
            return load(weights)
        except ModelError as error:
            if not weights.is_copy:
                raise
            discard(weights)
            return load(Weights(file, remark=error.user_message))

    def answer(self, request: Request) -> Reply:
        """Carry out one request. Everything that goes wrong in it becomes a reply."""
        self._request = request.request
        try:
            return self._carry_out(request)
        except Cancelled:
            return Aborted()
        except (KnownError, BugError) as error:
            return Failed(error, self._log.lines())
        except Exception:  # noqa: BLE001 - the border of the process: the parent raises and logs it
            unforeseen = BugError("The model process failed in an unforeseen way; please report this.")
            return Failed(unforeseen, (*traceback.format_exc().splitlines(), *self._log.lines()))

    def _tick(self) -> bool:
        self._shared.bump()
        return self._shared.is_cancelled(self._request)

    def _carry_out(self, request: Request) -> Reply:
        runtime = self._runtime
        if runtime is None:
            raise BugError("The model process was asked before it had loaded a model; please report this.")
        match request:
            case Tokenize():
                tokens = runtime.tokenize(self._shared.read_bytes(request.n_bytes), request.parse_special)
                self._shared.write_tokens(tokens)
                return Tokenized(len(tokens))
            case Open():
                ends = list(itertools.accumulate(request.lengths, initial=0))
                tokens = self._shared.read_tokens(ends[-1])
                self._prompts = [tokens[start:end] for start, end in itertools.pairwise(ends)]
                runtime.read_prompts(self._prompts, request.adapters)
            case Score():
                prompts = self._open_prompts()
                answer = self._shared.read_tokens(request.n_answer)
                wanted = self._shared.read_tokens(request.n_wanted, skip=request.n_answer)
                out = self._shared.logits(request.n_wanted, len(prompts), runtime.n_vocab)
                runtime.score(prompts, answer, wanted, out)
            case Likelihood():
                answer = self._shared.read_tokens(request.n_answer)
                self._shared.write_floats(runtime.log_likelihoods(self._open_prompts(), answer))
            case Knock():
                tokens = self._shared.read_tokens(request.n_tokens)
                ends = self._shared.read_tokens(2 * request.n_spans, skip=request.n_tokens)
                spans = list(zip(ends[::2], ends[1::2], strict=True))
                self._shared.write_floats(runtime.knock_out(tokens, request.targets, spans, request.tail))
        return Done()

    def _open_prompts(self) -> list[list[int]]:
        if self._prompts is None:
            raise BugError("The model process has no open session; please report this.")
        return self._prompts

    def _describe(self, runtime: LlamaRuntime, file: Path, weights: Weights) -> Loaded:
        pieces = runtime.token_bytes()
        lengths = np.array([len(piece) for piece in pieces], dtype=np.int32).tobytes()
        text = b"".join(pieces)
        self._shared.write_bytes(lengths)
        self._shared.write_bytes(text, len(lengths))
        return Loaded(
            name=runtime.name or file.stem,
            n_vocab=runtime.n_vocab,
            n_bytes=len(text),
            end_tokens=runtime.end_tokens(),
            control_tokens=runtime.control_tokens(),
            chat_template=runtime.chat_template,
            bos_text=runtime.bos_text,
            eos_text=runtime.eos_text,
            branch_context=runtime.branch_context,
            is_copy=weights.is_copy,
            remark=weights.remark,
        )
