"""Values worked by hand, and what must hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.steering.distributions import draw, log_softmax, log_sum_exp, softmax, top_p

logits = st.lists(st.floats(-30, 30), min_size=2, max_size=40).map(np.array)


def test_by_hand() -> None:
    assert softmax(np.log(np.array([1.0, 3.0]))) == pytest.approx([0.25, 0.75])
    assert log_softmax(np.log(np.array([1.0, 3.0]))) == pytest.approx([np.log(0.25), np.log(0.75)])
    assert log_sum_exp(np.log(np.array([2.0, 6.0]))) == pytest.approx(np.log(8))
    assert log_sum_exp(np.array([])) == -np.inf
    assert log_sum_exp(np.array([-np.inf, -np.inf])) == -np.inf


def test_top_p_by_hand() -> None:
    probabilities = np.array([0.1, 0.5, 0.15, 0.25])
    assert top_p(probabilities, 0.5) == pytest.approx([0, 1, 0, 0])
    assert top_p(probabilities, 0.7) == pytest.approx([0, 2 / 3, 0, 1 / 3])
    assert top_p(probabilities, 0.9) == pytest.approx([0, 0.5 / 0.9, 0.15 / 0.9, 0.25 / 0.9])
    assert top_p(probabilities, 1.0) is probabilities


@given(values=logits, constant=st.floats(-100, 100))
def test_a_constant_changes_nothing(values: np.ndarray, constant: float) -> None:
    np.testing.assert_allclose(log_softmax(values + constant), log_softmax(values), atol=1e-9)
    np.testing.assert_allclose(softmax(values + constant), softmax(values), atol=1e-12)


@given(values=logits, p=st.floats(0.05, 1.0))
def test_top_p_keeps_the_likeliest(values: np.ndarray, p: float) -> None:
    probabilities = softmax(values)
    nucleus = top_p(probabilities, p)
    assert nucleus.sum() == pytest.approx(1)
    kept = nucleus > 0
    assert probabilities[kept].sum() >= p - 1e-9
    if kept.any() and not kept.all():
        assert probabilities[kept].min() >= probabilities[~kept].max()


@given(values=logits, uniform=st.floats(0, 1, exclude_max=True))
def test_draw_stays_inside_the_support(values: np.ndarray, uniform: float) -> None:
    nucleus = top_p(softmax(values), 0.5)
    assert nucleus[draw(nucleus, uniform)] > 0


def test_draw_by_hand() -> None:
    probabilities = np.array([0.25, 0.0, 0.5, 0.25])
    assert [draw(probabilities, u) for u in (0.0, 0.2499, 0.25, 0.7, 0.75, 0.9999)] == [0, 0, 2, 2, 3, 3]
