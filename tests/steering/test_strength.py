"""The closed form against the literal loop, and the slider's curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.evaluation.personalized.formulas import follow_the_leader
from costeer.steering.distributions import log_softmax
from costeer.steering.strength import (
    COSTEER_GAIN,
    LIGHT_GAIN,
    STRONGEST,
    at_position,
    closed_form_gain,
)


@pytest.mark.parametrize(
    ("steps", "gain"), [(1, 0.476), (2, 0.732), (5, 1.126), (10, 1.449), (20, 1.783), (60, 2.324)]
)
def test_gain_of_the_papers_settings(steps: int, gain: float) -> None:
    assert closed_form_gain(steps, alpha=2, beta=1, lam=2, eta=10) == pytest.approx(gain, abs=5e-4)


def test_one_step_by_hand() -> None:
    # s = 2*0 + 1 = 1; c = (1 + 0) / (1*2 + 1/10) = 1/2.1
    assert pytest.approx(1 / 2.1) == LIGHT_GAIN
    assert pytest.approx(1.783, abs=5e-4) == COSTEER_GAIN


@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.integers(1, 40),
    alpha=st.floats(0, 3),
    beta=st.floats(0, 3),
    lam=st.floats(0.5, 4),
    eta=st.floats(0.5, 20),
)
def test_closed_form_equals_the_literal_loop(
    seed: int, steps: int, alpha: float, beta: float, lam: float, eta: float
) -> None:
    random = np.random.default_rng(seed)
    b = log_softmax(random.normal(size=40) * 3)
    d = random.normal(size=40)
    gain = closed_form_gain(steps, alpha, beta, lam, eta)
    expected = follow_the_leader(b, d, steps, alpha, beta, lam, eta)
    np.testing.assert_allclose(log_softmax(b + gain * d), expected, rtol=1e-9, atol=1e-12 * max(1.0, gain))


def test_slider_ends() -> None:
    assert at_position(0.0, 0.15).is_zero
    assert at_position(0.25, 0.15).mixture == pytest.approx(0.075)
    assert at_position(0.5, 0.15).mixture == at_position(STRONGEST, 0.15).mixture == 0.15
    with pytest.raises(ValueError, match="outside"):
        at_position(STRONGEST + 0.01, 0.15)
