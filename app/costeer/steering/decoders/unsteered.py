"""Strength 0, or no local model: the cloud's own answer, in one stream."""

from __future__ import annotations

from collections.abc import Iterator

from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts
from costeer.steering.types import Cloud

_MOST = 64


def unsteered(cloud: Cloud, chooser: Chooser, limit: int, counts: DecodeCounts) -> Iterator[list[Step]]:
    """Take every token as the cloud wrote it, until its end token or `limit` tokens."""
    if len(chooser.answer) >= limit:
        return
    counts.round_trips += 1
    with cloud.stream(chooser.answer, limit - len(chooser.answer)) as stream:
        while arrived := stream.take(_MOST):
            counts.cloud_positions += len(arrived)
            steps: list[Step] = []
            for position in arrived:
                steps.append(chooser.as_the_cloud_wrote(position))
                if steps[-1].ends:
                    break
            yield steps
            if steps[-1].ends:
                return
