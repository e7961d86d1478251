"""llama.cpp itself: one model, one context, all branches in one batch. Imported by the child process only.

The branches are sequences of one context, so one llama_decode answers every pending position of all. Each has a
cache of its own, in which a token's cell is its position: logits do not depend on what was decoded before.
Invariant: `_cached[s]` lists exactly the tokens whose cells sequence `s` has, also after an aborted or failed
decode. Runs on the child's main thread; llama.cpp's own threads never enter Python, except for the log callback.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import psutil

from costeer.foundation.errors import BadInput, BugError, Cancelled
from costeer.local.gguf_check import explain_load_failure
from costeer.local.messages import MOST_POSITIONS, LocalModelOptions
from costeer.local.sequences import BatchToken, batches, cells_to_keep
from costeer.steering.types import Float32Array

N_BATCH = 2 * MOST_POSITIONS
"""Tokens per llama_decode, and per graph. Above 63, llama.cpp's flash attention takes a path that rounds
differently, and the 8-bit activations amplify that to more than one logit; below, a position's logits do not
depend on what else was in its batch, which is what makes looking ahead equal to going token by token. On a CPU
larger batches are no faster, and small ones keep the heartbeat regular, because it beats between graph nodes."""

_DECODE_ABORTED = 2
_PIECES_PER_TICK = 1000


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

    def lines(self) -> tuple[str, ...]:
        return (*self._lines, self._partial) if self._partial else tuple(self._lines)


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
        self._context = self._make_context(file, options)
        self._memory: Any = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(N_BATCH, 0, 1)
        self._cached: list[list[int]] = [[] for _ in range(options.branches)]
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

    def _make_context(self, file: Path, options: LocalModelOptions) -> Any:
        threads = options.threads or psutil.cpu_count(logical=False) or os.cpu_count() or 1
        params = llama.llama_context_default_params()
        # n_ctx is the sum, not the length of each. In a unified cache cells lie in the order in which they were
        # freed and taken, and flash attention sums in that order, in half precision (docs/decisions/0009).
        params.n_ctx = options.branches * self.branch_context
        params.kv_unified = False
        params.n_seq_max = options.branches
        params.n_batch = params.n_ubatch = params.n_outputs_max = N_BATCH
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED  # without it, rounding varies with the batch
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        params.abort_callback = self._abort_callback
        context = llama.llama_init_from_model(self._model, params)
        if not context:
            raise explain_load_failure(file, (*self._log.lines(), "failed to allocate the context"))
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

    def read_prompts(self, prompts: Sequence[list[int]]) -> None:
        """Fill the cache with each prompt but its last token, which is decoded when its logits are wanted."""
        self._advance([prompt[:-1] for prompt in prompts], [{} for _ in prompts], None)

    def score(
        self, prompts: Sequence[Sequence[int]], answer: Sequence[int], wanted: Sequence[int], out: Float32Array
    ) -> None:
        """Write the logits of the positions `wanted` to `out`, shape (positions, branches, n_vocab)."""
        tokens = [[*prompt, *answer[: wanted[-1]]] for prompt in prompts]
        if max(map(len, tokens)) > self.branch_context:
            raise BadInput(
                f"The conversation has filled the local model's {self.branch_context} tokens; start a new one."
            )
        rows = [{len(prompt) - 1 + at: row for row, at in enumerate(wanted)} for prompt in prompts]
        self._advance(tokens, rows, out)

    def _advance(
        self, wanted: Sequence[list[int]], rows: Sequence[dict[int, int]], out: Float32Array | None
    ) -> None:
        """Make the cache hold `wanted`; the logits at index `i` of sequence `s` go to `out[rows[s][i], s]`."""
        if len(wanted) > len(self._cached):
            raise BugError(
                f"The model process was started for {len(self._cached)} branches and asked for {len(wanted)}; "
                "please report this."
            )
        before = [min(one, default=len(tokens)) for one, tokens in zip(rows, wanted, strict=True)]
        self._keep([cells_to_keep(*each) for each in zip(self._cached, wanted, before, strict=False)])
        kept = [len(tokens) for tokens in self._cached[: len(wanted)]]
        for batch in batches(kept, wanted, [one.keys() for one in rows], N_BATCH):
            self._decode(batch)
            for index, (sequence, position, token, logits) in enumerate(batch):
                self._cached[sequence].append(token)
                if logits and out is not None:
                    row = out[rows[sequence][position], sequence]
                    source = llama.llama_get_logits_ith(self._context, index)
                    ctypes.memmove(row.ctypes.data, source, row.nbytes)

    def _keep(self, cells: Sequence[int]) -> None:
        """Drop each sequence's cells from `cells[s]` on; models that cannot forget a part forget everything."""
        for sequence, keep in enumerate(cells):
            if not llama.llama_memory_seq_rm(self._memory, sequence, keep, -1):
                llama.llama_memory_clear(self._memory, True)
                self._cached = [[] for _ in self._cached]
                return
            del self._cached[sequence][keep:]

    def _decode(self, tokens: Sequence[BatchToken]) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, (sequence, position, token, logits) in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = logits
        status = llama.llama_decode(self._context, batch)
        if status == 0:
            return
        self._keep([len(cached) for cached in self._cached])  # what the failed decode may have left behind
        if status == _DECODE_ABORTED:
            raise Cancelled
        raise BugError(
            f"The local model could not decode a batch (llama.cpp status {status}); please report this."
        )
