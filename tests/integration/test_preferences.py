"""Steering by preferences, with a real model, a real cloud and an adapter of random numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from costeer.bootstrap import Application
from costeer.foundation.errors import BadInput, ModelError
from costeer.personalization.profile import Profile
from costeer.privacy.sealable_file import SealableFile
from costeer.services.events import NoticeRaised
from costeer.services.options import AskOptions
from tests.integration.conftest import ask
from tests.local.lora import random_adapter

WANTED = AskOptions(strength=0.0, profile=Profile(), max_tokens=20, preferences={"concise": 2.0, "humorous": 0.5})


@pytest.fixture
def adapter(app: Application) -> Iterator[SealableFile]:
    model = app.find_model(app.settings.local_model)
    version, file = app.adapters.room_for("reward", model)
    random_adapter(file)
    app.adapters.add("reward", model, version, {"accuracy": 0.5})
    app.adapters.use("reward", model, version)
    yield file
    app.adapters.delete("reward", model, version)


def test_without_an_adapter_it_says_so(app: Application) -> None:
    finished, events = ask(app, WANTED)
    plain, _ = ask(app, dataclasses.replace(WANTED, preferences={}))
    assert finished.answer.text == plain.answer.text
    (notice,) = [str(one.text) for one in events if isinstance(one, NoticeRaised)]
    assert "train one" in notice


def test_preferences_steer_and_stay_here(app: Application, adapter: SealableFile) -> None:
    finished, events = ask(app, WANTED)
    plain, _ = ask(app, dataclasses.replace(WANTED, preferences={}))
    assert finished.answer.text != plain.answer.text
    assert not [one for one in events if isinstance(one, NoticeRaised)]
    traces = app.chat.traces(finished.answer.id)
    assert any({"preference:concise", "preference:humorous"} <= set(one.moved) for one in traces)
    assert finished.figures.leak_bits > 0.0
    sent = "".join(one.record.body for one in app.audit.entries() if one.record.kind == "request")
    assert "birthday" in sent
    assert "Guidelines" not in sent
    assert "concise" not in sent


def test_token_by_token_is_the_same(app: Application, adapter: SealableFile) -> None:
    ahead, _ = ask(app, WANTED)
    single, _ = ask(app, dataclasses.replace(WANTED, decoder="token"))
    assert ahead.answer.text == single.answer.text


def test_an_adapter_that_is_damaged_costs_one_sentence(app: Application, adapter: SealableFile) -> None:
    adapter.write(adapter.read()[:-4000])
    with pytest.raises(ModelError, match="earlier version"):
        ask(app, WANTED)


def test_weights_have_bounds(app: Application) -> None:
    with pytest.raises(BadInput, match="concise"):
        ask(app, dataclasses.replace(WANTED, preferences={"concise": 9.0}))
