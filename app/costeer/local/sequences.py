"""Which tokens must be decoded to get the logits that are wanted: bookkeeping without llama.cpp.

The cache holds one cell per token, in order. Cells can only be dropped from the end, and llama.cpp keeps no
logits, so a position whose logits are wanted is decoded again even when it is cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple


class BatchToken(NamedTuple):
    """One token to decode. `logits` says whether its output is wanted."""

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
    kept: int, wanted: Sequence[int], with_logits: AbstractSet[int], n_batch: int
) -> list[list[BatchToken]]:
    """The tokens of `wanted` behind the `kept` that are in the cache, in batches of at most `n_batch`; logits are
    wanted at the indices `with_logits`."""
    pending = [BatchToken(at, wanted[at], at in with_logits) for at in range(kept, len(wanted))]
    return [pending[start : start + n_batch] for start in range(0, len(pending), n_batch)]
