"""What the leak meter counts, by hand; that the bound holds is for test_leak_bound."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.steering.chance import SecretChance, SeededChance
from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts, DecodeTask
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.leak.budget import END_BITS, LEAST_BUDGET, RESERVE, WITHHELD_BITS, Allowance, LeakBudget
from costeer.steering.leak.meter import LeakMeter
from costeer.steering.leak.reference import PublicReference
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import Strength
from costeer.steering.types import CloudPosition, Opinions
from costeer.steering.vocabulary import Vocabulary
from tests.steering.leak_worlds import ProfileWorld
from tests.steering.piece_worlds import LocalWorld, TextCloud, scorer_of
from tests.steering.worlds import World, WorldCloud, WorldLocal, small_vocabulary

FOUND_NOTHING = -math.log2(1 - 2.0 ** (1 - WITHHELD_BITS))
GREEDY = Policy.at(Strength(1.0, 0.15))
WAYS = [
    GREEDY,
    Policy.at(Strength(1.0, 0.15), 0.8, 0.9),
    Policy.at(Strength(1.0, 0.15), 0.8, sampling="fast"),
]


def decided(
    policy: Policy, cloud: list[float], local: list[list[float]], **more: object
) -> tuple[Step, LeakMeter]:
    """One decision over three tokens, the first of which ends."""
    chooser = Chooser(policy, small_vocabulary(3), **more)  # type: ignore[arg-type]
    order = np.argsort(-np.array(cloud))
    position = CloudPosition(int(order[0]), order, np.log(np.array(cloud)[order]))
    row = LogitsRow(np.log(np.array(local, dtype=np.float32)))
    return chooser.without_local(position) or chooser.decide(position, row), chooser.meter


def test_a_greedy_choice_costs_what_it_surprises_the_public() -> None:
    step, meter = decided(GREEDY, [0.1, 0.6, 0.3], [[0.1, 0.1, 0.8], [0.2, 0.4, 0.4]])
    assert step.trace.token == 2
    law = 0.0
    for tau in (0.2, 0.45, 0.9):
        tempered = np.array([0.1, 0.6, 0.3]) ** (1 / tau)
        for plain, cloud in ((0.02, 0.02), (0.15, 0.1)):
            own = (1 - plain - cloud) * tempered[2] / tempered.sum() + plain * 0.4 + cloud * 0.3
            law += (0.996 * own + 0.004 / 6) / 6
    assert step.trace.bits == pytest.approx(-math.log2(law) + FOUND_NOTHING, rel=1e-5)
    assert meter.bits == step.trace.bits


def test_where_the_cloud_has_the_say_nothing_is_revealed() -> None:
    policy = replace(GREEDY, sure=0.9)
    step, _ = decided(policy, [0.01, 0.95, 0.04], [[0.1, 0.1, 0.8], [0.2, 0.4, 0.4]])
    assert not step.trace.steered
    assert step.trace.bits == FOUND_NOTHING


def test_draws_that_can_be_guessed_are_counted_like_choices() -> None:
    policy = Policy.at(Strength(1.0, 0.15), 1.0)
    world = [[0.1, 0.1, 0.8], [0.2, 0.4, 0.4]]
    guessed, _ = decided(policy, [0.1, 0.6, 0.3], world, chance=SeededChance(5))
    probability = guessed.trace.probability
    assert 0.0 < probability < 1.0
    for _ in range(50):
        secret, _ = decided(policy, [0.1, 0.6, 0.3], world, chance=SecretChance())
        if secret.trace.token == guessed.trace.token:
            assert guessed.trace.bits == pytest.approx(secret.trace.bits - math.log2(probability))
            return
    pytest.fail("a token of some probability was not drawn in fifty draws")


def masked_chooser() -> tuple[Chooser, Vocabulary]:
    vocabulary = Vocabulary([b"<end>", b"7", b"8", "…".encode()], frozenset({0}))
    return Chooser(GREEDY, vocabulary, mask=StringMask(["555-0197"]), written=b"Call 555-019"), vocabulary


def test_a_text_that_is_withheld_counts_whoever_has_the_say() -> None:
    for sure in (0.5, 1.0):
        chooser, _ = masked_chooser()
        chooser.policy = replace(GREEDY, sure=sure)
        row = LogitsRow(np.array([[0.0, 9.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0]], dtype=np.float32))
        position = CloudPosition(1, np.array([1, 2]), np.log(np.array([0.6, 0.3])))
        step = chooser.without_local(position) or chooser.decide(position, row)
        assert step.trace.text == "…"
        assert step.trace.bits == WITHHELD_BITS


def test_what_is_not_asked_ahead_counts_once() -> None:
    chooser, _ = masked_chooser()
    assert chooser.may_be_sent([2])
    assert chooser.meter.bits == FOUND_NOTHING
    for ahead in ([1], [1, 2], [1]):
        assert not chooser.may_be_sent(ahead)
    assert chooser.meter.bits == FOUND_NOTHING + WITHHELD_BITS
    assert not chooser.may_be_sent([3, 1]) or chooser.meter.bits > FOUND_NOTHING + WITHHELD_BITS


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    policy=st.sampled_from(WAYS),
    drawn=st.integers(0, 3),
    k=st.integers(1, 24),
    spread=st.floats(0.5, 4.0),
)
def test_the_public_expects_one_thing_at_a_time_and_nothing_private(
    seed: int, policy: Policy, drawn: int, k: int, spread: float
) -> None:
    """Over all candidates it sums up to at most 1, and is the same for two users and for fewer candidates."""
    worlds = [ProfileWorld(seed, spread=spread, profile=one) for one in range(2)]
    position = worlds[0].position((), k)
    if policy.fast:
        position = replace(position, token=int(position.top_ids[min(drawn, k - 1)]))
    found: list[dict[int, float]] = []
    for world in worlds:
        for plausibility in (0.0, 0.05):
            opinions = LogitsRow(world.local_logits(())).opinions(position, plausibility)
            expected = PublicReference(policy, world.size).expected(position, opinions)
            law = dict(zip(opinions.ids.tolist(), expected.of_each().tolist(), strict=True))
            assert sum(law.values()) + expected.of_kept() <= 1.0 + 1e-9
            assert min(law.values()) > 0.0
            found.append(law)
    for law in found[1:]:
        for token, probability in law.items():
            assert probability == pytest.approx(found[0][token], rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), written=st.lists(st.sampled_from([1, 2, 3, 6]), max_size=4), k=st.integers(1, 12)
)
def test_nor_where_the_tokenizers_differ(seed: int, written: list[int], k: int) -> None:
    found: list[dict[int, float]] = []
    for difference in (0.0, 3.0):
        opinions, position = piece_opinions(seed, written, k, difference)
        expected = PublicReference(GREEDY, 64).expected(position, opinions)
        law = dict(zip(opinions.ids.tolist(), expected.of_each().tolist(), strict=True))
        assert sum(law.values()) <= 1.0 + 1e-6
        found.append(law)
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def piece_opinions(seed: int, written: list[int], k: int, difference: float) -> tuple[Opinions, CloudPosition]:
    scorer, vocabulary = scorer_of(LocalWorld(seed, difference=difference), 0.6)
    cloud = TextCloud(seed, vocabulary.join, vocabulary.learn, k=k)
    answer: list[int] = []
    for one in written:  # tokens that only the local model has, as steering writes them
        answer.append(2**31 + one)
    position = cloud.position(vocabulary.join(answer))
    vocabulary.learn(position)
    (row,) = scorer.score(answer, [len(answer)])
    return row.opinions(position, 0.0), position


def test_the_better_foreseen_the_more_is_believed() -> None:
    """A user whose answers are never changed costs less and less."""
    reference = PublicReference(GREEDY, 24)
    bits = []
    for at in range(60):
        world = World(seed=at, difference=0.0, spread=2.0)
        position = world.position((), 24)
        opinions = LogitsRow(world.local_logits(())).opinions(position, 0.0)
        expected = reference.expected(position, opinions)
        bits.append(-math.log2(expected.of(position.token)))
        reference.learn(expected, position.token)
    assert sum(bits[30:]) < 0.8 * sum(bits[:30])


def test_full_strength_for_half_of_what_may_be_spent_then_less() -> None:
    budget = LeakBudget((Allowance("answer", RESERVE + 100.0),))
    assert [budget.strength(one) for one in (0.0, 50.0, 75.0, 100.0, 110.0)] == [1.0, 1.0, 0.5, 0.0, 0.0]
    assert budget.left(60.0) == pytest.approx(40.0)


def test_the_tighter_budget_counts() -> None:
    both = LeakBudget((Allowance("answer", RESERVE + 100.0), Allowance("conversation", RESERVE + 200.0, 180.0)))
    assert both.left(0.0) == pytest.approx(20.0)
    assert both.strength(0.0) == pytest.approx(0.2)
    assert both.ending(0.0) == "conversation" or both.left(END_BITS) >= 0.0
    assert both.ending(15.0) == "conversation"
    assert LeakBudget((Allowance("answer", 50.0), Allowance("conversation", 500.0))).ending(40.0) == "answer"
    assert LeakBudget((Allowance("conversation", 500.0),)).ending(40.0) == "conversation"


def test_without_a_budget_nothing_is_held_back() -> None:
    budget = LeakBudget()
    assert (budget.left(1e9), budget.strength(1e9), budget.going_on_bits) == (math.inf, 1.0, 0.0)


@pytest.mark.parametrize("policy", WAYS, ids=["greedy", "quiet", "fast"])
def test_steering_ends_within_the_budget_and_says_so(policy: Policy) -> None:
    """A long answer that is changed a lot: it is steered first, and never costs more than its budget. What is
    decided last is the cloud's own, unless the bits ran out where the cloud was asked to go on behind it."""
    world = World(seed=3, size=32, spread=1.5, difference=2.0)
    vocabulary = small_vocabulary(world.size)
    for bits, seed in itertools.product((LEAST_BUDGET, 60.0, 200.0), range(3)):
        budget = LeakBudget((Allowance("answer", bits),))
        chance = SeededChance(seed, known=False)
        chooser = Chooser(policy, vocabulary, chance=chance, meter=LeakMeter(budget))
        task = DecodeTask(WorldCloud(world, k=8), WorldLocal(world), chooser, vocabulary, 400, DecodeCounts())
        steps = [step for some in lookahead(task) for step in some]
        assert chooser.meter.bits <= bits
        if steps[-1].ends or len(chooser.answer) == 400:
            continue
        assert chooser.over
        assert chooser.meter.ended_by == "answer"
        assert not steps[-1].trace.steered
        assert bits == LEAST_BUDGET or any(step.trace.changed for step in steps)
