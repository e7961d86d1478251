"""Whole answers from an endpoint that misbehaves: nothing is lost, nothing is repeated."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from costeer.bootstrap import Application
from costeer.foundation.errors import EndpointError
from costeer.foundation.settings import EndpointSettings
from costeer.foundation.text import whole_characters
from costeer.services.events import NoticeRaised
from costeer.services.options import AskOptions
from tests.cloud.scripted_endpoint import ScriptedEndpoint, Traps, told
from tests.integration.conftest import PROFILE, ask
from tests.privacy.scripted_server import ScriptedServer

MINE = "mine"
PLAIN = AskOptions(strength=0.0, max_tokens=16)
STEERED = AskOptions(strength=1.0, profile=PROFILE, max_tokens=24)


@contextmanager
def answering(app: Application, script: ScriptedEndpoint) -> Iterator[None]:
    usual = app.settings
    with ScriptedServer(script) as server:
        mine = EndpointSettings(MINE, server.base_url)
        app.use_settings(dataclasses.replace(usual, endpoints=(mine,), endpoint=MINE))
        try:
            app.endpoints.probe(mine, "")
            yield
        finally:
            app.use_settings(usual)


def expected(seed: int, most: int) -> str:
    written = b""
    for _ in range(most):
        best = told(seed, written).best
        if not best:
            break
        written += best
    return whole_characters(written)[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_that_breaks_goes_on_from_the_last_word(app: Application, seed: int) -> None:
    script = ScriptedEndpoint(seed=seed)
    with answering(app, script):
        script.traps = Traps(cut_after=4)
        finished, events = ask(app, PLAIN)
    assert script.cuts == 1
    assert finished.answer.text == expected(seed, 16)
    (notice,) = [str(one.text) for one in events if isinstance(one, NoticeRaised)]
    assert "Going on from the last word" in notice


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["chat", "vllm", "ollama"])
@pytest.mark.parametrize("cut_after", [0, 3])
def test_lookahead_equals_token_by_token(app: Application, kind: str, cut_after: int) -> None:
    """Steered by the real local model, byte strings for candidates, characters in pieces, streams that break."""
    script = ScriptedEndpoint(kind, seed=4)
    with answering(app, script):
        script.traps = Traps(cut_after=cut_after)
        ahead, _ = ask(app, STEERED)
        script.traps = Traps()
        single, _ = ask(app, dataclasses.replace(STEERED, decoder="token"))
    assert ahead.figures.tier == "A"
    assert ahead.answer.text == single.answer.text
    assert ahead.answer.text
    assert ahead.figures.round_trips < single.figures.round_trips


def test_an_endpoint_that_changes_is_tested_again(app: Application) -> None:
    """It was found to tell alternatives, and no longer does: one answer fails, the next is a rewritten draft."""
    script = ScriptedEndpoint(seed=2)
    with answering(app, script):
        script.traps = Traps(drops_logprobs=True)
        with pytest.raises(EndpointError, match="log-probabilities"):
            ask(app, STEERED)
        finished, _ = ask(app, STEERED)
    assert finished.figures.tier == "C"
    assert finished.figures.sketch
