"""The reference: one round trip for every token, as CoSteer's authors do it."""

from __future__ import annotations

import contextlib

from costeer.foundation.errors import StreamBroken
from costeer.steering.decoders.common import DecodeTask, Steps


def token_by_token(task: DecodeTask) -> Steps:
    """Ask for one position, score it meanwhile, decide it, ask again."""
    answer = task.chooser.answer
    while len(answer) < task.limit and not task.chooser.over:
        task.counts.opened(answer)
        with contextlib.closing(task.cloud.stream(answer, 1, draws=task.draws)) as stream:
            rows = task.local.score(answer, [len(answer)])
            task.counts.local_batches += 1
            task.counts.local_positions += 1
            arrived = stream.take(1)
        if not arrived:
            raise StreamBroken("The cloud ended the answer without saying how it would go on; try again.")
        task.counts.cloud_positions += 1
        step = task.chooser.without_local(arrived[0]) or task.chooser.decide(arrived[0], rows[0])
        yield [step]
        if step.ends:
            return
