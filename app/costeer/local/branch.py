"""One branch of the local model: a llama.cpp context of its own over the shared weights, with one sequence.

Each branch computes on its own thread (the interpreter lock is released meanwhile), so that two branches take no
longer than one where two cores are free, and no longer than one after the other where they are not. A cache of its
own also means that a token's cell is its position, so logits do not depend on what was decoded before, and that a
branch can carry an adapter. Invariant: `cached` lists exactly the tokens that have cells, also after an aborted or
failed decode.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from costeer.foundation.errors import BugError, Cancelled
from costeer.local.messages import MOST_POSITIONS
from costeer.local.sequences import BatchToken, batches, cells_to_keep
from costeer.steering.distributions import logprobs_of
from costeer.steering.types import Float32Array

N_BATCH = 2 * MOST_POSITIONS
"""Tokens per llama_decode, and per graph. Above 63, llama.cpp's flash attention takes a path that rounds
differently, and the 8-bit activations amplify that to more than one logit; below, a position's logits do not
depend on what else was in its batch (with weights of the types that `fast_copy` sees to), which is what makes
looking ahead equal to going token by token. On a CPU
larger batches are no faster, and small ones keep the heartbeat regular, because it beats between graph nodes."""

_DECODE_ABORTED = 2


class Branch:
    """Used by one thread at a time."""

    def __init__(self, context: Any) -> None:
        self.cached: list[int] = []
        self._adapter: Any = None
        self._context = context
        self._memory: Any = llama.llama_get_memory(context)
        self._batch = llama.llama_batch_init(N_BATCH, 0, 1)

    def advance(self, tokens: list[int], rows: Mapping[int, int], out: Float32Array | None) -> None:
        """Make the cache hold `tokens`; the logits at index `i` go to `out[rows[i]]`, shape (rows, n_vocab).

        Raises Cancelled when the decode was aborted, BugError when llama.cpp fails; the cache is consistent.
        """
        self._keep(cells_to_keep(self.cached, tokens, min(rows, default=len(tokens))))
        for batch in batches(len(self.cached), tokens, rows.keys(), N_BATCH):
            self._decode(batch)
            for index, (position, token, logits) in enumerate(batch):
                self.cached.append(token)
                if logits and out is not None:
                    row = out[rows[position]]
                    ctypes.memmove(row.ctypes.data, llama.llama_get_logits_ith(self._context, index), row.nbytes)

    def log_likelihood(self, prompt: Sequence[int], answer: Sequence[int], n_vocab: int) -> float:
        """The log-probability of `answer` behind `prompt`, in nats. Raises as `advance`."""
        tokens, before, total = [*prompt, *answer], len(prompt) - 1, 0.0
        rows = np.empty((min(N_BATCH, len(answer)), n_vocab), dtype=np.float32)
        for start in range(0, len(answer), N_BATCH):
            some = answer[start : start + N_BATCH]
            wanted = {before + start + row: row for row in range(len(some))}
            self.advance(tokens[: before + start + len(some)], wanted, rows)
            total += float(logprobs_of(rows[: len(some)], some).sum())
        return total

    @property
    def adapted(self) -> bool:
        """Whether it computes with an adapter."""
        return self._adapter is not None

    def carry(self, adapter: Any) -> None:
        """Compute with this LoRA adapter from now on (None: without one). What is cached was computed otherwise
        and is forgotten."""
        if adapter is self._adapter:
            return
        count = 0 if adapter is None else 1
        adapters = (llama.llama_adapter_lora_p_ctypes * 1)(*(() if adapter is None else (adapter,)))
        if llama.llama_set_adapters_lora(self._context, adapters, count, (ctypes.c_float * 1)(1.0)) != 0:
            raise BugError("llama.cpp did not take an adapter that it had loaded; please report this.")
        self._adapter = adapter
        self._keep(0)

    def take_threads(self, threads: int) -> None:
        """Compute with so many of the CPU's."""
        llama.llama_set_n_threads(self._context, threads, threads)

    def copy_to(self, context: Any) -> bool:
        """Give another context over the same weights, for its sequence 0, a copy of all cells; False when it
        cannot take them."""
        size = llama.llama_state_seq_get_size(self._context, 0)
        cells = (ctypes.c_uint8 * size)()
        written = llama.llama_state_seq_get_data(self._context, cells, size, 0)
        return bool(written) and llama.llama_state_seq_set_data(context, cells, written, 0) > 0

    def _keep(self, cells: int) -> None:
        """Drop the cells from `cells` on; models that cannot forget a part forget everything."""
        if llama.llama_memory_seq_rm(self._memory, 0, cells, -1):
            del self.cached[cells:]
        else:
            llama.llama_memory_clear(self._memory, True)
            self.cached.clear()

    def _decode(self, tokens: Sequence[BatchToken]) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, (position, token, logits) in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = logits
        status = llama.llama_decode(self._context, batch)
        if status == 0:
            return
        self._keep(len(self.cached))  # what the failed decode may have left behind
        if status == _DECODE_ABORTED:
            raise Cancelled
        raise BugError(
            "The local model could not decode a batch (llama.cpp status {status}); please report this.",
            status=status,
        )
