"""The law of sampled answers: both ways of sampling draw from the same q as token-by-token, tail included.

Chi-square at fixed seeds over the joint law of the first two tokens: 10^4 drawn tokens for each way,
and 10^5 in the slow tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np
import pytest

from costeer.steering.chance import SeededChance
from costeer.steering.choice import Chooser, told_opinions
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask, LookaheadOptions
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.policy import Policy, Sampling, is_sure, steer
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import Strength
from costeer.steering.types import CloudPosition, FloatArray
from tests.steering.worlds import END, World, WorldCloud, WorldLocal, small_vocabulary

SIZE = 12
TOLD = 5
ANSWERS = 50_000  # of two tokens each
TEMPERATURE = 0.8
VOCABULARY = small_vocabulary(SIZE)


@dataclass
class Remembering(World):
    """A world that computes each prefix once."""

    positions: dict[tuple[int, ...], CloudPosition] = field(default_factory=dict)
    rows: dict[tuple[int, ...], LogitsRow] = field(default_factory=dict)

    def position(self, prefix: Sequence[int], k: int) -> CloudPosition:
        key = tuple(prefix)
        if key not in self.positions:
            self.positions[key] = super().position(prefix, k)
        return self.positions[key]

    def row(self, prefix: Sequence[int]) -> LogitsRow:
        key = tuple(prefix)
        if key not in self.rows:
            self.rows[key] = LogitsRow(self.local_logits(prefix))
        return self.rows[key]


@dataclass
class RememberingLocal(WorldLocal):
    world: Remembering

    def score(self, answer: Sequence[int], wanted: Sequence[int]) -> list[LogitsRow]:
        return [self.world.row(answer[:i]) for i in wanted]


def law(world: Remembering, prefix: Sequence[int], policy: Policy) -> FloatArray:
    """q behind a prefix, over the whole vocabulary, as the policy defines it."""
    position = world.position(prefix, TOLD)
    q = np.zeros(SIZE)
    if is_sure(position, policy):
        opinions, policy = told_opinions(position), replace(policy, signals=(), mixture=0.0)
    else:
        opinions = world.row(prefix).opinions(position, policy.plausibility)
    q[opinions.ids] = steer(opinions, policy).probabilities
    return q


def joint_law(world: Remembering, policy: Policy) -> dict[tuple[int, ...], float]:
    joint: dict[tuple[int, ...], float] = {}
    for first, mass in enumerate(law(world, (), policy)):
        if first == END:
            joint[END,] = float(mass)
        else:
            for second, share in enumerate(law(world, (first,), policy)):
                joint[first, second] = float(mass * share)
    return joint


def drawn(world: Remembering, policy: Policy, decoder: Decoder, answers: int) -> Counter[tuple[int, ...]]:
    found: Counter[tuple[int, ...]] = Counter()
    for seed in range(answers):
        chooser = Chooser(policy, VOCABULARY, chance=SeededChance(seed))
        cloud, local = WorldCloud(world, k=TOLD, burst=2), RememberingLocal(world)
        ahead = LookaheadOptions(prefetch=4.0 * (seed % 2))
        task = DecodeTask(cloud, local, chooser, VOCABULARY, 2, DecodeCounts(), 10**6 + seed, ahead)
        found[tuple(step.trace.token for steps in decoder(task) for step in steps)] += 1
    return found


def chi_square(found: Counter[tuple[int, ...]], expected: dict[tuple[int, ...], float]) -> tuple[float, float]:
    """The statistic, and the value that it exceeds once in a thousand times (Wilson and Hilferty)."""
    total = found.total()
    cells = [(found[one], total * mass) for one, mass in expected.items() if total * mass >= 5]
    rest = total - sum(count for count, _ in cells), total - sum(mass for _, mass in cells)
    if rest[1] >= 5:
        cells.append(rest)
    freedom = len(cells) - 1
    statistic = sum((count - mass) ** 2 / mass for count, mass in cells)
    return statistic, freedom * (1 - 2 / (9 * freedom) + 3.09 * sqrt(2 / (9 * freedom))) ** 3


WAYS: tuple[tuple[Sampling, Decoder], ...] = (("quiet", lookahead), ("fast", lookahead), ("fast", token_by_token))
NAMES = ["quiet", "fast", "fast, token by token"]


def check_the_law(sampling: Sampling, decoder: Decoder, answers: int) -> None:
    world = Remembering(seed=5, size=SIZE, spread=1.2, difference=1.0)
    policy = Policy.at(Strength(1.0, 0.15), TEMPERATURE, clip=3.0, sampling=sampling)
    expected = joint_law(world, policy)
    assert sum(expected.values()) == pytest.approx(1)
    beyond = [one for one in expected if one[0] not in world.position((), TOLD).top_ids]
    assert sum(expected[one] for one in beyond) > 0.02, "the tail matters in this world"
    found = drawn(world, policy, decoder, answers)
    statistic, critical = chi_square(found, expected)
    assert statistic < critical
    # The test can fail: the law without the mixture part is another one, and is told apart.
    other = replace(policy, mixture=0.0)
    assert chi_square(found, joint_law(world, other))[0] > 2 * critical


@pytest.mark.thorough
@pytest.mark.parametrize(("sampling", "decoder"), WAYS, ids=NAMES)
def test_the_output_law_is_q(sampling: Sampling, decoder: Decoder) -> None:
    check_the_law(sampling, decoder, ANSWERS // 10)


@pytest.mark.slow
@pytest.mark.parametrize(("sampling", "decoder"), WAYS, ids=NAMES)
def test_the_output_law_is_q_in_a_hundred_thousand_draws(sampling: Sampling, decoder: Decoder) -> None:
    check_the_law(sampling, decoder, ANSWERS)


@pytest.mark.thorough
def test_top_p_and_certainty_keep_the_law() -> None:
    """A cloud that is mostly sure: many positions are decided without the local model, in both ways."""
    world = Remembering(seed=8, size=SIZE, spread=2.5, difference=0.5)
    ways: tuple[tuple[Sampling, float, float], ...] = (("quiet", 0.9, 1.0), ("fast", 0.9, 0.7), ("fast", 1.0, 1.0))
    for sampling, nucleus, sure in ways:
        policy = Policy.at(Strength(0.6, 0.1), TEMPERATURE, nucleus, clip=0.5, sure=sure, sampling=sampling)
        found = drawn(world, policy, lookahead, 2500)
        statistic, critical = chi_square(found, joint_law(world, policy))
        assert statistic < critical, (sampling, nucleus)


def test_fast_accepts_more_than_quiet() -> None:
    world = World(seed=3, size=SIZE, spread=1.5, difference=0.7)
    cuts = {}
    for sampling in ("quiet", "fast"):
        total = 0
        for seed in range(60):
            chooser = Chooser(
                Policy.at(Strength(0.5, 0.1), 1.0, sampling=sampling), VOCABULARY, chance=SeededChance(seed)
            )
            counts = DecodeCounts()
            task = DecodeTask(WorldCloud(world, k=TOLD), WorldLocal(world), chooser, VOCABULARY, 20, counts, seed)
            list(lookahead(task))
            total += counts.cuts
        cuts[sampling] = total
    assert cuts["fast"] < 0.8 * cuts["quiet"]


def test_a_refusal_says_what_it_revealed() -> None:
    """By hand: q = (0.2, 0.8), p = (0.7, 0.3): token 0 is accepted with 2/7, else token 1 is drawn for sure."""
    vocabulary = small_vocabulary(3)
    local = np.log(np.array([[1e-9, 0.2, 0.8], [1e-9, 0.5, 0.5]], dtype=np.float32))
    cloud = CloudPosition(1, np.array([1, 2]), np.log(np.array([0.7, 0.3])))
    policy = Policy.at(Strength(0.0, 1.0), 1.0, sampling="fast")
    seen: Counter[tuple[str, int]] = Counter()
    for seed in range(400):
        chance = SeededChance(seed, known=False)
        trace = Chooser(policy, vocabulary, chance=chance).decide(cloud, LogitsRow(local)).trace
        seen[trace.draw, trace.token] += 1
        expected = 2 / 7 if trace.draw == "accepted" else 5 / 7
        assert trace.probability == pytest.approx(expected, rel=1e-5)
        # The four experts expect a refusal with 0.3 a: 0.1125 on average. Then token 2 is nearly all that is left.
        reference = 1 - 0.1125 if trace.draw == "accepted" else 0.1125 * (0.996 + 0.004 / 5)
        assert trace.bits == pytest.approx(np.log2(expected / reference) - np.log2(1 - 2**-9), abs=1e-5)
    assert set(seen) == {("accepted", 1), ("refused", 2)}
    assert abs(seen["accepted", 1] / 400 - 2 / 7) < 0.1
