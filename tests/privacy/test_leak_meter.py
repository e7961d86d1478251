"""The leak meter's arithmetic by hand."""

from __future__ import annotations

import math

import pytest

from costeer.privacy.leak_meter import LeakMeter
from costeer.steering.trace import TokenTrace


def trace(token: int, cloud_token: int, *, q: float, p: float, steered: bool = True) -> TokenTrace:
    return TokenTrace(0, token, "", cloud_token, "", q, p, steered, {})


def test_an_accepted_greedy_token_is_nearly_free() -> None:
    # r = 0.75 + 0.25 * p' with p' = 0.999 * 0.8 + 0.001 / 1000
    meter = LeakMeter(1000)
    assert meter.add(trace(1, 1, q=1.0, p=0.8)) == pytest.approx(-math.log2(0.75 + 0.25 * (0.999 * 0.8 + 1e-6)))


def test_a_changed_token_costs_what_the_public_finds_surprising() -> None:
    meter = LeakMeter(1000)
    assert meter.add(trace(2, 1, q=1.0, p=0.125)) == pytest.approx(-math.log2(0.25 * (0.999 * 0.125 + 1e-6)))


def test_an_impossible_token_costs_finitely_many_bits() -> None:
    assert LeakMeter(1000).add(trace(2, 1, q=1.0, p=0.0)) == pytest.approx(math.log2(4e6))


def test_what_was_not_steered_reveals_nothing() -> None:
    assert LeakMeter(1000).add(trace(2, 2, q=0.1, p=0.1, steered=False)) == 0.0


def test_a_draw_less_likely_than_the_reference_gives_bits_back() -> None:
    meter = LeakMeter(1000)
    meter.add(trace(2, 1, q=1.0, p=0.125))
    assert meter.add(trace(1, 1, q=0.1, p=0.9)) < -math.log2(0.25 * 0.125)
