"""`costeer evaluate --task lamp` on small files: the whole way."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import as_json
from tests.material.authors import AUTHORS, LEARNT, write_corpus

from costeer.cli.main import run


@pytest.mark.thorough
def test_small_files_of_lamp_are_answered(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions, outputs = home / "dev_questions.json", home / "dev_outputs.json"
    profile = [{"id": str(at), "text": f"The ferry {at} sank.", "title": f"Ferry {at} sinks"} for at in range(5)]
    asked = "Generate a headline for the following article: The kettle broke."
    questions.write_text(
        json.dumps([{"id": "1", "input": asked, "profile": profile}, {"id": "2"}]), encoding="utf-8"
    )
    outputs.write_text(json.dumps({"task": "LaMP_4", "golds": [{"id": "1", "output": "Kettle breaks"}]}))
    command = ["evaluate", "--task", "lamp", "--data", str(questions), "--methods", "base,retrieval"]
    told = as_json([*command, "--max-tokens", "8", "--out", str(home / "run")], capsys)
    assert told["rows"] == {
        "used": 1,
        "skipped": 1,
        "reasons": [{"line": 0, "why": "1 rows were not of the format"}],
    }
    for method in ("base", "retrieval"):
        assert 0.0 < told["methods"][method]["bits"]["value"] < 20.0
        assert set(told["findings"]["official"][method]) == {"rouge1", "rougeL"}
    assert told["methods"]["retrieval"]["bits"]["value"] < told["methods"]["base"]["bits"]["value"]


def test_what_cannot_be_asked_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--task", "lamp"]) == 1
    assert "--data" in capsys.readouterr().err
    file = home / "x.json"
    file.write_text(json.dumps([{"id": 1, "input": "Paraphrase the following tweet: so", "profile": []}]))
    assert run(["evaluate", "--task", "lamp", "--data", str(file)]) == 1
    assert "no outputs" in capsys.readouterr().err
    corpus = write_corpus(home / "authors.json", AUTHORS[:1])
    assert run(["evaluate", "--task", "lamp", "--data", str(corpus), "--way", "magic"]) == 1
    assert "private or samples" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra `training` is not installed")
def test_a_personal_model_beats_retrieval_beats_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two authors; all eight take longer: docs/personal-model.md."""
    corpus = write_corpus(home / "authors.json", AUTHORS[:2])
    told: dict[str, Any] = as_json(
        [
            *("evaluate", "--task", "lamp", "--data", str(corpus), "--epochs", "3", "--out", str(home / "run")),
            *("--methods", "base,retrieval,personal"),
        ],
        capsys,
    )
    assert told["rows"]["used"] == 2 * (18 - LEARNT)
    bits = {name: one["bits"]["value"] for name, one in told["methods"].items()}
    assert bits["personal"] < bits["retrieval"] < bits["base"]
    assert told["methods"]["personal"]["difference"]["bits"]["high"] < 0.0
    assert told["methods"]["personal"]["trained"]["value"] == 1.0


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra `training` is not installed")
def test_more_texts_are_written_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write_corpus(home / "authors.json", AUTHORS[:1])
    command = [
        *("evaluate", "--task", "lamp", "--data", str(corpus), "--epochs", "1", "--out", str(home / "run")),
        *("--methods", "retrieval,augmented", "--way", "samples", "--texts", "3"),
    ]
    told: dict[str, Any] = as_json(command, capsys)
    assert told["methods"]["augmented"]["bits"]["value"] < told["methods"]["retrieval"]["bits"]["value"]
    stored = (home / "run" / "run.jsonl").read_text(encoding="utf-8")
    assert stored.count('"more/') == 1
    assert as_json(command, capsys)["methods"] == told["methods"]
    assert (home / "run" / "run.jsonl").read_text(encoding="utf-8") == stored
