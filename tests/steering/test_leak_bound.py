"""The leak meter bounds what the cloud learns: checked against mutual information computed by enumeration.

Random worlds; both decoders, with and without branches asked for beforehand, in every way of picking, with and
without private texts to withhold, with and without budgets, one answer and conversations of two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.steering.decoders.common import Decoder
from costeer.steering.decoders.lookahead import lookahead
from costeer.steering.decoders.token_by_token import token_by_token
from costeer.steering.leak.budget import Allowance, LeakBudget
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy, Sampling
from costeer.steering.strength import Strength
from tests.steering.leak_worlds import Learnt, ProfileWorld, Setting, learnt, marked_vocabulary

ROUNDING = 1e-9
END_BITS, WITHHELD_BITS = 6.0, 5.0


def users(seed: int, profiles: int, size: int, *, masked: bool) -> tuple[list[ProfileWorld], list[StringMask]]:
    """`profiles` users of one random world; a private text is two words."""
    random = np.random.default_rng(seed)
    spread = float(random.uniform(0.5, 4.0))
    vocabulary = marked_vocabulary(size)
    worlds, masks = [], []
    for profile in range(profiles):
        difference = float(random.uniform(0.1, 3.0))
        worlds.append(ProfileWorld(seed, size, spread, difference, profile=profile))
        words = vocabulary.join(int(one) for one in random.integers(2, size, size=2)).decode().strip()
        masks.append(StringMask([words] if masked else []))
    return worlds, masks


def check(seed: int, setting: Setting, *, masked: bool, profiles: int = 3, size: int = 5) -> Learnt:
    worlds, masks = users(seed, profiles, size, masked=masked)
    found = learnt(worlds, marked_vocabulary(size), masks, setting)
    assert found.counted >= found.information - ROUNDING
    assert found.expected <= 1.0 + ROUNDING
    return found


seeds = st.integers(0, 10**6)
strengths = st.builds(
    Strength, st.sampled_from([0.3, 1.0, 2.0]), st.sampled_from([0.0, 0.15]), st.sampled_from([0.0, 0.6])
)
clips = st.sampled_from([math.inf, 0.4])
sures = st.sampled_from([1.0, 0.8])
plausibilities = st.sampled_from([0.0, 0.1])
walks: st.SearchStrategy[tuple[Decoder, float]] = st.sampled_from(
    [(token_by_token, 0.0), (lookahead, 0.0), (lookahead, 4.0)]
)
paces = st.tuples(st.integers(1, 3), st.integers(0, 2))


def policies(temperature: float, sampling: Sampling) -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy.at,
        strengths,
        st.just(temperature),
        st.sampled_from([1.0, 0.8]),
        clip=clips,
        plausibility=plausibilities,
        sure=sures,
        sampling=st.just(sampling),
    )


@st.composite
def answer_settings(
    draw: Callable[..., Any], temperature: float, sampling: Sampling, limit: int, k: int
) -> Setting:
    decoder, prefetch = draw(walks)
    burst, silence = draw(paces)
    return Setting(draw(policies(temperature, sampling)), decoder, limit, k, burst, silence, prefetch)


def bounded(setting: Setting, answer: float | None, conversation: float | None, answers: int = 1) -> Setting:
    """The same with budgets whose reserve fits small worlds."""

    def budget(spent: float) -> LeakBudget:
        limits = [Allowance("answer", answer)] if answer is not None else []
        if conversation is not None:
            limits.append(Allowance("conversation", conversation, spent))
        return LeakBudget(tuple(limits), END_BITS, WITHHELD_BITS)

    return replace(setting, budget=budget, answers=answers)


@settings(max_examples=60)
@given(seed=seeds, setting=answer_settings(0.0, "quiet", 4, 3), masked=st.booleans())
def test_greedy(seed: int, setting: Setting, masked: bool) -> None:
    check(seed, setting, masked=masked, profiles=6)


@settings(max_examples=12)
@given(seed=seeds, setting=answer_settings(0.8, "quiet", 2, 3), masked=st.booleans())
def test_quiet(seed: int, setting: Setting, masked: bool) -> None:
    check(seed, setting, masked=masked)


@settings(max_examples=12)
@given(seed=seeds, setting=answer_settings(0.8, "fast", 2, 2), masked=st.booleans())
def test_fast(seed: int, setting: Setting, masked: bool) -> None:
    check(seed, setting, masked=masked, size=4)


@pytest.mark.parametrize(
    ("temperature", "sampling", "k", "size"), [(0.0, "quiet", 3, 5), (0.8, "quiet", 3, 5), (0.8, "fast", 2, 4)]
)
def test_branches_are_asked_for_and_tell_nothing(
    temperature: float, sampling: Sampling, k: int, size: int
) -> None:
    policy = Policy.at(Strength(1.0, 0.15), temperature, sampling=sampling)
    plain = Setting(policy, lookahead, 2 if temperature else 4, k)
    more = 0.0
    for seed in range(6):
        alone = check(seed, plain, masked=False, size=size)
        beside = check(seed, replace(plain, prefetch=4.0), masked=False, size=size)
        assert beside.information == pytest.approx(alone.information, abs=ROUNDING)
        more += beside.requests - alone.requests
    assert more > 2.0, "branches were asked for"


BUDGETS = [(12.0, None), (None, 15.0), (13.0, 18.0)]


@settings(max_examples=30)
@given(
    seed=seeds,
    setting=answer_settings(0.0, "quiet", 3, 3),
    budget=st.sampled_from(BUDGETS),
    answers=st.integers(1, 2),
    masked=st.booleans(),
)
def test_a_budget_holds_in_every_case(
    seed: int, setting: Setting, budget: tuple[float | None, float | None], answers: int, masked: bool
) -> None:
    check_budget(seed, setting, budget, answers, masked=masked)


@settings(max_examples=10)
@given(
    seed=seeds,
    setting=st.one_of(answer_settings(0.8, "quiet", 2, 3), answer_settings(0.8, "fast", 2, 2)),
    budget=st.sampled_from(BUDGETS),
    masked=st.booleans(),
)
def test_a_budget_holds_in_every_case_of_drawing(
    seed: int, setting: Setting, budget: tuple[float | None, float | None], masked: bool
) -> None:
    check_budget(seed, setting, budget, 1, masked=masked)


def check_budget(
    seed: int, setting: Setting, budget: tuple[float | None, float | None], answers: int, *, masked: bool
) -> Learnt:
    answer, conversation = budget
    setting = bounded(setting, answer, conversation, answers)
    found = check(seed, setting, masked=masked, size=4, profiles=3)
    most = [answers * answer] if answer is not None else []
    most += [conversation] if conversation is not None else []
    assert found.most <= min(most) + ROUNDING
    return found
