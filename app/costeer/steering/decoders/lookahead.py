"""Cloud lookahead: let the cloud run ahead and cut it at the first difference.

The cloud streams its own greedy continuation; the device scores the same positions, both branches, in one batched
local decode. While the steered choice equals the streamed token it is accepted; at the first difference the
stream is closed, the steered token appended, and a new stream opened behind it. Greedy gives exactly the
token-by-token answer, and so does sampling ("quiet": the cloud streams its greedy continuation, the device draws
from q itself), because the decisions are the same ones at the same prefixes. A request holds the public prompt
and final tokens only; where a cut fell follows from those.

The row of the next undecided position is always computed while the cloud is working: behind a cut it overlaps the
round trip, and within a stream it rides in the batch of the positions before it.
"""

from __future__ import annotations

from costeer.foundation.errors import StreamBroken
from costeer.steering.choice import Step
from costeer.steering.decoders.common import DecodeTask, Steps
from costeer.steering.types import CloudPosition, CloudStream, Float32Array

CHUNK = 8
"""Most positions scored in one local batch. Eight cost about half of eight single steps; beyond that the work
wasted behind a cut grows faster than the saving."""


def lookahead(task: DecodeTask) -> Steps:
    """Stream, compare, accept, cut; see the module."""
    answer = task.chooser.answer
    while len(answer) < task.limit:
        before = len(answer)
        task.counts.opened(answer)
        with task.cloud.stream(answer, task.limit - before) as stream:
            for steps in _follow(task, stream):
                yield steps
                if steps and steps[-1].ends:
                    return
        if len(answer) == before:
            raise StreamBroken("The cloud ended the answer without saying how it would go on; try again.")


def _follow(task: DecodeTask, stream: CloudStream) -> Steps:
    """Decide along one stream, up to its end or the first difference."""
    answer = task.chooser.answer
    next_row = _score(task, answer, len(answer))[0]
    while len(answer) < task.limit:
        arrived = stream.take(CHUNK)
        if not arrived:
            return
        task.counts.cloud_positions += len(arrived)
        rows = [next_row, *_score_behind(task, arrived)]
        steps: list[Step] = []
        for position, row in zip(arrived, rows, strict=False):
            step = task.chooser.steered(position, row)
            steps.append(step)
            if step.ends or step.trace.token != position.token:
                yield steps
                return
        next_row = rows[-1]
        yield steps


def _score_behind(task: DecodeTask, arrived: list[CloudPosition]) -> list[Float32Array]:
    """Rows for the positions behind each arrived token, the one after the last included.

    Behind an end token nothing can follow, so nothing is scored there.
    """
    answer = task.chooser.answer
    draft = [one.token for one in arrived]
    if draft[-1] in task.vocabulary.end_tokens:
        draft.pop()
    draft = draft[: task.limit - len(answer) - 1]
    return _score(task, [*answer, *draft], len(answer) + 1)


def _score(task: DecodeTask, tokens: list[int], first: int) -> list[Float32Array]:
    """The rows `first`..`len(tokens)`, none when there is no such position."""
    if first > len(tokens):
        return []
    rows = task.local.score(tokens, first)
    task.counts.local_batches += 1
    task.counts.local_positions += len(rows)
    return list(rows)
