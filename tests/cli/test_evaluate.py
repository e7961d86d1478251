"""`costeer evaluate --task attribution` on the embedded pair: a handful of users, the whole way."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import as_json
from tests.local.lora import random_adapter

from costeer.cli.main import run

FEW = ["--limit", "2", "--questions", "1", "--max-tokens", "8", "--settings", "greedy:1,fast:1"]
COMMAND = ["evaluate", "--task", "attribution", *FEW]
METHODS = {"overlap", "bayes", "likelihood", "optimal"}


def numbers(report: dict[str, Any]) -> dict[str, Any]:
    """All but what a clock or a folder says."""
    return {name: value for name, value in report.items() if name not in ("run", "files")}


@pytest.mark.thorough
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_killed_run_ends_with_the_numbers_of_one_that_was_not(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = as_json([*COMMAND, "--out", str(home / "whole")], capsys)
    check_the_contract(whole)
    killed = kill_when_it_tells([*COMMAND, "--out", str(home / "killed")], rb"optimal 3/8")
    assert killed > 6, "what was computed is on disk"
    resumed = as_json([*COMMAND, "--out", str(home / "killed")], capsys)
    assert resumed["run"]["units_found"] == killed
    assert numbers(resumed) == numbers(whole)
    assert (home / "killed" / "run.jsonl").read_bytes() == (home / "whole" / "run.jsonl").read_bytes()
    assert {one.name for one in (home / "killed").iterdir()} == {"run.jsonl", "report.json", "report.html"}
    assert run([*COMMAND, "--seed", "1", "--out", str(home / "whole")]) == 1
    assert "differs in seed" in capsys.readouterr().err


def check_the_contract(told: dict[str, Any]) -> None:
    assert set(told["methods"]) == METHODS
    for method in told["methods"].values():
        accuracy = method["accuracy"]
        assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
        assert accuracy["n"] == 4
    assert told["methods"]["optimal"]["posterior"]["value"] > 0.5, "it knows the law"
    assert told["settings"]["local_model"]["sha256"] == told["settings"]["cloud_model"]["sha256"]
    assert told["settings"]["recomputed"] == {
        **told["settings"]["recomputed"],
        "misread_answers": 0,
        "recomputed_answers": 4,
        "recomputed_otherwise": 0,
    }
    by_setting = {one["setting"]: one["methods"] for one in told["tables"][0]["rows"]}
    assert list(by_setting) == ["not steered", "greedy 1", "fast 1"]
    for method in by_setting["not steered"].values():
        assert method["accuracy"]["value"] == 0.5, "nobody can tell, so it is chance"
        assert method["leak_bits"]["value"] == 0.0
    assert by_setting["greedy 1"]["optimal"]["leak_bits"]["value"] > 0.0
    assert [one["setting"] for one in told["findings"]["leak_meter"]] == ["greedy 1", "fast 1"]
    assert len(told["findings"]["answers"]) == 6
    assert set(told["findings"]["answers"][0]["accuracy"]) == METHODS
    assert told["findings"]["baselines"]["profile in the prompt"] == {
        **told["findings"]["baselines"]["profile in the prompt"],
        "accuracy": 1.0,
        "bits": 1.0,
    }
    assert json.loads(Path(told["files"]["json"]).read_text(encoding="utf-8"))["said"] == told["said"]
    assert Path(told["files"]["page"]).read_text(encoding="utf-8").count("<svg") == 5


def kill_when_it_tells(arguments: list[str], told: bytes) -> int:
    """Run the command, kill it without warning when its progress has come to `told`; returns how many units were
    kept by then."""
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "costeer", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "app")},
    )
    os.close(theirs)
    heard = b""
    try:
        while not re.search(told, heard):  # bounded: it ends with the child, or with the silence
            ready, _, _ = select.select([ours], [], [], 120)
            assert ready, f"it fell silent after {heard!r}"
            heard += os.read(ours, 4096)
    finally:
        child.kill()
        child.wait(60)
        os.close(ours)
    out = Path(arguments[arguments.index("--out") + 1])
    return (out / "run.jsonl").read_bytes().count(b"\n") - 1


@pytest.mark.thorough
def test_bad_rows_are_told_by_line_and_passed_over(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "people.jsonl"
    people = [
        {"name": name, "facts": [f"I keep {animal}."]} for name, animal in (("Ann", "alpacas"), ("Bo", "bees"))
    ]
    file.write_text("\n".join(["{broken", *map(json.dumps, people), '{"facts": []}']), encoding="utf-8")
    weak = ["--methods", "overlap", "--data", str(file), "--settings", "greedy:1"]
    arguments = ["evaluate", "--task", "attribution", *weak, "--questions", "1", "--max-tokens", "2"]
    assert run([*arguments, "--out", str(home / "run")]) == 0
    printed = capsys.readouterr().out
    assert "Skipped line 1: it is not JSON" in printed
    assert "Skipped line 4: its profile is empty." in printed
    assert "2 rows were skipped." in printed
    assert "guessing blindly is right in 50 %" in printed
    told = as_json([*arguments, "--out", str(home / "run")], capsys)
    assert told["rows"]["skipped"] == 2
    assert set(told["methods"]) == {"overlap"}


def test_a_folder_that_cannot_be_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "file").write_text("no folder", encoding="utf-8")
    assert run([*COMMAND, "--out", str(home / "file" / "run")]) == 1
    assert "cannot be kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--task", "nonsense"], 2, "attribution"),
        (["--task", "attribution", "--methods", "psychic"], 1, "overlap, bayes, likelihood, optimal"),
        (["--task", "attribution", "--settings", "greedy:9"], 1, "greedy:9"),
        (["--task", "attribution", "--limit", "1"], 1, "--limit"),
        (["--task", "attribution", "--limit", "0"], 1, "--limit"),
        (["--task", "attribution", "--questions", "99"], 1, "--questions"),
        (["--task", "attribution", "--temperature", "warm"], 1, "--temperature"),
        (["--task", "attribution", "--data", "/nowhere.jsonl"], 1, "/nowhere.jsonl"),
        (["--task", "attribution", "--local-model", "/nowhere.gguf"], 1, "/nowhere.gguf"),
    ],
)
def test_what_cannot_be_run_gets_one_sentence(
    arguments: list[str], status: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", *arguments]) == status
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1


QUESTIONS = ("Why is the sky blue?", "How do bees make honey?", "What is a fjord?", "Who was Ada Lovelace?")
PREFERENCES = [
    *("evaluate", "--task", "preference", "--preferences", "concise,plain", "--max-tokens", "8"),
    *("--users", "1", "--choices", "2", "--later", "2"),
]


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_preferences_beside_their_baselines(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = home / "questions.jsonl"
    data.write_text("\n".join(json.dumps({"input": one}) for one in (*QUESTIONS, "")), encoding="utf-8")
    adapter = random_adapter(home / "random.gguf")
    command = [*PREFERENCES, "--data", str(data), "--adapter", str(adapter.path), "--out", str(home / "run")]
    told = as_json(command, capsys)
    assert told["rows"]["used"] == 4
    assert told["rows"]["skipped"] == 1
    assert set(told["methods"]) == {"none", "context", "reward", "prompt"}
    rows = {one["preference"]: one["methods"] for one in told["tables"][0]["rows"]}
    assert list(rows) == ["concise", "plain"]
    for methods in rows.values():
        assert methods["none"]["changed"]["value"] == methods["none"]["leak_bits"]["value"] == 0.0
        assert methods["reward"]["leak_bits"]["value"] > 0.0, "it steers"
        assert "leak_bits" not in methods["prompt"], "there all of it is sent"
        for method in methods.values():
            assert method["words"]["n"] == 4
            assert method["likelihood"]["value"] < 0.0
    assert [one["choices"] for one in told["findings"]["fitted_weights"]["points"]] == [0, 2]
    again = as_json(command, capsys)
    assert numbers(again) == numbers(told)
    assert again["run"]["units_found"] > 50, "nothing was computed again"


def test_a_task_that_needs_an_adapter_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = home / "questions.jsonl"
    data.write_text("\n".join(json.dumps({"input": one}) for one in QUESTIONS), encoding="utf-8")
    assert run([*PREFERENCES, "--data", str(data)]) == 1
    assert "costeer train reward" in capsys.readouterr().err
    assert run(["evaluate", "--task", "preference", "--data", str(data), "--questions", "3"]) == 1
    assert "--questions is no option of the task preference" in capsys.readouterr().err
