"""`costeer evaluate --task cogenesis|longlamp|own` on the embedded model as both sides: a few rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.commands import as_json

from costeer.cli.main import run
from costeer.evaluation.personalized.task import METHODS

SMALL = ["--reference-tokens", "8", "--max-tokens", "6"]
PEOPLE = ("Zephyrine, who keeps alpacas in Tromso", "Ignatius, who mends clocks in Bergen", "Oda, who sails")


def row(who: str) -> dict[str, str]:
    name = who.split(",")[0]
    private = (
        f"## User Profile\nName: {who}\nWriting_style: dry\n## User Writing History\nContent: {who}.\n## Task\n"
    )
    return {
        "input": "Write a short greeting.",
        "personalized_input": private,
        "output": f"Greetings from {name}, dry as ever and as brief as can be.",
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    written = [json.dumps(row(one)) for one in PEOPLE]
    file.write_text("\n".join([*written[:1], "{broken", *written[1:]]), encoding="utf-8")
    return file


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_every_method_on_rows_of_cogenesis(home: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answering = "cloud,ceiling,local-context,default,cogenesis-sketch"
    command = ["evaluate", "--task", "cogenesis", "--data", str(data), *SMALL, "--answers", answering]
    few = as_json([*command, "--limit", "1", "--out", str(home / "run")], capsys)
    assert few["rows"]["used"] == 1
    told = as_json([*command, "--out", str(home / "run")], capsys)
    assert set(told["methods"]) == set(METHODS)
    assert told["rows"]["used"] == 3
    assert [one["line"] for one in told["rows"]["reasons"]] == [2]
    assert told["run"]["units_found"] == 6, "one text forced and five answers: nothing is computed twice"
    assert told["findings"]["loop_differs_by"] < 1e-9
    bits = {name: one["bits"]["value"] for name, one in told["methods"].items() if "bits" in one}
    assert set(told["methods"]) - set(bits) == {"cogenesis-sketch"}
    assert told["methods"]["cogenesis-sketch"]["leak_bits"]["value"] == 0.0
    assert bits["ceiling"] < bits["cloud"], "the profile says who greets"
    assert bits["cloud"] == pytest.approx(bits["local"], abs=0.2), "one model plays both, in two types of weights"
    assert told["methods"]["default"]["leak_bits"]["value"] > 0.0
    assert told["methods"]["cloud"]["round_trips"]["value"] <= 1.0
    assert "recall" in told["methods"]["ceiling"]
    assert "rougeL" not in told["methods"]["amulet"], "it is forced, and does not answer"
    again = as_json([*command, "--out", str(home / "again")], capsys)
    assert again["methods"] == told["methods"], "the same command, the same numbers"
    assert "<svg" in (home / "run" / "report.html").read_text(encoding="utf-8")


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_a_text_of_ones_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "letters.txt"
    said = "The ferry was late again, the gulls were not, and Oda said so twice. "
    file.write_text("\n\n".join(f"Letter {one}. {said * 4}" for one in range(8)), encoding="utf-8")
    chosen = ["--methods", "cloud,default", "--answers", "default"]
    told = as_json(["evaluate", "--task", "own", "--data", str(file), *SMALL, *chosen, "--limit", "2"], capsys)
    assert told["methods"]["default"]["bits"]["value"] < told["methods"]["cloud"]["bits"]["value"]


def test_bad_requests_are_refused(home: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, said in (
        ([], "give --data"),
        (["--data", str(home / "no.jsonl")], "cannot be read"),
        (["--data", str(data), "--answers", "amulet"], "cannot answer"),
        (["--data", str(data), "--told", "0"], "outside"),
    ):
        assert run(["evaluate", "--task", "cogenesis", *wrong]) == 1
        error = capsys.readouterr().err
        assert said in error
        assert len(error.splitlines()) == 1
