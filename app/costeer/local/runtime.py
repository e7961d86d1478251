"""llama.cpp itself: one model, and a context for each branch. Imported by the child process only.

Runs on the child's main thread, and a thread for each branch while it computes.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

import llama_cpp.llama_cpp as llama
import numpy as np
import psutil

from costeer.foundation.errors import BadInput, BugError, Cancelled
from costeer.local.branch import N_BATCH, Branch
from costeer.local.gguf_check import explain_adapter_failure, explain_load_failure
from costeer.local.knockout import CELLS, SEQUENCES, Knockout
from costeer.local.messages import MOST_BRANCHES, LocalModelOptions, Span
from costeer.privacy.sealable_file import SealableFile
from costeer.steering.types import Float32Array, FloatArray

_PIECES_PER_TICK = 1000

T = TypeVar("T")


class LlamaLog:
    """Keeps llama.cpp's last log lines, and keeps them off stdout and stderr."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=40)
        self._partial = ""

        def receive(_level: int, text: bytes, _data: object) -> None:
            self._partial += text.decode("utf-8", "replace")
            *complete, self._partial = self._partial.split("\n")
            self._lines.extend(complete)

        self._callback = llama.llama_log_callback(receive)  # kept: llama.cpp holds a bare pointer to it
        llama.llama_log_set(self._callback, None)

    def forget(self) -> None:
        """What is said from now on is about what is done now."""
        self._lines.clear()

    def lines(self) -> tuple[str, ...]:
        return (*self._lines, self._partial) if self._partial else tuple(self._lines)


def thread_count(options: LocalModelOptions) -> int:
    """CPU threads for all branches together."""
    return options.threads or psutil.cpu_count(logical=False) or os.cpu_count() or 1


class LlamaRuntime:
    """A loaded model. `tick` is called whenever there is progress, and stops the work by returning True."""

    def __init__(
        self,
        file: Path,
        options: LocalModelOptions,
        log: LlamaLog,
        tick: Callable[[], bool],
        loaded: Callable[[float], None],
    ) -> None:
        """Load. Raises ModelError when llama.cpp refuses the file, Cancelled when `tick` said stop."""
        self._log = log
        self._tick = tick
        self._abort_callback = llama.ggml_abort_callback(lambda _data: tick())
        llama.llama_backend_init()
        self._model = self._load_model(file, loaded)
        self._vocab: Any = llama.llama_model_get_vocab(self._model)
        self.branch_context = min(llama.llama_model_n_ctx_train(self._model), options.branch_limit)
        self._file, self._options = file, options
        self._branches = [Branch(self._make_context())]
        self._adapters: dict[tuple[Path, int, int], Any] = {}
        self._knockout: Knockout | None = None
        self._threads = ThreadPoolExecutor(MOST_BRANCHES, thread_name_prefix="branch")
        self.n_vocab = self._tokenizer_length()

    def _load_model(self, file: Path, loaded: Callable[[float], None]) -> Any:
        cancelled = False

        def report(fraction: float, _data: object) -> bool:
            nonlocal cancelled
            loaded(fraction)
            cancelled = self._tick()
            return not cancelled

        callback = llama.llama_progress_callback(report)
        params = llama.llama_model_default_params()
        params.n_gpu_layers = 0  # the abort callback, and with it the heartbeat, works on the CPU only
        params.progress_callback = callback
        model = llama.llama_model_load_from_file(os.fsencode(file), params)
        if cancelled:
            raise Cancelled
        if not model:
            raise explain_load_failure(file, self._log.lines())
        return model

    def _make_context(self, sequences: int = 1) -> Any:
        """For a branch; several sequences, which share all cells and have all threads, are for `Knockout`."""
        options = self._options
        params = llama.llama_context_default_params()
        params.n_ctx = self.branch_context if sequences == 1 else CELLS
        params.n_seq_max = sequences
        params.kv_unified = sequences > 1
        params.n_batch = params.n_ubatch = params.n_outputs_max = N_BATCH
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED  # without it, rounding varies with the batch
        params.n_threads = params.n_threads_batch = thread_count(options)
        params.no_perf = True
        params.abort_callback = self._abort_callback
        context = llama.llama_init_from_model(self._model, params)
        if not context:
            raise explain_load_failure(self._file, (*self._log.lines(), "failed to allocate the context"))
        return context

    def _tokenizer_length(self) -> int:
        """The number of tokens without the unused ones at the end.

        Models of one family pad their embedding to different lengths, so only without the padding do a small
        and a large one have the same vocabulary.
        """
        n = int(llama.llama_vocab_n_tokens(self._vocab))
        while n > 1 and llama.llama_vocab_get_attr(self._vocab, n - 1) & llama.LLAMA_TOKEN_ATTR_UNUSED:
            n -= 1
        return n

    @property
    def name(self) -> str:
        """The model's own name for itself; empty when it has none."""
        buffer = ctypes.create_string_buffer(256)
        found = llama.llama_model_meta_val_str(self._model, b"general.name", buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if found > 0 else ""

    @property
    def chat_template(self) -> str:
        template = llama.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else ""

    @property
    def bos_text(self) -> str:
        return self._text_of(llama.llama_vocab_bos(self._vocab))

    @property
    def eos_text(self) -> str:
        return self._text_of(llama.llama_vocab_eos(self._vocab))

    def _text_of(self, token: int) -> str:
        return "" if token < 0 else self._piece(token).decode("utf-8", "replace")

    def _piece(self, token: int) -> bytes:
        size = 64
        buffer = ctypes.create_string_buffer(size)
        length = llama.llama_token_to_piece(self._vocab, token, buffer, size, 0, True)
        if length < 0:
            buffer = ctypes.create_string_buffer(-length)
            length = llama.llama_token_to_piece(self._vocab, token, buffer, -length, 0, True)
        return buffer.raw[:length]

    def token_bytes(self) -> list[bytes]:
        """What each token of the vocabulary adds to a text, control tokens included."""
        pieces = []
        for token in range(self.n_vocab):
            if token % _PIECES_PER_TICK == 0:
                self._tick()
            pieces.append(self._piece(token))
        return pieces

    def end_tokens(self) -> tuple[int, ...]:
        """The tokens that end an answer."""
        return tuple(token for token in range(self.n_vocab) if llama.llama_vocab_is_eog(self._vocab, token))

    def control_tokens(self) -> tuple[int, ...]:
        """The tokens that no text has: markers of the chat template, and unused ones."""
        special = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_UNKNOWN | llama.LLAMA_TOKEN_ATTR_UNUSED
        return tuple(
            token for token in range(self.n_vocab) if llama.llama_vocab_get_attr(self._vocab, token) & special
        )

    def tokenize(self, text: bytes, parse_special: bool) -> list[int]:
        """UTF-8 `text` as ids, without adding begin or end tokens (the chat template writes them)."""
        room = len(text) + 8
        for _ in range(2):
            tokens = (llama.llama_token * room)()
            n = llama.llama_tokenize(self._vocab, text, len(text), tokens, room, False, parse_special)
            if n >= 0:
                return list(tokens[:n])
            room = -n
        raise BugError("The tokenizer asked for more room twice; please report this.")

    def read_prompts(self, prompts: Sequence[list[int]], adapters: Sequence[SealableFile | None]) -> None:
        """Fill the cache of each branch with its prompt but the last token, which is decoded when its logits are
        wanted. A branch computes with its adapter from here on.

        Raises ModelError when an adapter's file cannot be used.
        """
        loaded = [None if file is None else self._adapter(file) for file in adapters]
        while len(self._branches) < len(prompts):  # each takes memory for its context
            self._branches.append(Branch(self._make_context()))
        threads = max(1, thread_count(self._options) // len(prompts))
        for branch, adapter in zip(self._in_order(len(prompts)), loaded, strict=True):
            branch.take_threads(threads)
            branch.carry(adapter)
        self._advance([prompt[:-1] for prompt in prompts], [{} for _ in prompts], None)

    def _in_order(self, count: int) -> list[Branch]:
        """The branches of a session that has `count`: its first and its last prompt always have the same ones, so
        that their caches serve the next session even if that has more, or fewer, between them."""
        order = [0, *range(2, count), 1] if count > 1 else [0]
        return [self._branches[one] for one in order]

    def _adapter(self, file: SealableFile) -> Any:
        """Loaded once, a few megabytes, and kept; once more when the file has been written again. Raises
        ModelError when llama.cpp refuses it, KnownError when it cannot be unsealed."""
        status = file.path.stat()
        key = file.path, status.st_size, status.st_mtime_ns
        if key not in self._adapters:
            self._log.forget()
            with file.readable() as path:
                adapter = llama.llama_adapter_lora_init(self._model, os.fsencode(path))
            if not adapter:
                raise explain_adapter_failure(file.path, self._log.lines())
            self._adapters[key] = adapter
        return self._adapters[key]

    def score(
        self, prompts: Sequence[Sequence[int]], answer: Sequence[int], wanted: Sequence[int], out: Float32Array
    ) -> None:
        """Write the logits of the positions `wanted` to `out`, shape (positions, branches, n_vocab)."""
        tokens = [[*prompt, *answer[: wanted[-1]]] for prompt in prompts]
        self._check_room(max(map(len, tokens)))
        rows = [{len(prompt) - 1 + at: row for row, at in enumerate(wanted)} for prompt in prompts]
        self._advance(tokens, rows, out)

    def log_likelihoods(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> FloatArray:
        """The log-probability of `answer`, which is not empty, in nats, shape (branches,)."""
        self._check_room(max(map(len, prompts)) + len(answer) - 1)
        return np.array(
            self._by_branch(
                len(prompts), lambda which, branch: branch.log_likelihood(prompts[which], answer, self.n_vocab)
            )
        )

    def knock_out(self, tokens: Sequence[int], targets: int, spans: Sequence[Span], tail: int) -> FloatArray:
        """See `Knockout.logprobs`. Its context is made when it is first needed, and kept."""
        if self._knockout is None:
            self._knockout = Knockout(self._make_context(SEQUENCES), self.n_vocab, self._branches)
        return self._knockout.logprobs(tokens, targets, spans, tail)

    def _advance(
        self, wanted: Sequence[list[int]], rows: Sequence[dict[int, int]], out: Float32Array | None
    ) -> None:
        """`out` has the shape (rows, branches, n_vocab)."""
        self._by_branch(
            len(wanted),
            lambda which, branch: branch.advance(
                wanted[which], rows[which], None if out is None else out[:, which]
            ),
        )

    def _by_branch(self, count: int, work: Callable[[int, Branch], T]) -> list[T]:
        """All branches at the same time. When several fail, the first one's error is raised, after all have come
        to an end."""
        jobs = [self._threads.submit(work, which, branch) for which, branch in enumerate(self._in_order(count))]
        wait(jobs)
        return [job.result() for job in jobs]

    def _check_room(self, tokens: int) -> None:
        if tokens > self.branch_context:
            raise BadInput(
                "The conversation has filled the local model's {room} tokens; start a new one.",
                room=self.branch_context,
            )
