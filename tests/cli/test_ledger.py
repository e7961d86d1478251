"""`costeer ledger prune` and `forget`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands import as_json
from tests.services.test_ledger_upkeep import fill

from costeer.bootstrap import open_application
from costeer.cli.main import run


def test_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_application() as app:
        fill(app, 2, 40)
        fill(app, 1, 1, "gone")
    found = as_json(["ledger", "prune", "--keep-days", "30", "--preview"], capsys)
    assert (found["removed"], found["entries"], found["requests"]) == (0, 4, 2)
    assert run(["ledger", "prune", "--before", "2000-01-01"]) == 0
    assert "0 entries were removed: none is that old" in capsys.readouterr().out
    assert run(["ledger", "prune", "--before", "yesterday"]) == 1
    assert "is no date" in capsys.readouterr().err
    assert as_json(["ledger", "prune", "--keep-days", "30"], capsys)["removed"] == 4
    assert as_json(["ledger", "forget", "--deleted", "--preview"], capsys)["entries"] == 2
    assert run(["ledger", "forget", "--deleted"]) == 0
    assert "words of 2 entries were forgotten" in capsys.readouterr().out
    assert run(["ledger", "forget", "--conversation", "abc"]) == 1
    assert "no conversation" in capsys.readouterr().err
    assert run(["ledger", "show", "5"]) == 0
    assert "were forgotten" in capsys.readouterr().out
    assert run(["ledger", "verify"]) == 0
    said = capsys.readouterr().out
    assert "Entries 1 to 4 were removed, and a later entry says so." in said
    assert "The words of 2 entries were forgotten" in said


def test_the_report(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_application() as app:
        fill(app, 2, 40)
    assert run(["ledger", "report"]) == 0
    assert "on this computer itself were asked 2 times" in capsys.readouterr().out
    file = home / "report.html"
    told = as_json(["ledger", "report", str(file), "--without-words"], capsys)
    assert (told["file"], told["figures"]["total"]["requests"], told["quoted"]) == (str(file), 2, [])
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    told = as_json(["ledger", "report", "--month", "2001-02"], capsys)
    assert (told["month"], told["figures"]["total"]["requests"]) == ("2001-02-01", 0)
    for wrong in (["--month", "May"], ["--month", "2026-13"], [str(home / "report.pdf")]):
        assert run(["ledger", "report", *wrong]) == 1
        assert capsys.readouterr().err.count("\n") == 1
