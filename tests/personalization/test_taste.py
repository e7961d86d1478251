"""Weights from choices: the peak of the posterior, how sure it is, and that it predicts better with more
choices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.personalization.taste import FEWEST_CHOICES, fit_taste, usual_size
from costeer.steering.types import FloatArray

DIMENSIONS = 4


def choices(chance: np.random.Generator, weights: FloatArray, count: int) -> FloatArray:
    """Differences of answers, each in the direction that somebody with these weights chooses."""
    differences = chance.normal(0.0, 3.0, (count, len(weights)))
    chosen = chance.random(count) < 1.0 / (1.0 + np.exp(-(differences / 3.0) @ weights))
    return np.where(chosen[:, None], differences, -differences)


def test_worked_by_hand() -> None:
    """One preference, one choice of size 1, prior 1: the peak is where w = 1 - sigmoid(w)."""
    taste = fit_taste(np.array([[1.0]]), np.ones(1))
    weight = float(taste.weights[0])
    assert weight == pytest.approx(1.0 - 1.0 / (1.0 + np.exp(-weight)), abs=1e-12)
    assert weight == pytest.approx(0.4010581, abs=1e-6)
    spread = 1.0 / (1.0 + np.exp(-weight))
    assert taste.covariance[0, 0] == pytest.approx(1.0 / (1.0 + spread * (1.0 - spread)), abs=1e-12)


def test_without_choices_it_is_the_prior() -> None:
    taste = fit_taste(np.zeros((0, DIMENSIONS)), np.ones(DIMENSIONS))
    assert taste.weights.tolist() == [0.0] * DIMENSIONS
    assert taste.deviations == pytest.approx(np.ones(DIMENSIONS))
    assert taste.prefers(np.ones((3, DIMENSIONS))).tolist() == [0.5] * 3


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_it_is_a_peak_and_more_choices_make_it_surer(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    made = choices(chance, chance.normal(0.0, 1.0, DIMENSIONS), count)
    scale = usual_size(made)

    def height(weights: FloatArray) -> float:
        return float(-np.logaddexp(0.0, -(made / scale) @ weights).sum() - 0.5 * (weights @ weights))

    taste = fit_taste(made, scale)
    best = height(taste.weights)
    for _ in range(20):
        assert height(taste.weights + chance.normal(0.0, 0.1, DIMENSIONS)) <= best + 1e-9
    assert (taste.deviations <= 1.0 + 1e-12).all()
    assert (fit_taste(np.concatenate([made, made]), scale).deviations <= taste.deviations + 1e-12).all()
    assert ((taste.prefers(made) > 0.0) & (taste.prefers(made) < 1.0)).all()


def test_the_fitted_weights_predict_the_next_choices_better_than_the_prior() -> None:
    chance = np.random.default_rng(5)
    scores: dict[int, list[float]] = {FEWEST_CHOICES: [], 10: [], 40: []}
    for _ in range(40):
        weights = chance.normal(0.0, 1.5, DIMENSIONS)
        past, later = choices(chance, weights, 40), choices(chance, weights, 50)
        for count, scored in scores.items():
            taste = fit_taste(past[:count], np.full(DIMENSIONS, 3.0))
            scored.append(float(np.log2(taste.prefers(later)).mean()))
    few, some, many = (float(np.mean(one)) for one in scores.values())
    assert -1.0 < few < some < many < 0.0  # bits of each choice; the prior has -1


def test_a_preference_that_never_differs_keeps_its_prior() -> None:
    made = np.array([[2.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    taste = fit_taste(made, usual_size(made))
    assert taste.weights[0] > 0.5
    assert taste.weights[1] == 0.0
    assert taste.deviations[1] == pytest.approx(1.0)
