"""What answers cost, through the whole application."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from costeer.bootstrap import Application
from costeer.foundation.errors import BadInput
from costeer.foundation.settings import EndpointSettings
from costeer.services.endpoints import DEMO_TITLE
from costeer.services.options import AskOptions
from tests.integration.conftest import PROFILE, ask


def test_the_bill_of_an_answer(app: Application) -> None:
    steered, _ = ask(app, AskOptions(strength=1.0, profile=PROFILE, max_tokens=24))
    plain, _ = ask(app, AskOptions(strength=0.0, max_tokens=24))
    cost, alone = app.costs.of_answer(steered.figures), app.costs.of_answer(plain.figures)
    prompt = steered.figures.prompt_tokens
    assert alone.endpoint == DEMO_TITLE
    assert (alone.extra_input_tokens, alone.extra_output_tokens) == (0, 0)
    assert alone.input_tokens == prompt, "one request, one prompt"
    assert cost.input_tokens >= prompt * steered.figures.round_trips
    assert cost.extra_input_tokens == cost.input_tokens - prompt > 0
    assert cost.output_tokens == steered.figures.tokens + cost.extra_output_tokens
    assert cost.money is None, "no prices are entered"
    month = f"{datetime.now(UTC):%Y-%m}"
    (whole,) = [one for one in app.costs.of_month(month) if one.endpoint == DEMO_TITLE]
    assert whole.answers >= 2
    assert whole.input_tokens >= cost.input_tokens + alone.input_tokens
    assert app.costs.of_month("2001-01") == []
    with pytest.raises(BadInput, match="no month"):
        app.costs.of_month("November")


def test_money(app: Application) -> None:
    steered, _ = ask(app, AskOptions(strength=1.0, profile=PROFILE, max_tokens=12))
    usual = app.settings
    priced = EndpointSettings(DEMO_TITLE, "http://127.0.0.1:1", price_input=3.0, price_output=15.0, currency="EUR")
    app.use_settings(dataclasses.replace(usual, endpoints=(priced,)))
    try:
        cost = app.costs.of_answer(steered.figures)
    finally:
        app.use_settings(usual)
    assert cost.money == pytest.approx((3.0 * cost.input_tokens + 15.0 * cost.output_tokens) / 1e6)
    assert cost.money is not None
    assert cost.extra_money is not None
    assert 0.0 < cost.extra_money < cost.money
    assert cost.currency == "EUR"
