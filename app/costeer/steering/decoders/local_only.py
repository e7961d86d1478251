"""No cloud: the local model with the private context answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from costeer.steering.choice import Chooser
from costeer.steering.decoders.common import DecodeCounts, Steps
from costeer.steering.rows import LogitsRow


class OwnLogits(Protocol):
    """A local model that is asked in its own tokens."""

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> Sequence[LogitsRow]:
        """See `steering.types.LocalScorer`."""


def local_only(
    local: OwnLogits, chooser: Chooser, limit: int, counts: DecodeCounts, contrast: float = 0.0
) -> Steps:
    """One local position after the other, until the end token or `limit` tokens. See `LogitsRow.alone`."""
    while len(chooser.answer) < limit:
        row = local.score(chooser.answer, [len(chooser.answer)])[0]
        counts.local_batches += 1
        counts.local_positions += 1
        step = chooser.locally(row, contrast)
        yield [step]
        if step.ends:
            return
