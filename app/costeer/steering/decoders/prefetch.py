"""Branches asked for beforehand: where the cloud's own runner-up is close, what it would say behind it.

Which branches are asked for follows from what the cloud itself told, and from a budget; nothing private is in it.
When the steered choice turns out to be such a runner-up, its continuation is in hand and the cut costs no wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from costeer.foundation.errors import EndpointError
from costeer.steering.decoders.common import DecodeTask
from costeer.steering.decoders.pace import Pace
from costeer.steering.types import CloudPosition, CloudStream

_RUNNERS_UP = 2
_AT_FIRST, _SAVED_AT_MOST = 8.0, 32.0  # tokens
_STEP = 0.5
"""Nats. A runner-up within one step is asked for whenever the budget allows, one `n` steps away only when it
allows `n` such branches: closer ones are chosen more often, so something is kept for them."""


@dataclass(slots=True, eq=False)
class Branch:
    """The continuation behind token `token` at index `at` of the answer."""

    at: int
    token: int
    asked: int
    stream: CloudStream
    arrived: list[CloudPosition] = field(default_factory=list)

    def collect(self) -> None:
        """Take what is there. Raises EndpointError."""
        while len(self.arrived) < self.asked and not self.stream.waiting:
            more = self.stream.take(self.asked)
            if not more:
                self.asked = len(self.arrived)
            self.arrived += more


class Prefetcher:
    """The open branches of one answer; used by the thread that decodes. Close it."""

    def __init__(self, task: DecodeTask, pace: Pace) -> None:
        self._task = task
        self._options = task.ahead
        self._pace = pace
        self._budget = _AT_FIRST if self._options.prefetch > 0.0 else 0.0
        self._open: list[Branch] = []

    def heard(self, ahead: Sequence[int], position: CloudPosition) -> None:
        """The cloud has told a position of its path, behind the answer and the undecided tokens `ahead`."""
        if self._options.prefetch <= 0.0:
            return
        self._budget = min(self._budget + self._options.prefetch, _SAVED_AT_MOST)
        told = position.top_logprobs
        at = len(self._task.chooser.answer) + len(ahead)
        length = min(self._pace.branch(), self._task.limit - at - 1)
        for rank in range(min(_RUNNERS_UP + 1, len(told))):
            token = int(position.top_ids[rank])
            behind = float(told[0] - told[rank])
            worth = max(1.0, behind / _STEP)
            if token == position.token or token in self._task.vocabulary.end_tokens or length < 1:
                continue
            if self._budget < worth * length or len(self._open) >= self._options.branches:
                return
            if self._task.chooser.may_be_sent([*ahead, token]):
                self._ask([*ahead, token], at, length)

    def _ask(self, ahead: Sequence[int], at: int, length: int) -> None:
        self._budget -= length
        self._task.counts.opened((), waiting=False)
        self._task.counts.branches += 1
        path = [*self._task.chooser.answer, *ahead]
        stream = self._task.cloud.stream(path, length, draws=self._task.draws)
        self._open.append(Branch(at, ahead[-1], length, stream))

    def adopt(self, at: int, token: int) -> Branch | None:
        """The branch behind `token` at index `at`, if it was asked for; all others are given up."""
        found: Branch | None = None
        for branch in self._open:
            if (branch.at, branch.token) == (at, token):
                found = branch
        if found is not None:
            self._open.remove(found)
            if not self._collected(found):
                self._close(found)
                found = None
        self.close()
        return found

    def decided(self, length: int) -> None:
        """The answer has `length` tokens: what branched off before is of no use any more."""
        for branch in [one for one in self._open if one.at < length]:
            self._open.remove(branch)
            self._collected(branch)
            self._close(branch)

    def close(self) -> None:
        branches, self._open = self._open, []
        for branch in branches:
            self._collected(branch)
            self._close(branch)

    def _collected(self, branch: Branch) -> bool:
        """Whether the branch is sound. One that is not costs the answer nothing, so it raises nothing; no others
        are asked for then, as the endpoint may not want it."""
        try:
            branch.collect()
        except EndpointError:
            self._budget = -float("inf")
            return False
        return True

    def _close(self, branch: Branch) -> None:
        self._task.counts.cloud_positions += len(branch.arrived)
        self._task.counts.prefetched += len(branch.arrived)
        branch.stream.close()
