"""The fit of gain and mixture: against brute force, on planted optima, and on noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.steering.calibration import (
    LEAST_CHUNKS,
    ReferenceLogprobs,
    bits_at,
    bits_per_token,
    calibrate,
    ratio_interval,
    reference_logprobs,
)
from costeer.steering.distributions import draw, log_softmax
from costeer.steering.policy import Policy, steer
from costeer.steering.strength import Strength
from costeer.steering.types import FloatArray, IdArray, Opinions

GAINS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
MIXTURES = (0.0, 0.1, 0.2, 0.4)


def opinions_of(random: np.random.Generator, size: int) -> Opinions:
    cloud, with_context, without = (log_softmax(random.normal(0.0, 3.0, size)) for _ in range(3))
    return Opinions(np.arange(size), cloud, np.stack([with_context, without]), without)


def grid() -> tuple[IdArray, FloatArray, FloatArray]:
    """Every pair, the cloud's own first; nobody insists."""
    pairs = [(column, weight) for column in range(len(GAINS)) for weight in MIXTURES]
    weights = np.array([weight for _, weight in pairs])
    return np.array([one for one, _ in pairs]), weights, np.zeros(len(weights))


@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(2, 40),
    gain=st.floats(0.0, 2.5),
    weight=st.floats(0.0, 0.9),
    insistence=st.floats(0.0, 0.9),
)
def test_bits_are_what_the_policy_says(
    seed: int, size: int, gain: float, weight: float, insistence: float
) -> None:
    random = np.random.default_rng(seed)
    opinions = opinions_of(random, size)
    token = int(random.integers(size))
    product, local, insists = reference_logprobs(opinions, token, (0.0, gain))
    told = ReferenceLogprobs(product[None, :], np.array([local]), np.array([insists]))
    bits = bits_at(told, np.array([1]), np.array([weight]), np.array([insistence]))
    expected = steer(opinions, Policy.at(Strength(gain, weight, insistence))).probabilities[token]
    assert bits[0, 0] == pytest.approx(min(40.0, -np.log2(expected)), abs=1e-4)
    assert product[0] == pytest.approx(float(opinions.cloud[token]), abs=1e-5)


def test_a_large_vocabulary_loses_nothing_to_float32() -> None:
    random = np.random.default_rng(3)
    opinions = opinions_of(random, 151_665)
    for token in (0, int(np.argmax(opinions.cloud)), int(np.argmin(opinions.cloud))):
        product, _, _ = reference_logprobs(opinions, token, (1.783,))
        difference = opinions.branches[0] - opinions.branches[1]
        assert product[0] == pytest.approx(log_softmax(opinions.cloud + 1.783 * difference)[token], abs=1e-5)


def test_what_the_cloud_rules_out_costs_a_bounded_amount() -> None:
    cloud = np.array([0.0, -np.inf])
    branches = np.log(np.array([[0.5, 0.5], [0.9, 0.1]]))
    told = Opinions(np.arange(2), cloud, branches, branches[-1])
    product, local, _ = reference_logprobs(told, 1, (0.0, 1.0))
    rows = ReferenceLogprobs(product[None, :], np.array([local]), np.array([False]))
    bits = bits_at(rows, np.array([0, 1, 0]), np.array([0.0, 0.0, 0.2]), np.zeros(3))
    assert bits[0].tolist() == pytest.approx([40.0, 40.0, -np.log2(0.1)])


def written_at(gain: float, weight: float, *, chunks: int, length: int, seed: int) -> tuple[FloatArray, IdArray]:
    """Bits over the grid for a text that was drawn from the policy at this very point."""
    random = np.random.default_rng(seed)
    products, locals_ = [], []
    for _ in range(chunks * length):
        opinions = opinions_of(random, 50)
        q = steer(opinions, Policy.at(Strength(gain, weight), 1.0)).probabilities
        product, local, _ = reference_logprobs(opinions, draw(q, float(random.random())), GAINS)
        products.append(product)
        locals_.append(local)
    told = ReferenceLogprobs(np.array(products), np.array(locals_), np.zeros(len(locals_), dtype=bool))
    return bits_at(told, *grid()), np.repeat(np.arange(chunks), length)


def point(gain: float, weight: float) -> int:
    return GAINS.index(gain) * len(MIXTURES) + MIXTURES.index(weight)


@pytest.mark.parametrize(("gain", "weight"), [(0.5, 0.0), (0.25, 0.2), (1.5, 0.4)])
def test_a_planted_optimum_is_found(gain: float, weight: float) -> None:
    bits, chunks = written_at(gain, weight, chunks=12, length=60, seed=1)
    found = calibrate(bits, chunks, default=point(1.0, 0.1), alone=0)
    columns, weights, _ = grid()
    assert abs(GAINS[columns[found.best]] - gain) <= 0.25
    assert abs(weights[found.best] - weight) <= 0.1 + 1e-9
    assert found.better
    assert 0.0 < found.low < found.gain < found.high
    assert found.gain == pytest.approx(found.default - found.fitted)
    assert found.helped.value == pytest.approx(found.alone - found.default)
    assert found.helped.low <= found.helped.value <= found.helped.high
    (taken,) = bits_per_token(bits, chunks, [point(1.0, 0.1)])
    assert taken.value == pytest.approx(found.default)


def test_a_text_written_at_the_default_gets_no_other_point() -> None:
    bits, chunks = written_at(1.0, 0.1, chunks=12, length=40, seed=2)
    assert not calibrate(bits, chunks, default=point(1.0, 0.1), alone=0).better


def test_noise_is_refused() -> None:
    """Points that differ by chance only: the best of 24 looks good where it was found, and is not."""
    random = np.random.default_rng(5)
    taken = [
        calibrate(random.normal(5.0, 3.0, (300, 24)), np.repeat(np.arange(10), 30), default=7, alone=0)
        for _ in range(100)
    ]
    assert sum(one.better for one in taken) <= 6
    in_sample = [one.best != 7 for one in taken]
    assert sum(in_sample) > 80, "in the sample nearly every one would have been taken"


def test_steering_that_helps_nothing_is_refused_even_where_it_beats_the_default() -> None:
    chunks = np.repeat(np.arange(8), 20)
    bits = np.tile(np.array([3.0, 4.0, 5.0]), (160, 1))  # the cloud alone, some point, the default
    found = calibrate(bits, chunks, default=2, alone=0)
    assert (found.best, found.better) == (1, False)
    assert found.gain == pytest.approx(1.0)


def test_a_gain_that_is_sure_but_tiny_is_refused() -> None:
    chunks = np.repeat(np.arange(8), 20)
    bits = np.tile(np.array([6.0, 4.0, 4.01]), (160, 1))
    found = calibrate(bits, chunks, default=2, alone=0)
    assert found.low > 0.0
    assert not found.better


def test_halves_swap() -> None:
    """Each half is judged at the point that was found on the other, worked by hand."""
    chunks = np.arange(6)
    even, odd = [9.0, 1.0, 2.0, 4.0], [9.0, 5.0, 3.0, 4.0]
    bits = np.array([even, odd] * 3)
    found = calibrate(bits, chunks, default=3, alone=0)
    assert found.fitted == pytest.approx((3 * 2.0 + 3 * 5.0) / 6)  # even at odd's 2, odd at even's 1
    assert found.best == 2
    assert found.default == 4.0
    assert found.alone == 9.0


def test_too_few_chunks_are_said_so() -> None:
    with pytest.raises(ValueError, match="fewer"):
        calibrate(np.ones((10, 3)), np.arange(10) % (LEAST_CHUNKS - 1), default=1, alone=0)


def test_intervals_hold_their_level_with_few_chunks() -> None:
    random = np.random.default_rng(9)
    held = 0
    for number in range(300):
        lengths = random.integers(20, 60, 8).astype(np.float64)
        values = 0.3 * lengths + random.normal(0.0, 4.0, 8)
        low, high = ratio_interval(values, lengths, number)
        held += low <= 0.3 <= high
    assert held >= 0.92 * 300
