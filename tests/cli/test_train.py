"""`costeer train`, and preferences on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.commands import as_json
from tests.material.authors import AUTHORS, notes_of

from costeer.bootstrap import open_application
from costeer.cli.ask import answer_options
from costeer.cli.main import run
from costeer.cli.parser import build_parser
from costeer.foundation.errors import BadInput


def test_without_the_extra_nothing_is_begun(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["train", "reward"]) == 1
    error = capsys.readouterr().err
    assert "costeer-desktop[training]" in error
    assert "torch" in error
    assert len(error.splitlines()) == 1
    assert as_json(["ledger", "list"], capsys) == {"entries": []}


@pytest.mark.parametrize(("option", "value"), [("--questions", "0"), ("--rank", "1000"), ("--beta", "99")])
def test_bounds(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "reward", option, value]) == 1
    assert value in capsys.readouterr().err


def test_versions_are_listed_used_and_deleted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_application() as app:
        model = app.find_model(app.settings.local_model)
        for accuracy in (0.7, 0.8):
            version, file = app.adapters.room_for("reward", model)
            file.write(b"GGUF")
            app.adapters.add("reward", model, version, {"accuracy": accuracy})
    assert run(["train", "use", "2"]) == 0
    found = as_json(["train", "list"], capsys)["reward"]
    assert [(one["version"], one["in_use"], one["accuracy"]) for one in found] == [(1, False, 0.7), (2, True, 0.8)]
    assert run(["train", "delete", "2"]) == 0
    assert [one["version"] for one in as_json(["train", "list"], capsys)["reward"]] == [1]
    for wrong in (["use", "7"], ["use", "x"], ["delete", "2"]):
        assert run(["train", *wrong]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(["train", "use", "none"]) == 0


def test_a_taste_needs_choices(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "taste"]) == 1
    assert "compare some more" in capsys.readouterr().err


def test_preferences_reach_an_answer(home: Path) -> None:
    with open_application() as app:

        def preferences(*said: str) -> object:
            options = [part for one in said for part in ("--prefer", one)]
            return answer_options(app, build_parser().parse_args(["ask", "Hi.", *options])).preferences

        assert preferences("concise=1.5", "humorous") == {"concise": 1.5, "humorous": 0.5}
        for wrong in ("shiny", "concise=much", "concise=9"):
            with pytest.raises(BadInput):
                preferences(wrong)


def test_a_personal_adapter_is_exported_as_it_was_before_it_was_sealed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_application() as app:
        model = app.find_model(app.settings.local_model)
        version, file = app.adapters.room_for("personal", model)
        file.write(b"GGUF and more")
        app.adapters.add("personal", model, version, {"personal": 2.5})
    assert b"GGUF" not in file.path.read_bytes()
    to = home / "mine.gguf"
    assert run(["train", "export", "1", str(to), "--kind", "personal"]) == 0
    assert to.read_bytes() == b"GGUF and more"
    assert run(["train", "use", "1", "--kind", "personal"]) == 0
    listed = as_json(["train", "list"], capsys)
    assert listed["reward"] == []
    assert [(one["in_use"], one["personal"]) for one in listed["personal"]] == [(True, 2.5)]
    for wrong in (["export", "1", str(to)], ["export", "1", str(home / "no" / "where"), "--kind", "personal"]):
        assert run(["train", *wrong]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_augmenting_would_send_is_shown_and_not_sent(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    diary = home / "diary.txt"
    diary.write_text("\n\n".join(f"{one.text} {one.text}" for one in notes_of(AUTHORS[2])), encoding="utf-8")
    assert run(["train", "personal", "--document", str(diary), "--only-gather"]) == 0
    capsys.readouterr()
    told = as_json(["writing", "augment", "--way", "samples", "--texts", "3"], capsys)
    shown = told["would_send"]
    assert shown["samples"]
    assert shown["requests"]
    first = shown["samples"][0]
    alone = as_json(["writing", "augment", "--way", "samples", "--sample", first["id"]], capsys)
    assert alone["would_send"]["samples"] == [first]
    assert alone["approve"] != told["approve"]
    assert run(["writing", "augment"]) == 0
    assert "Nothing has been sent" in capsys.readouterr().out
    assert as_json(["ledger", "list"], capsys) == {"entries": []}
    for wrong in (["--sample", "x"], ["--texts", "0"], ["--mixture", "7"], ["--approve", told["approve"]]):
        assert run(["writing", "augment", *wrong]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_preferences_are_weighed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = as_json(["preference", "add", "in rhymes"], capsys)["name"]
    assert run(["preference", "set", name, "1.5"]) == 0
    assert run(["preference", "set", "plain", "0.5"]) == 0
    listed = as_json(["preference", "list"], capsys)["preferences"]
    weights = {one["words"]: one["weight"] for one in listed if one["weight"]}
    assert weights == {"plain": 0.5, "in rhymes": 1.5}
    assert run(["preference", "remove", name]) == 0
    for wrong in (["set", "plain", "9"], ["set", "rude", "1"], ["remove", "plain"], ["add", " "]):
        assert run(["preference", *wrong]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1
