"""`costeer fit` and the options of `costeer ask`, as other programs use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands import as_json
from tests.services.letter import LETTER

from costeer.bootstrap import open_application
from costeer.cli.ask import answer_options
from costeer.cli.main import run
from costeer.cli.parser import build_parser
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import Settings, SteeringSettings, load_settings, save_settings


def test_options_of_an_answer_reach_it(home: Path) -> None:
    given = build_parser().parse_args(
        ["ask", "Hi.", "--temperature", "0.7", "--top-p", "0.9", "--sampling", "fast", "--prefetch", "1.5"]
    )
    with open_application() as app:
        app.use_settings(Settings(SteeringSettings(sampling="quiet", prefetch=0.5)))
        options = answer_options(app, given)
        assert (options.temperature, options.top_p, options.sampling, options.prefetch) == (0.7, 0.9, "fast", 1.5)
        usual = answer_options(app, build_parser().parse_args(["chat"]))
        assert (usual.sampling, usual.prefetch) == ("quiet", 0.5)


@pytest.mark.parametrize(
    ("option", "value"), [("--sampling", "loud"), ("--prefetch", "9"), ("--temperature", "3")]
)
def test_an_option_out_of_range_gets_one_sentence(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ask", "Hi.", option, value]) in (1, 2)
    error = capsys.readouterr().err
    assert value in error
    assert len(error.splitlines()) == 1


@pytest.mark.thorough
def test_fit_prints_what_it_found_and_sends_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter = home / "letter.md"
    letter.write_text(LETTER, encoding="utf-8")
    found = as_json(["fit", str(letter)], capsys)
    assert set(found["bits"]) == {"cloud", "default", "fitted"}
    assert found["gain"]["low"] <= found["gain"]["bits"] <= found["gain"]["high"]
    assert found["tokens"] > 60
    assert not found["stand_in"]
    settings = load_settings(AppPaths.locate().settings_file).steering
    assert found["set"] == (found["mark"] is not None) == (settings.fitted_strength is not None)
    assert as_json(["ledger", "list"], capsys) == {"entries": []}


def test_the_mark_is_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    file = AppPaths.locate().create().settings_file
    save_settings(
        file, Settings(SteeringSettings(strength=0.6, mixture=0.3, fitted_strength=0.6, fitted_mixture=0.3))
    )
    assert as_json(["fit", "--forget"], capsys) == {"mark": None}
    assert load_settings(file).steering == SteeringSettings(strength=0.6)


def test_nothing_to_fit_to_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit"]) == 1
    assert "not written anything" in capsys.readouterr().err
    assert run(["fit", "missing.txt"]) == 1
    assert "missing.txt" in capsys.readouterr().err
