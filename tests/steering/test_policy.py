"""Tail completion, the product and mixture parts, and the identities that must hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.steering.distributions import log_softmax, softmax
from costeer.steering.policy import Policy, branch_logprobs, steer
from costeer.steering.strength import COSTEER_GAIN, Strength
from costeer.steering.tail import complete_tail
from tests.steering.ftrl_reference import ftrl

seeds = st.integers(0, 2**32 - 1)
strengths = st.builds(Strength, st.floats(0, 2.5), st.floats(0, 0.5))


def three(seed: int, size: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    b, lw, lo = (log_softmax(random.normal(size=size) * 3) for _ in range(3))
    return b, lw, lo


def test_tail_by_hand() -> None:
    # seen: tokens 1 and 2 with 0.5 and 0.3; missing 0.2, spread as the local model spreads it: 0.3 : 0.1
    local = np.log(np.array([0.3, 0.4, 0.2, 0.1]))
    completed = complete_tail(np.array([1, 2]), np.log(np.array([0.5, 0.3])), local)
    assert np.exp(completed) == pytest.approx([0.15, 0.5, 0.3, 0.05])


def test_tail_never_rises_above_the_last_one_seen() -> None:
    # missing 0.5, the local model gives nearly all of it to token 0; but it was not among the top, so b <= b_K
    local = np.log(np.array([0.98, 0.005, 0.005, 0.01]))
    completed = complete_tail(np.array([1, 2]), np.log(np.array([0.4, 0.1])), local)
    assert completed[0] == pytest.approx(completed[2])
    assert np.exp(completed).sum() == pytest.approx(1)


def test_nothing_told() -> None:
    local = np.log(np.array([0.3, 0.4, 0.2, 0.1]))
    assert complete_tail(np.array([], dtype=np.int64), np.array([]), local) is local


def test_no_tail_when_all_mass_is_seen() -> None:
    local = np.log(np.array([0.3, 0.4, 0.2, 0.1]))
    completed = complete_tail(np.array([1, 2]), np.log(np.array([0.5, 0.5])), local)
    assert list(np.isneginf(completed)) == [True, False, False, True]


def test_joining_by_hand() -> None:
    b, lw, lo = (np.log(np.array(p)) for p in ([0.5, 0.5], [0.8, 0.2], [0.5, 0.5]))
    # b + 1*(lw-lo) is proportional to 0.8 : 0.2; a quarter of lw itself leaves it there
    steered = steer(b, lw, lo, Policy(Strength(1.0, 0.25)))
    assert steered.probabilities == pytest.approx([0.8, 0.2])
    assert steered.moved(0, 1)["context"] == pytest.approx(np.log(4))
    # gain 2: 0.5*(0.8/0.5)^2 : 0.5*(0.2/0.5)^2 = 16 : 1
    assert steer(b, lw, lo, Policy(Strength(2.0, 0.0))).probabilities == pytest.approx([16 / 17, 1 / 17])
    # temperature 1/2 squares the product part: 0.64 : 0.04
    warm = steer(b, lw, lo, Policy(Strength(1.0, 0.0), temperature=0.5))
    assert warm.probabilities == pytest.approx([16 / 17, 1 / 17])


@given(seed=seeds)
def test_costeers_setting_is_costeers_result(seed: int) -> None:
    b, lw, lo = three(seed)
    ours = steer(b, lw, lo, Policy(Strength(COSTEER_GAIN, 0.0))).probabilities
    np.testing.assert_allclose(ours, np.exp(ftrl(b, lw - lo, 20, 2, 1, 2, 10)), rtol=1e-9, atol=1e-12)


@given(seed=seeds, sampled=st.booleans())
def test_strength_zero_is_the_cloud(seed: int, sampled: bool) -> None:
    b, lw, lo = three(seed)
    steered = steer(b, lw, lo, Policy(Strength(0.0, 0.0), temperature=1.0 if sampled else 0.0))
    np.testing.assert_allclose(steered.probabilities, np.exp(b), atol=1e-12)


@given(seed=seeds, strength=strengths, constants=st.tuples(*[st.floats(-50, 50)] * 3))
def test_constants_change_nothing(seed: int, strength: Strength, constants: tuple[float, float, float]) -> None:
    random = np.random.default_rng(seed)
    row = (random.normal(size=(2, 30)) * 3).astype(np.float32)
    cloud = random.normal(size=30) * 3
    moved = np.stack([row[0] + np.float32(constants[0]), row[1] + np.float32(constants[1])])
    before = steer(log_softmax(cloud), *branch_logprobs(row), Policy(strength))
    after = steer(log_softmax(cloud + constants[2]), *branch_logprobs(moved), Policy(strength))
    np.testing.assert_allclose(after.probabilities, before.probabilities, rtol=2e-3, atol=1e-6)


@given(seed=seeds, gain=st.floats(0, 2.5))
def test_identical_branches_steer_nothing(seed: int, gain: float) -> None:
    b, lw, _ = three(seed)
    steered = steer(b, lw, lw, Policy(Strength(gain, 0.0)))
    np.testing.assert_allclose(steered.probabilities, softmax(b), atol=1e-12)
