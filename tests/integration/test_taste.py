"""Weights of preferences fitted to real answers that were chosen, with an adapter of random numbers."""

from __future__ import annotations

import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress
from costeer.personalization.profile import Profile
from costeer.personalization.taste import FEWEST_CHOICES
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from tests.integration.conftest import ask
from tests.local.lora import random_adapter

PLAIN = AskOptions(strength=0.0, profile=Profile(), max_tokens=8)


def choose(app: Application, first: str, times: int) -> None:
    """Regenerate, and prefer the new answer to the first."""
    for number in range(times):
        options = AskOptions(enabled=False, profile=Profile(), max_tokens=8, temperature=1.5, seed=number)
        finished = list(app.chat.regenerate(first, options, CancelToken()))[-1]
        assert isinstance(finished, AnswerFinished)
        app.preferences.record("regenerated", finished.answer.id, first)


@pytest.mark.thorough
def test_a_taste_is_fitted_from_the_fifth_choice_on(fresh_app: Application) -> None:
    app = fresh_app
    finished, _ = ask(app, PLAIN, "Say something about tea.")
    choose(app, finished.answer.id, FEWEST_CHOICES - 1)
    with pytest.raises(BadInput, match="compare some more"):
        app.taste.fit()
    choose(app, finished.answer.id, FEWEST_CHOICES + 1)
    with pytest.raises(BadInput, match="no adapter"):
        app.taste.fit()
    model = app.find_model(app.settings.local_model)
    version, file = app.adapters.room_for("reward", model)
    random_adapter(file)
    app.adapters.add("reward", model, version, {})
    app.adapters.use("reward", model, version)
    sent = len(app.audit.entries())
    told: list[Progress] = []
    taste = app.taste.fit(told.append)
    assert taste.choices >= FEWEST_CHOICES
    assert len(taste.weights) == 8
    assert all(0.0 <= one.weight <= 2.0 and 0.0 < one.deviation <= 1.0 for one in taste.weights)
    assert 0.0 < taste.explained < 1.0
    assert told
    assert app.taste.fit() == taste
    assert len(app.audit.entries()) == sent
