"""No network: the local model with the private context answers alone."""

from __future__ import annotations

from costeer.steering.choice import Chooser
from costeer.steering.decoders.common import DecodeCounts, Steps
from costeer.steering.types import LocalScorer


def local_only(local: LocalScorer, chooser: Chooser, limit: int, counts: DecodeCounts) -> Steps:
    """One local position after the other, until the end token or `limit` tokens."""
    while len(chooser.answer) < limit:
        row = local.score(chooser.answer, [len(chooser.answer)])[0]
        counts.local_batches += 1
        counts.local_positions += 1
        step = chooser.locally(row)
        yield [step]
        if step.ends:
            return
