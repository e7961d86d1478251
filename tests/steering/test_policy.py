"""Tail completion, the product and mixture parts, and the identities that must hold for any numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.evaluation.personalized.formulas import follow_the_leader
from costeer.steering.distributions import log_softmax, softmax
from costeer.steering.policy import Policy, SignalGain, certain_mass, insists, steer
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import COSTEER_GAIN, Strength, at_position
from costeer.steering.types import CloudPosition, FloatArray, Opinions

seeds = st.integers(0, 2**32 - 1)
strengths = st.builds(Strength, st.floats(0, 2.5), st.floats(0, 0.5), st.floats(0, 0.8))


def three(seed: int, size: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    b, lw, lo = (log_softmax(random.normal(size=size) * 3) for _ in range(3))
    return b, lw, lo


def joined(b: FloatArray, lw: FloatArray, lo: FloatArray) -> Opinions:
    return Opinions(np.arange(len(b)), b, np.stack([lw, lo]), lo)


def completed(local: FloatArray, ids: list[int], probabilities: list[float]) -> FloatArray:
    """The cloud's log-probabilities over the whole vocabulary when it tells only these."""
    row = LogitsRow(np.stack([local, local]).astype(np.float32))
    position = CloudPosition(ids[0] if ids else 0, np.array(ids, dtype=np.int64), np.log(np.array(probabilities)))
    return row.opinions(position, 0.0).cloud


def test_tail_by_hand() -> None:
    # seen: tokens 1 and 2 with 0.5 and 0.3; missing 0.2, spread as the local model spreads it: 0.3 : 0.1
    local = np.log(np.array([0.3, 0.4, 0.2, 0.1]))
    cloud = completed(local, [1, 2], [0.5, 0.3])
    assert np.exp(cloud) == pytest.approx([0.15, 0.5, 0.3, 0.05])


def test_tail_never_rises_above_the_last_one_seen() -> None:
    # missing 0.5, the local model gives nearly all of it to token 0; but it was not among the top, so b <= b_K
    local = np.log(np.array([0.98, 0.005, 0.005, 0.01]))
    cloud = completed(local, [1, 2], [0.4, 0.1])
    assert cloud[0] == pytest.approx(cloud[2])
    assert np.exp(cloud).sum() == pytest.approx(1)


def test_nothing_told() -> None:
    local = np.log(np.array([0.3, 0.4, 0.2, 0.1]))
    assert np.exp(completed(local, [], [])) == pytest.approx(np.exp(local))


def test_no_tail_when_all_mass_is_seen() -> None:
    local = np.log(np.array([0.3, 0.4, 0.2, 0.1]))
    cloud = completed(local, [1, 2], [0.5, 0.5])
    assert list(np.isneginf(cloud)) == [True, False, False, True]


def test_the_local_model_insists_where_the_context_makes_it_sure() -> None:
    """Three tokens; the context makes the last one thirty times as likely: by 3.4 nats, to 0.6."""
    cloud = np.log(np.array([0.7, 0.29, 0.01]))
    branches = np.log(np.array([[0.2, 0.2, 0.6], [0.5, 0.48, 0.02]]))
    opinions = Opinions(np.arange(3), cloud, branches, branches[-1])
    assert insists(opinions)
    policy = Policy.at(Strength(0.0, 0.15, 0.6))
    np.testing.assert_allclose(
        steer(opinions, policy).probabilities, [0.4 * 0.7 + 0.12, 0.4 * 0.29 + 0.12, 0.4 * 0.01 + 0.36]
    )
    assert not insists(replace(opinions, branches=np.log(np.array([[0.3, 0.3, 0.4], [0.5, 0.49, 0.01]])))), (
        "unsure"
    )
    known = replace(opinions, branches=np.log(np.array([[0.2, 0.2, 0.6], [0.4, 0.4, 0.2]])))
    assert not insists(known), "it says so without the context, too"
    np.testing.assert_allclose(
        steer(known, policy).probabilities, [0.85 * 0.7 + 0.03, 0.85 * 0.29 + 0.03, 0.85 * 0.01 + 0.09]
    )
    assert policy.heaviest == 0.6
    assert policy.fading(0.5).insistence == 0.3
    assert at_position(0.25, 0.15) == Strength(0.25, 0.075, 0.3)
    assert at_position(1.0, 0.0) == Strength(1.0, 0.0), "the papers' settings have neither"


def test_joining_by_hand() -> None:
    b, lw, lo = (np.log(np.array(p)) for p in ([0.5, 0.5], [0.8, 0.2], [0.5, 0.5]))
    # b + 1*(lw-lo) is proportional to 0.8 : 0.2; a quarter of lw itself leaves it there
    steered = steer(joined(b, lw, lo), Policy.at(Strength(1.0, 0.25)))
    assert steered.probabilities == pytest.approx([0.8, 0.2])
    assert steered.moved(0, 1)["context"] == pytest.approx(np.log(4))
    # gain 2: 0.5*(0.8/0.5)^2 : 0.5*(0.2/0.5)^2 = 16 : 1
    assert steer(joined(b, lw, lo), Policy.at(Strength(2.0, 0.0))).probabilities == pytest.approx(
        [16 / 17, 1 / 17]
    )
    # temperature 1/2 squares the product part: 0.64 : 0.04
    warm = steer(joined(b, lw, lo), Policy.at(Strength(1.0, 0.0), temperature=0.5))
    assert warm.probabilities == pytest.approx([16 / 17, 1 / 17])


@given(seed=seeds)
def test_costeers_setting_is_costeers_result(seed: int) -> None:
    b, lw, lo = three(seed)
    ours = steer(joined(b, lw, lo), Policy.at(Strength(COSTEER_GAIN, 0.0))).probabilities
    np.testing.assert_allclose(ours, np.exp(follow_the_leader(b, lw - lo, 20, 2, 1, 2, 10)), rtol=1e-9, atol=1e-12)


@given(seed=seeds, sampled=st.booleans())
def test_strength_zero_is_the_cloud(seed: int, sampled: bool) -> None:
    b, lw, lo = three(seed)
    steered = steer(joined(b, lw, lo), Policy.at(Strength(0.0, 0.0), temperature=1.0 if sampled else 0.0))
    np.testing.assert_allclose(steered.probabilities, np.exp(b), atol=1e-12)


@given(seed=seeds, strength=strengths, constants=st.tuples(*[st.floats(-50, 50)] * 2))
def test_constants_change_nothing(seed: int, strength: Strength, constants: tuple[float, float]) -> None:
    random = np.random.default_rng(seed)
    logits = (random.normal(size=(2, 30)) * 3).astype(np.float32)
    cloud = log_softmax(random.normal(size=30) * 3)
    top = np.argsort(-cloud)[:10]
    position = CloudPosition(int(top[0]), top, cloud[top])
    moved = logits + np.array(constants, dtype=np.float32)[:, None]
    before, after = (
        steer(LogitsRow(one).opinions(position, 0.0), Policy.at(strength)).probabilities for one in (logits, moved)
    )
    np.testing.assert_allclose(after, before, rtol=2e-3, atol=1e-6)


@given(seed=seeds, plausibility=st.sampled_from([1e-4, 1e-2, 0.1, 0.5]), k=st.integers(1, 30))
def test_only_what_nobody_finds_plausible_is_left_out(seed: int, plausibility: float, k: int) -> None:
    random = np.random.default_rng(seed)
    row = LogitsRow((random.normal(size=(2, 30)) * 3).astype(np.float32))
    cloud = log_softmax(random.normal(size=30) * 3)
    top = np.argsort(-cloud)[:k]
    position = CloudPosition(int(top[0]), top, cloud[top])
    whole, few = row.opinions(position, 0.0), row.opinions(position, plausibility)
    least = np.log(plausibility)
    plausible = (whole.cloud >= whole.cloud.max() + least) | (whole.branches[0] >= whole.branches[0].max() + least)
    at_the_border = np.abs(whole.cloud - whole.cloud.max() - least) < 1e-3
    np.testing.assert_array_equal(np.isin(whole.ids, few.ids)[~at_the_border], plausible[~at_the_border])
    np.testing.assert_allclose(few.cloud, whole.cloud[few.ids], atol=1e-9)
    np.testing.assert_allclose(few.branches, whole.branches[:, few.ids], atol=1e-12)


@given(
    seed=seeds,
    strength=strengths,
    clip=st.floats(0.1, 4),
    temperature=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    k=st.integers(1, 30),
)
def test_no_bounded_difference_takes_more_than_it_may(
    seed: int, strength: Strength, clip: float, temperature: float, k: int
) -> None:
    random = np.random.default_rng(seed)
    b, lw, lo = (log_softmax(random.normal(size=30) * scale) for scale in (8, 5, 5))
    top = np.argsort(-b)[:k]
    position = CloudPosition(int(top[0]), top, b[top])
    policy = Policy.at(strength, temperature, clip=clip)
    least = certain_mass(position, policy)
    assert steer(joined(b, lw, lo), policy).probabilities[top[0]] >= least - 1e-9


def test_signals_add_up_and_say_what_each_did() -> None:
    b = np.log(np.array([0.5, 0.3, 0.2]))
    branches = np.log(np.array([[0.2, 0.4, 0.4], [0.1, 0.8, 0.1], [0.4, 0.3, 0.3]]))
    opinions = Opinions(np.arange(3), b, branches, branches[-1])
    facts, style = SignalGain("facts", 1.0, plus=0), SignalGain("style", 0.5, clip=0.6, plus=1)
    off = SignalGain("off", 0.0, plus=1)
    steered = steer(opinions, Policy((facts, style, off)))
    delta = (branches[0] - branches[2]) + 0.5 * np.clip(branches[1] - branches[2], -0.6, 0.6)
    assert steered.probabilities == pytest.approx(softmax(b + delta))
    moved = steered.moved(1, 0)
    assert moved["facts"] == pytest.approx(np.log((0.4 / 0.3) / (0.2 / 0.4)))
    assert moved["style"] == pytest.approx(0.5 * 2 * 0.6)
    assert set(moved) == {"facts", "style", "mixture"}
    assert moved["mixture"] == pytest.approx(0)


@given(seed=seeds, gain=st.floats(0, 2.5))
def test_identical_branches_steer_nothing(seed: int, gain: float) -> None:
    b, lw, _ = three(seed)
    steered = steer(joined(b, lw, lw), Policy.at(Strength(gain, 0.0)))
    np.testing.assert_allclose(steered.probabilities, softmax(b), atol=1e-12)
