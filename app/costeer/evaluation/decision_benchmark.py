"""What the engine decides on real logits, and what that would take at a distance.

For each case the answer is written once with all that the cloud knows, position by position, and each position is
decided again with what an endpoint would tell (top 20, top 5). Then the decoders themselves walk in virtual time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from costeer.evaluation.case_models import CaseModels
from costeer.evaluation.cogenesis import Case
from costeer.evaluation.virtual_time import Clock, CloudSpeed, LocalSpeed, VirtualCloud, VirtualLocal
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.translatable import Translatable
from costeer.local.process import LocalSession, ModelProcess
from costeer.steering.choice import Chooser, told_opinions
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask, LookaheadOptions
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.distributions import softmax
from costeer.steering.policy import Policy, certain_mass, is_sure, steer
from costeer.steering.rows import LogitsRow
from costeer.steering.types import CloudPosition, FloatArray

TOLD = (20, 5)
TEMPERATURES = (0.3, 0.7, 1.0)
_SIZES = (1, 2, 4, 8, 12, 16)
_REPEATS = 5


@dataclass(slots=True)
class _Tally:
    """Sums over the positions of all cases."""

    positions: int = 0
    diverged: int = 0
    certain: int = 0
    same: dict[int, int] = field(default_factory=lambda: dict.fromkeys(TOLD, 0))
    distance: dict[int, float] = field(default_factory=lambda: dict.fromkeys(TOLD, 0.0))
    quiet: dict[float, float] = field(default_factory=lambda: dict.fromkeys(TEMPERATURES, 0.0))
    fast: dict[float, float] = field(default_factory=lambda: dict.fromkeys(TEMPERATURES, 0.0))

    def add(self, whole: CloudPosition, told: dict[int, CloudPosition], row: LogitsRow, greedy: Policy) -> None:
        best = _best(row, whole, greedy)
        warm = dense(row, whole, replace(greedy, temperature=1.0))
        self.positions += 1
        self.diverged += best != whole.token
        self.certain += is_sure(whole, greedy) or certain_mass(told[TOLD[0]], greedy) > 0.5
        for k, position in told.items():
            self.same[k] += _best(row, position, greedy) == best
            self.distance[k] += 0.5 * float(
                np.abs(dense(row, position, replace(greedy, temperature=1.0)) - warm).sum()
            )
        for temperature in TEMPERATURES:
            position = told[TOLD[0]]
            q = dense(row, position, replace(greedy, temperature=temperature))
            p = softmax(position.top_logprobs / temperature)
            self.quiet[temperature] += float(q[position.token])
            self.fast[temperature] += float(np.minimum(p, q[position.top_ids]).sum())

    def shares(self) -> dict[str, object]:
        n = max(1, self.positions)
        return {
            "positions": self.positions,
            "diverged": self.diverged / n,
            "decided_without_local_model": self.certain / n,
            "same_choice_as_full_logits": {f"top_{k}": self.same[k] / n for k in TOLD},
            "total_variation_from_full_logits": {f"top_{k}": self.distance[k] / n for k in TOLD},
            "sampling_acceptance": {
                f"temperature_{t}": {"quiet": self.quiet[t] / n, "fast": self.fast[t] / n} for t in TEMPERATURES
            },
        }


def _best(row: LogitsRow, position: CloudPosition, policy: Policy) -> int:
    """The greedy choice."""
    if is_sure(position, policy):
        return position.token
    opinions = row.opinions(position, policy.plausibility)
    return int(opinions.ids[np.argmax(steer(opinions, policy).probabilities)])


def dense(row: LogitsRow, position: CloudPosition, policy: Policy) -> FloatArray:
    """`q` over the whole vocabulary."""
    if is_sure(position, policy):
        opinions, policy = told_opinions(position), replace(policy, signals=(), mixture=0.0)
    else:
        opinions = row.opinions(position, policy.plausibility)
    whole = np.zeros(row.size)
    whole[opinions.ids] = steer(opinions, policy).probabilities
    return whole


@dataclass(frozen=True, slots=True)
class Walk:
    """One answer in virtual time."""

    tokens: tuple[int, ...]
    seconds: float
    generated: int
    counts: DecodeCounts
    stalled: float


def bench_decisions(
    local: ModelProcess,
    cloud: ModelProcess,
    cases: Sequence[Case],
    policy: Policy,
    max_tokens: int,
    speed: CloudSpeed,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, object]:
    """Returns what `--json` prints; `policy` is greedy."""
    tally = _Tally()
    walks: dict[str, list[Walk]] = {}
    timing = measure_local(CaseModels(local, cloud, cases[0], cancel), policy)
    for number, case in enumerate(cases):
        models = CaseModels(local, cloud, case, cancel)
        _walk_with_all(models, policy, max_tokens, tally)
        for name, decoder, k, ahead in _variants(len(models.vocabulary)):
            what = Translatable("case {number} of {count}: {name}", number=number + 1, count=len(cases), name=name)
            progress(Progress(what, number, len(cases)))
            walks.setdefault(name, []).append(_walk(models, policy, decoder, k, ahead, max_tokens, speed, timing))
    return {
        "decisions": tally.shares(),
        "virtual_time": {
            "label": "real decisions in virtual time: assumed network and cloud, measured local model",
            "round_trip_ms": 1000 * speed.round_trip,
            "cloud_ms_per_token": 1000 * speed.token,
            "local_ms_per_batch": dict(zip(timing.positions, (1000 * one for one in timing.seconds), strict=True)),
            "local_read_share": timing.read_share,
            "engine_ms_per_position": 1000 * timing.decide,
            "decoders": {name: _summary(some, walks["token"]) for name, some in walks.items()},
            "unsteered_tokens_per_second": statistics.median(_unsteered(one, speed) for one in walks["token"]),
            "speed_ratios": _ratios(walks, speed),
        },
    }


def _variants(size: int) -> list[tuple[str, Decoder, int, LookaheadOptions]]:
    alone, branches = LookaheadOptions(), LookaheadOptions(prefetch=1.0)
    return [
        ("token", token_by_token, TOLD[0], alone),
        ("lookahead", lookahead, TOLD[0], alone),
        ("lookahead with prefetch", lookahead, TOLD[0], branches),
        ("lookahead, top 5", lookahead, TOLD[1], alone),
        ("lookahead with prefetch, top 5", lookahead, TOLD[1], branches),
        ("lookahead, full logits", lookahead, size, alone),
        ("lookahead with prefetch, full logits", lookahead, size, branches),
    ]


def _walk_with_all(models: CaseModels, policy: Policy, max_tokens: int, tally: _Tally) -> None:
    """Write the answer with full logits, tallying each position."""
    chooser = Chooser(policy, models.vocabulary)
    for at in range(max_tokens):
        whole = models.position(chooser.answer, len(models.vocabulary))
        (row,) = models.rows(chooser.answer, [at])
        tally.add(whole, {k: models.position(chooser.answer, k) for k in TOLD}, row, policy)
        step = chooser.without_local(whole) or chooser.decide(whole, row)
        if step.ends:
            return


def _walk(
    models: CaseModels,
    policy: Policy,
    decoder: Decoder,
    k: int,
    ahead: LookaheadOptions,
    max_tokens: int,
    speed: CloudSpeed,
    timing: LocalSpeed,
) -> Walk:
    clock, counts = Clock(), DecodeCounts()
    cloud = VirtualCloud(clock, speed, models.telling(k), frozenset(models.vocabulary.end_tokens))
    local = VirtualLocal(clock, timing, models.rows)
    chooser = Chooser(policy, models.vocabulary)
    for _ in decoder(DecodeTask(cloud, local, chooser, models.vocabulary, max_tokens, counts, ahead=ahead)):
        pass
    return Walk(tuple(chooser.answer), clock.now, cloud.generated, counts, cloud.stalled)


def _summary(walks: Sequence[Walk], reference: Sequence[Walk]) -> dict[str, float]:
    tokens = sum(len(one.tokens) for one in walks)
    return {
        "tokens_per_second": statistics.median(_rate(one) for one in walks),
        "round_trips_per_token": sum(one.counts.round_trips for one in walks) / tokens,
        "cuts_per_token": sum(one.counts.cuts for one in walks) / tokens,
        "cuts_covered": sum(one.counts.adopted for one in walks) / max(1, sum(one.counts.cuts for one in walks)),
        "late_branches_per_token": sum(one.counts.late for one in walks) / tokens,
        "requests_per_token": sum(one.counts.requests for one in walks) / tokens,
        "cloud_tokens_per_token": sum(one.generated for one in walks) / tokens,
        "cloud_positions_used_or_seen_per_token": sum(one.counts.cloud_positions for one in walks) / tokens,
        "local_positions_per_token": sum(one.counts.local_positions for one in walks) / tokens,
        "stalled_ms_per_token": 1000 * sum(one.stalled for one in walks) / tokens,
        "same_answers_as_token_by_token": sum(
            one.tokens == other.tokens for one, other in zip(walks, reference, strict=True)
        )
        / len(walks),
        "tokens": tokens,
    }


def _rate(walk: Walk) -> float:
    return len(walk.tokens) / walk.seconds


def _unsteered(walk: Walk, speed: CloudSpeed) -> float:
    """Tokens per second of one stream as long as this answer."""
    return len(walk.tokens) / (speed.round_trip + len(walk.tokens) * speed.token)


def _ratios(walks: dict[str, list[Walk]], speed: CloudSpeed) -> dict[str, float]:
    ratios: dict[str, float] = {}
    for name in ("lookahead", "lookahead with prefetch"):
        pairs = list(zip(walks[name], walks["token"], strict=True))
        ratios[f"{name} over token"] = statistics.median(_rate(one) / _rate(other) for one, other in pairs)
        ratios[f"{name} over unsteered"] = statistics.median(
            _rate(one) / _unsteered(one, speed) for one, _ in pairs
        )
    return ratios


def measure_local(models: CaseModels, policy: Policy) -> LocalSpeed:
    """Time local batches of several sizes on this computer as it is now; the least of a few repeats."""
    session = models.session
    answer = models.likely_answer(max(_SIZES) + 1)
    seconds = [_least(session, answer, size, size) for size in _SIZES]
    read = _least(session, answer, _SIZES[-1], 1)
    share = min(1.0, max(0.0, (read - seconds[0]) / (seconds[-1] - seconds[0])))
    return LocalSpeed(_SIZES, tuple(seconds), share, _decide_seconds(models, policy))


def _least(session: LocalSession, answer: Sequence[int], size: int, scored: int) -> float:
    best = float("inf")
    for _ in range(_REPEATS):
        session.logits(answer[:1], [1])
        started = time.perf_counter()
        session.logits(answer[: 1 + size], range(2 + size - scored, 2 + size))
        best = min(best, time.perf_counter() - started)
    return best


def _decide_seconds(models: CaseModels, policy: Policy) -> float:
    """What the engine takes for a position with the top 20: normalising the row, joining, choosing, tracing."""
    (row,) = models.rows([], [0])
    position = models.position([], TOLD[0])
    times = []
    for _ in range(4 * _REPEATS):
        chooser = Chooser(policy, models.vocabulary)
        started = time.perf_counter()
        chooser.decide(position, LogitsRow(row.logits))
        times.append(time.perf_counter() - started)
    return statistics.median(times)
