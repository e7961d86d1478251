"""Endless repetition, ended at the third time.

Small models fall into loops, and a steered answer that follows one would never end. When a token would complete
the same block of tokens for the third time in a row, the answer ends instead. Patterns that texts do repeat (the
dashes of a table, an ellipsis) are left alone: the blocks together must be at least `SHORTEST` tokens long, and
lines that only resemble each other, as in lists and code, are no loop.
"""

from __future__ import annotations

from collections.abc import Sequence

TIMES = 3
SHORTEST = 24
LONGEST_BLOCK = 64


def completes_a_loop(answer: Sequence[int], token: int) -> bool:
    """Whether `answer` + `token` ends with the same block of tokens `TIMES` times in a row."""
    tail = [*answer[-TIMES * LONGEST_BLOCK :], token]
    for block in range(SHORTEST // TIMES, LONGEST_BLOCK + 1):
        length = TIMES * block
        if length > len(tail):
            return False
        if tail[-length:-block] == tail[-length + block :]:
            return True
    return False
