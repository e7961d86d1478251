"""Lookahead must be token-by-token with fewer round trips, for any world, chunking and policy."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.foundation.errors import StreamBroken
from costeer.foundation.private_texts import PrivateTexts
from costeer.steering.chance import SeededChance
from costeer.steering.choice import Chooser, Step
from costeer.steering.decoders.common import DecodeCounts, Decoder, DecodeTask, LookaheadOptions
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.decoders.unsteered import unsteered
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy
from costeer.steering.strength import Strength
from tests.steering.worlds import END, World, WorldCloud, WorldLocal, small_vocabulary

worlds = st.builds(World, seed=st.integers(0, 10**6), spread=st.floats(0.5, 4), difference=st.floats(0, 4))
policies = st.builds(
    Policy.at,
    st.builds(Strength, st.floats(0, 2.5), st.floats(0, 0.4), st.floats(0, 0.8)),
    st.sampled_from([0.0, 0.0, 0.7, 1.0]),
    st.sampled_from([1.0, 0.8]),
    clip=st.sampled_from([math.inf, 2.0, 0.5]),
    plausibility=st.sampled_from([0.0, 0.01, 0.1]),
    sure=st.sampled_from([1.0, 0.8]),
)


def run(
    decoder: Decoder,
    world: World,
    policy: Policy,
    *,
    burst: int = 3,
    silence: int = 0,
    drop: int = 0,
    limit: int = 30,
    mask: StringMask | None = None,
    answer: tuple[int, ...] = (),
    ahead: LookaheadOptions | None = None,
) -> tuple[list[Step], DecodeCounts, WorldCloud]:
    vocabulary = small_vocabulary(world.size)
    cloud = WorldCloud(world, burst=burst, silence=silence, drop=drop)
    counts = DecodeCounts()
    chooser = Chooser(
        policy, vocabulary, chance=SeededChance(7), mask=mask, answer=answer, written=vocabulary.join(answer)
    )
    ahead = ahead or LookaheadOptions()
    task = DecodeTask(cloud, WorldLocal(world), chooser, vocabulary, limit, counts, ahead=ahead)
    steps: list[Step] = []
    for _ in range(1000):  # as the application does: a broken stream is reopened behind the last final token
        try:
            for some in decoder(task):
                steps += some
        except StreamBroken:
            continue
        return steps, counts, cloud
    raise AssertionError("the answer does not come to an end")


@settings(max_examples=60)
@given(
    world=worlds,
    policy=policies,
    burst=st.integers(1, 12),
    silence=st.integers(0, 4),
    prefetch=st.sampled_from([0.0, 1.0, 4.0]),
    drop=st.sampled_from([0, 0, 3]),
)
def test_lookahead_equals_token_by_token(
    world: World,
    policy: Policy,
    burst: int,
    silence: int,
    prefetch: float,
    drop: int,
) -> None:
    options = LookaheadOptions(prefetch=prefetch)
    ahead, ahead_counts, cloud = run(
        lookahead, world, policy, burst=burst, silence=silence, drop=drop, ahead=options
    )
    single, single_counts, _ = run(token_by_token, world, policy)
    assert ahead == single
    assert single_counts.round_trips == len(single)
    if not drop:
        assert ahead_counts.round_trips <= len(single)
    tokens = tuple(one.trace.token for one in ahead)
    for request in cloud.requests:
        assert came_from_the_cloud(cloud, tokens, request)


@pytest.mark.thorough
@pytest.mark.parametrize("tokens", [5_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_many_tokens(tokens: int) -> None:
    """Greedy lookahead is token-by-token: random deltas, with and without branches, with streams that break."""
    compared = 0
    options = (LookaheadOptions(), LookaheadOptions(prefetch=1.0), LookaheadOptions(prefetch=4.0, branches=2))
    totals = [DecodeCounts() for _ in options]
    for seed in range(1000):
        if compared >= tokens:
            break
        random = np.random.default_rng(seed)
        world = World(seed, size=32, spread=float(random.uniform(1, 4)), difference=float(random.uniform(0, 3)))
        strength = Strength(float(random.uniform(0, 2.5)), float(random.choice([0.0, 0.15])))
        policy = Policy.at(strength, plausibility=float(random.choice([0.0, 0.1])))
        single, _, _ = run(token_by_token, world, policy, limit=120)
        for one, total in zip(options, totals, strict=True):
            burst, silence, drop = (
                int(random.integers(1, 9)),
                int(random.integers(0, 3)),
                int(random.integers(0, 6)),
            )
            ahead, counts, _ = run(
                lookahead, world, policy, limit=120, burst=burst, silence=silence, drop=drop, ahead=one
            )
            assert [step.trace for step in ahead] == [step.trace for step in single]
            compared += len(ahead)
            total.cuts += counts.cuts
            total.adopted += counts.adopted
    assert compared >= tokens
    assert totals[0].adopted == 0
    assert min(total.adopted / total.cuts for total in totals[1:]) > 0.1, "branches were really used"


def unmetered(step: Step) -> Step:
    """The leak meter learns along an answer, and begins anew where one is continued."""
    return dataclasses.replace(step, trace=dataclasses.replace(step.trace, bits=0.0))


def came_from_the_cloud(cloud: WorldCloud, final: tuple[int, ...], request: tuple[int, ...]) -> bool:
    """Final tokens, then what the cloud itself said behind them, then at most one token that it listed there."""
    shared = next((at for at, (one, other) in enumerate(zip(request, final, strict=False)) if one != other), None)
    if shared is None:
        return len(request) <= len(final) + 12
    for at in range(shared, len(request)):
        position = cloud.world.position(request[:at], cloud.k)
        if request[at] == position.token:
            continue
        return at == len(request) - 1 and request[at] in position.top_ids[:3]
    return True


@settings(max_examples=40)
@given(world=worlds, burst=st.integers(1, 12))
def test_strength_zero_leaves_the_cloud_alone(world: World, burst: int) -> None:
    steps, counts, cloud = run(lookahead, world, Policy.at(Strength(0.0, 0.0)), burst=burst)
    chooser = Chooser(Policy.at(Strength(0.0, 0.0)), small_vocabulary(world.size))
    plain = [one for some in unsteered(WorldCloud(world), chooser, 30, DecodeCounts()) for one in some]
    assert [one.trace.token for one in steps] == [one.trace.token for one in plain]
    assert counts.round_trips <= len(cloud.requests) <= 2
    assert not any(one.trace.changed for one in steps)


@settings(max_examples=40)
@given(world=worlds, gain=st.floats(0, 2.5))
def test_identical_branches_never_cut(world: World, gain: float) -> None:
    world.difference = 0.0
    _, counts, _ = run(lookahead, world, Policy.at(Strength(gain, 0.0)))
    assert counts.round_trips <= 2, "one more when the first request was used up"


@settings(max_examples=30)
@given(world=worlds, policy=policies, cut=st.integers(1, 20))
def test_an_answer_can_be_continued(world: World, policy: Policy, cut: int) -> None:
    policy = dataclasses.replace(policy, temperature=0.0)
    whole, _, _ = run(lookahead, world, policy)
    first = tuple(one.trace.token for one in whole[:cut] if not one.ends)
    if len(first) == cut:
        rest, _, _ = run(lookahead, world, policy, answer=first)
        assert [unmetered(one) for one in whole[:cut] + rest] == [unmetered(one) for one in whole]


def test_the_limit_is_kept() -> None:
    world = World(seed=3, spread=3.0)
    for decoder in (lookahead, token_by_token):
        steps, _, _ = run(decoder, world, Policy.at(Strength(1.0, 0.15)), limit=5, burst=12)
        assert len(steps) == 5 or steps[-1].ends


def test_the_end_token_can_come_early_or_late() -> None:
    ended_elsewhere = 0
    for seed in range(40):
        world = World(seed=seed, size=8, spread=1.5, difference=3.0)
        steps, _, _ = run(lookahead, world, Policy.at(Strength(1.5, 0.1)))
        ended_elsewhere += any((one.trace.cloud_token == END) != one.ends for one in steps)
        assert sum(one.ends for one in steps) <= 1
    assert ended_elsewhere > 5


@settings(max_examples=40)
@given(world=worlds, policy=policies)
def test_a_private_string_is_never_completed(world: World, policy: Policy) -> None:
    free, _, _ = run(lookahead, world, policy)
    private = "".join(one.trace.text for one in free[4:8]).strip()
    masked, _, _ = run(lookahead, world, policy, mask=StringMask([private]))
    assert PrivateTexts([private]).found_in("".join(one.trace.text for one in masked)) == ()


@settings(max_examples=60)
@given(
    world=worlds,
    policy=policies,
    start=st.integers(0, 12),
    prefetch=st.sampled_from([0.0, 4.0]),
    burst=st.integers(1, 12),
)
def test_what_the_cloud_itself_says_is_not_sent_back_where_it_is_private(
    world: World, policy: Policy, start: int, prefetch: float, burst: int
) -> None:
    vocabulary = small_vocabulary(world.size)
    plain, _, _ = run(lookahead, world, Policy.at(Strength(0.0, 0.0)))
    private = vocabulary.join([one.trace.token for one in plain][start : start + 4]).decode().strip()
    _, _, cloud = run(
        lookahead,
        world,
        policy,
        mask=StringMask([private]),
        burst=burst,
        ahead=LookaheadOptions(prefetch=prefetch),
    )
    for request in cloud.requests:
        assert PrivateTexts([private]).found_in(vocabulary.join(request).decode()) == ()


def test_traces_say_what_moved_a_token() -> None:
    world = World(seed=11, difference=3.0)
    steps, _, _ = run(lookahead, world, Policy.at(Strength(1.5, 0.15)))
    changed = [one.trace for one in steps if one.trace.changed]
    assert changed
    for trace in changed:
        by_token = {one.token: one for one in trace.candidates}
        assert by_token[trace.token].after >= by_token[trace.cloud_token].after
        margin = np.log(by_token[trace.cloud_token].before / by_token[trace.token].before)
        assert trace.moved["context"] + trace.moved["mixture"] >= margin - 1e-9
