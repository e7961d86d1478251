"""The personal model beside a real cloud: as a signal of its own, or as the local model that sees the context."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.bootstrap import Application
from costeer.services.options import AskOptions
from tests.integration.conftest import PROFILE, ask
from tests.local.lora import random_adapter

PLAIN = AskOptions(profile=PROFILE, max_tokens=16, strength=1.5, mixture=0.5)


@pytest.fixture
def adapter(app: Application, tmp_path: Path) -> Iterator[None]:
    model = app.find_model(app.settings.local_model)
    taken = app.adapters.take_in("personal", model, random_adapter(tmp_path / "random.gguf"))
    yield
    app.adapters.delete("personal", model, taken.version)


@pytest.mark.thorough
def test_it_steers_either_way(app: Application, adapter: None) -> None:
    without, _ = ask(app, PLAIN)
    signal, _ = ask(app, dataclasses.replace(PLAIN, personal=1.0))
    context, _ = ask(app, dataclasses.replace(PLAIN, personal=1.0, personal_context=True))
    assert "personal" not in without.figures.signals
    for one in (signal, context):
        assert {"context", "personal"} <= set(one.figures.signals)
        assert one.figures.steered_tokens > 0
    texts = {one.answer.text for one in (without, signal, context)}
    assert len(texts) == 3, "an adapter of random numbers is seen, and not the same way in both"
