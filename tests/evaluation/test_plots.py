from __future__ import annotations

import json
from pathlib import Path

import pytest

from costeer.cli.main import run
from costeer.evaluation.plots import DECODERS

RATES = {name: {"tokens_per_second": 5.0 + at, "round_trips_per_token": 0.1} for at, name in enumerate(DECODERS)}


def test_runs_become_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "run.json"
    real = {**RATES, "unsteered": {"tokens_per_second": 10.0}}
    virtual = {"decoders": RATES, "round_trip_ms": 80.0, "unsteered_tokens_per_second": 20.0}
    both = {"strength": 0.5, "added_round_trip_ms": 80.0, "decoders": real, "virtual_time": virtual}
    told.write_text(json.dumps(both), encoding="utf-8")
    picture = tmp_path / "run.svg"
    assert run(["bench", "plot", str(told), "--to", str(picture)]) == 0
    drawn = picture.read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert drawn.count("<!-- 0.50 -->") == 1, "the slowest of the real ones, over the unsteered stream"
    assert "virtual time" in drawn


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"decoders": {}}', '{"decoders": {"token": 3}, "strength": "x"}']
)
def test_what_is_no_run_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "run.json"
    told.write_text(text, encoding="utf-8")
    assert run(["bench", "plot", str(told), "--to", str(tmp_path / "run.svg")]) != 0
    assert "bench decode --json" in capsys.readouterr().err
    assert not (tmp_path / "run.svg").exists()


def test_a_picture_of_no_known_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "run.json"
    told.write_text(json.dumps({"virtual_time": {}}), encoding="utf-8")
    assert run(["bench", "plot", str(told), "--to", str(tmp_path / "run.txt")]) != 0
