"""What a stretch of the prompt does to what follows it: the same tokens scored with that stretch hidden.

Attention knockout (Geva et al. 2023, arXiv 2304.14767), over the KV cache. The text is read once. A variant is a
sequence that shares those cells, less the hidden ones, and decodes only the last tokens by itself: where a word is
copied from is attended to directly from there. Leaving a line out and reading everything behind it again says the
same (docs/why.md has the comparison) and takes ten to forty times the tokens.

In a context of its own, so that the branches of an answer keep their caches; what a branch has read of the text
already, as after an answer, is copied from there. Used on the model process's main
thread. Invariant: `_cached` lists exactly the tokens that have cells, all of sequence 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from costeer.foundation.errors import BugError, Cancelled, ModelError
from costeer.local.branch import N_BATCH, Branch
from costeer.local.messages import KNOCKOUT_LIMIT, Span
from costeer.local.sequences import cells_to_keep
from costeer.steering.types import FloatArray

SEQUENCES = 16
MOST_DECODED = 64
"""Tokens that one variant decodes by itself, at most."""

CELLS = KNOCKOUT_LIMIT + SEQUENCES * MOST_DECODED

_WORTH_COPYING = 32
"""Tokens: fewer are read again in no more time."""

_DECODE_ABORTED = 2

_Token = tuple[int, int, int, bool]
"""Id, position, sequence, and whether its logits are wanted."""


class Knockout:
    """Over a context with SEQUENCES sequences in one unified cache of CELLS cells."""

    def __init__(self, context: Any, n_vocab: int, branches: Sequence[Branch]) -> None:
        self._context = context
        self._branches = branches
        self._n_vocab = n_vocab
        self._memory: Any = llama.llama_get_memory(context)
        self._batch = llama.llama_batch_init(N_BATCH, 0, 1)
        self._cached: list[int] = []

    def logprobs(self, tokens: Sequence[int], targets: int, spans: Sequence[Span], tail: int) -> FloatArray:
        """Log-probabilities, in nats, of the last `targets` of `tokens`; shape (1 + len(spans), targets).

        The first row is with everything. In the others one span each, [start, end), is hidden from the `tail`
        tokens before the targets and from the targets; spans end at least one token before those.
        """
        first = len(tokens) - targets - tail
        if tail + targets > MOST_DECODED or any(not 0 <= start < end < first for start, end in spans):
            raise BugError(
                "Spans were to be hidden that do not lie before what is asked about; please report this."
            )
        try:
            self._read(list(tokens[:first]))
            rows: list[FloatArray] = []
            variants: list[Span | None] = [None, *spans]
            for start in range(0, len(variants), SEQUENCES - 1):
                rows += self._decode_variants(tokens, targets, first, variants[start : start + SEQUENCES - 1])
        except BaseException:
            llama.llama_memory_clear(self._memory, True)
            self._cached.clear()
            raise
        return np.array(rows)

    def _read(self, tokens: list[int]) -> None:
        """Make sequence 0 hold `tokens`."""
        kept = self._copied(tokens, cells_to_keep(self._cached, tokens, len(tokens)))
        if not llama.llama_memory_seq_rm(self._memory, 0, kept, -1):
            llama.llama_memory_clear(self._memory, True)
            kept = 0
        del self._cached[kept:]
        self._decode([(tokens[at], at, 0, False) for at in range(kept, len(tokens))], [], 0)
        self._cached = tokens

    def _copied(self, tokens: list[int], kept: int) -> int:
        """How much of `tokens` is in the cache, with a branch's cache taken over where that has much more."""
        for branch in (one for one in self._branches if not one.adapted):
            known = cells_to_keep(branch.cached, tokens, len(tokens))
            if len(branch.cached) <= KNOCKOUT_LIMIT and known >= kept + _WORTH_COPYING:
                llama.llama_memory_clear(self._memory, True)
                if branch.copy_to(self._context):
                    self._cached, kept = list(branch.cached), known
                else:
                    llama.llama_memory_clear(self._memory, True)
                    self._cached, kept = [], 0
        return kept

    def _decode_variants(
        self, tokens: Sequence[int], targets: int, first: int, variants: Sequence[Span | None]
    ) -> list[FloatArray]:
        """One row for each, of shape (targets,)."""
        last = len(tokens) - 1
        decoded: list[_Token] = []
        for sequence, hidden in enumerate(variants, 1):
            llama.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)
            if hidden is not None and not llama.llama_memory_seq_rm(self._memory, sequence, *hidden):
                raise ModelError(
                    "This local model cannot forget a part of what it has read; choose another model."
                )
            decoded += [(tokens[at], at, sequence, at >= last - targets) for at in range(first, last)]
        asked = [tokens[at + 1] for _, at, _, wanted in decoded if wanted]
        found = self._decode(decoded, asked, targets * len(variants))
        for sequence in range(1, len(variants) + 1):
            llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return [*found.reshape(len(variants), targets)]

    def _decode(self, tokens: Sequence[_Token], asked: Sequence[int], count: int) -> FloatArray:
        """Decode; returns the log-probability of `asked[i]` behind the i-th token whose logits are wanted."""
        found = np.empty(count)
        row = 0
        for start in range(0, len(tokens), N_BATCH):
            part = tokens[start : start + N_BATCH]
            self._fill(part)
            status = llama.llama_decode(self._context, self._batch)
            if status == _DECODE_ABORTED:
                raise Cancelled
            if status != 0:
                raise BugError(
                    "The local model could not decode a batch (llama.cpp status {status}); please report this.",
                    status=status,
                )
            for index, (_, _, _, wanted) in enumerate(part):
                if wanted:
                    found[row] = self._logprob(index, asked[row])
                    row += 1
        return found

    def _fill(self, tokens: Sequence[_Token]) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, (token, position, sequence, wanted) in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = wanted

    def _logprob(self, index: int, token: int) -> float:
        pointer = llama.llama_get_logits_ith(self._context, index)
        logits = np.ctypeslib.as_array(pointer, shape=(self._n_vocab,))
        peak = float(logits.max())
        return float(logits[token]) - peak - float(np.log(np.exp(logits - peak).sum(dtype=np.float64)))
