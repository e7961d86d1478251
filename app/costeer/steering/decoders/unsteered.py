"""Strength 0, or no local model: the cloud's own answer, in one stream."""

from __future__ import annotations

import contextlib

from costeer.steering.choice import Chooser
from costeer.steering.decoders.common import DecodeCounts, Steps
from costeer.steering.types import Cloud, CloudPosition

_MOST = 64


def unsteered(cloud: Cloud, chooser: Chooser, limit: int, counts: DecodeCounts) -> Steps:
    """Take every token as the cloud wrote it, until its end token or `limit` tokens.

    No vocabulary is needed: a token without bytes behind which the stream is over is the end token.
    """
    if len(chooser.answer) >= limit:
        return
    counts.opened(chooser.answer)
    held: list[CloudPosition] = []
    with contextlib.closing(cloud.stream(chooser.answer, limit - len(chooser.answer))) as stream:
        while arrived := stream.take(_MOST):
            counts.cloud_positions += len(arrived)
            ready = held + arrived
            held = [ready.pop()] if not ready[-1].token_bytes else []
            if ready:
                yield [chooser.as_the_cloud_wrote(one, ends=False) for one in ready]
    if held:
        yield [chooser.as_the_cloud_wrote(held[0], ends=True)]
