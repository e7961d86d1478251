"""Which tokens must be decoded to get the logits that are wanted: bookkeeping without llama.cpp.

A sequence's cache holds one cell per token, in order. Cells can only be dropped from the end, and llama.cpp
keeps no logits, so a position whose logits are wanted is decoded again even when it is cached.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple


class BatchToken(NamedTuple):
    """One token to decode. `logits` says whether its output is wanted."""

    sequence: int
    position: int
    token: int
    logits: bool


def cells_to_keep(cached: list[int], wanted: list[int], logits_from: int) -> int:
    """How many cells of `cached` stay: the common prefix, cut before the first position with wanted logits.

    `logits_from` is an index into `wanted`; len(wanted) means that no logits are wanted.
    """
    most = min(len(cached), len(wanted), logits_from)
    if cached[:most] == wanted[:most]:  # the usual case, and much faster than the loop
        return most
    for index in range(most):
        if cached[index] != wanted[index]:
            return index
    return most


def batches(
    kept: Sequence[int], wanted: Sequence[Sequence[int]], with_logits: Sequence[AbstractSet[int]], n_batch: int
) -> list[list[BatchToken]]:
    """All tokens not yet in the cache, in batches of at most `n_batch`, the sequences interleaved.

    `kept[s]` cells of sequence `s` are in the cache; logits are wanted at the indices `with_logits[s]`. Within
    a sequence, positions ascend without a gap over the batches, which is what llama_decode demands. No batch
    is left with a single token if that can be helped: llama.cpp computes those by another path, which rounds
    differently.
    """
    pending: list[BatchToken] = []
    for position in range(min(kept, default=0), max(map(len, wanted), default=0)):
        for sequence, tokens in enumerate(wanted):
            if kept[sequence] <= position < len(tokens):
                pending.append(BatchToken(sequence, position, tokens[position], position in with_logits[sequence]))
    starts = list(range(0, len(pending), n_batch))
    if n_batch > 2 and len(pending) % n_batch == 1 and len(pending) > 1:
        starts[-1] -= 1
    return [pending[start:end] for start, end in itertools.pairwise([*starts, len(pending)])]
