"""Cloud lookahead: let the cloud run ahead and cut it at the first difference.

The cloud streams its own continuation; the device scores the same positions, all branches, in local batches.
While the steered choice equals the streamed token it is accepted; at the first difference the stream is closed,
the steered token appended, and a new stream opened behind it. Greedy gives exactly the token-by-token answer, and
so does quiet sampling (the cloud streams its greedy continuation, the device draws from q itself), because the
decisions are the same ones at the same prefixes. When the cloud draws ("fast"), the law is the same one.

What is sent. A request holds the public prompt, final tokens, and what the cloud itself has said behind them (when
it is asked to go on before all of that is decided, and for branches), unless that spells out something private.
How much is asked for depends on where the cloud was cut before.

What is not waited for. Positions at which the cloud is so sure that it has the say alone, or that no bounded
difference could overturn it, are decided at once, and read by the local model later, in the batch of the next
position that matters. The position behind a cut is scored while the cloud is silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from costeer.foundation.errors import EndpointError, StreamBroken
from costeer.steering.choice import Step
from costeer.steering.decoders.common import DecodeTask, Steps
from costeer.steering.decoders.pace import Pace
from costeer.steering.decoders.prefetch import Prefetcher
from costeer.steering.types import CloudPosition, CloudStream, LocalRow

_TAKEN_AT_ONCE = 64


def lookahead(task: DecodeTask) -> Steps:
    """Stream, compare, accept, cut; see the module."""
    walk = _Walk(task)
    try:
        while not walk.over:
            walk.ask()
            walk.listen()
            steps = walk.decide()
            if steps:
                yield steps
    finally:
        walk.close()


@dataclass(slots=True)
class _Source:
    """An open stream: it will tell `due` more positions, the first of them at index `next` of the answer. A branch
    that was adopted comes before the main stream, which may tell the same again."""

    stream: CloudStream
    next: int
    due: int
    main: bool


class _Walk:
    """The state between two decisions.

    Behind the answer come the positions that the cloud has told (`_known`). `_rows[i]` is the local row of index
    `i` along that path.
    """

    def __init__(self, task: DecodeTask) -> None:
        self._ended = len(task.chooser.answer) >= task.limit
        self._task = task
        self._answer = task.chooser.answer
        self._known: deque[CloudPosition] = deque()
        self._rows: dict[int, LocalRow] = {}
        self._sources: deque[_Source] = deque()
        self._broken: EndpointError | None = None
        self._heard_any = True  # whether the last stream told anything
        self._used_up = False  # whether no cut has come since it was opened
        self._pace = Pace()
        self._prefetcher = Prefetcher(task, self._pace)

    @property
    def over(self) -> bool:
        """Whether the answer, or steering, has come to its end. Steering may end with any look ahead."""
        return self._ended or self._task.chooser.over

    def close(self) -> None:
        self._hang_up()
        self._prefetcher.close()

    def ask(self) -> None:
        """Have the cloud going on, unless enough is in hand or it has come to an end."""
        if self._broken is not None and not self._known:
            raise self._broken
        if self._broken is not None or self._at_end() or any(one.main for one in self._sources):
            return
        if self._sources and self._task.draws:
            return  # what another stream would draw is not what follows on this branch
        ahead = self._ahead()
        most = self._pace.ask()
        length = min(most, self._task.limit - len(self._answer) - len(ahead))
        if length < 1 or 2 * len(ahead) > most or not self._task.chooser.may_be_sent(ahead):
            return
        if not self._heard_any:
            raise StreamBroken("The cloud ended the answer without saying how it would go on; try again.")
        if self._used_up and not ahead:
            self._pace.ran_out()
        self._task.counts.opened(self._answer, waiting=not ahead and not self._sources)
        stream = self._task.cloud.stream([*self._answer, *ahead], length, draws=self._task.draws)
        self._sources.append(_Source(stream, len(self._answer) + len(ahead), length, main=True))
        self._heard_any, self._used_up = False, True

    def listen(self) -> None:
        """Take what has arrived; wait for it when there is nothing to decide."""
        # Bounded: each pass hears a position, drops a stream, or returns.
        while self._sources and self._broken is None and not self.over:
            source = self._sources[0]
            if self._known:
                if source.stream.waiting:
                    return
            else:
                self._use_the_wait(source.stream)
            try:
                arrived = source.stream.take(_TAKEN_AT_ONCE)
            except EndpointError as broken:
                if not self._known:
                    raise
                self._broken = broken  # what has been told before is decided first
                return
            self._task.counts.cloud_positions += len(arrived)
            self._heard_any = self._heard_any or bool(arrived)
            sound = all(self._hear(source, position) for position in arrived[: source.due])
            source.due -= len(arrived)
            if source.due <= 0 or not arrived or not sound or self._at_end():
                self._sources.popleft().stream.close()

    def _hear(self, source: _Source, position: CloudPosition) -> bool:
        """The next position of a stream. False when the stream has left the path."""
        index, source.next = source.next, source.next + 1
        known_from = len(self._answer)
        if index >= known_from + len(self._known):
            self._prefetcher.heard(self._ahead(), position)
            self._known.append(position)
            return True
        before = self._answer[index] if index < known_from else self._known[index - known_from].token
        return position.token == before  # told already by the branch that the answer went on with

    def decide(self) -> list[Step]:
        """Decide what is known, with at most one local batch."""
        steps: list[Step] = []
        chooser, counts = self._task.chooser, self._task.counts
        while self._known and not self.over:
            position, index = self._known[0], len(self._answer)
            step = chooser.without_local(position)
            if step is not None:
                counts.certain += 1
            else:
                if index not in self._rows:
                    if steps:
                        break  # show what there is; the batch comes with the next call
                    self._score_ahead()
                step = chooser.decide(position, self._rows[index])
            steps.append(step)
            self._known.popleft()
            self._rows.pop(index, None)
            self._ended = step.ends or len(self._answer) >= self._task.limit
            accepted = step.ends or step.trace.token == position.token
            self._pace.decided(accepted=accepted)
            if not accepted and not self.over:
                self._cut(step.trace.token)
        self._prefetcher.decided(len(self._answer))
        return steps

    def _cut(self, token: int) -> None:
        """The answer goes on with `token`: what was heard and scored behind the cloud's own is of no use."""
        self._hang_up()
        self._broken = None  # it was behind the cut
        self._task.counts.cuts += 1
        self._pace.discarded(len(self._known))
        self._known.clear()
        self._rows.clear()
        self._heard_any, self._used_up = True, False
        at = len(self._answer)
        branch = self._prefetcher.adopt(at - 1, token)
        if branch is None:
            return
        counts = self._task.counts
        counts.adopted += 1
        counts.late += not branch.arrived
        counts.cloud_positions += len(branch.arrived)
        counts.prefetched += len(branch.arrived)
        source = _Source(branch.stream, at, branch.asked, main=False)
        for position in branch.arrived:
            self._hear(source, position)
        source.due -= len(branch.arrived)
        if source.due > 0 and not self._at_end():
            self._sources.append(source)
        else:
            branch.stream.close()

    def _ahead(self) -> list[int]:
        """What the cloud has told behind the answer."""
        return [one.token for one in self._known]

    def _at_end(self) -> bool:
        return bool(self._known) and self._known[-1].token in self._task.vocabulary.end_tokens

    def _hang_up(self) -> None:
        while self._sources:
            self._sources.popleft().stream.close()

    def _use_the_wait(self, stream: CloudStream) -> None:
        """While the cloud is silent, score the position behind the answer, which needs nothing from it."""
        index = len(self._answer)
        if stream.waiting and index < self._task.limit and index not in self._rows:
            self._score(self._answer, [index])

    def _score_ahead(self) -> None:
        """One batch: the next position and, as far as it pays, those behind it that will probably need one."""
        first = len(self._answer)
        path = [*self._answer, *self._ahead()]
        wanted = [first]
        for offset, position in enumerate(list(self._known)[1:], start=1):
            if first + offset not in self._rows and not self._task.chooser.is_certain(position):
                wanted.append(first + offset)
        following = len(path) < self._task.limit and not self._at_end()
        if following and len(path) not in self._rows:
            wanted.append(len(path))  # not told yet, but what it stands behind is
        wanted = wanted[: self._pace.batch(self._task.local.cost, len(wanted))]
        self._score(path[: wanted[-1]], wanted)

    def _score(self, path: Sequence[int], wanted: Sequence[int]) -> None:
        rows = self._task.local.score(path, wanted)
        self._task.counts.local_batches += 1
        self._task.counts.local_positions += len(rows)
        self._rows.update(zip(wanted, rows, strict=True))
