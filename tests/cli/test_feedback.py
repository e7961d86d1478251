"""`costeer feedback`: listed, taken back, exported; never those of a temporary chat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.commands import as_json

from costeer.bootstrap import open_application
from costeer.cli.main import run
from costeer.storage.records import Preference

ANSWERS = (
    "Water.",
    "A narrow inlet of the sea, between cliffs that a glacier has left steep, \x1b[31mred, 冰川峡湾。",
)


@pytest.fixture
def given(home: Path) -> tuple[Preference, Preference]:
    """A thumb down for the first answer, and the second preferred to it."""
    with open_application() as app:
        conversations = app._shelves.stored.conversations
        conversation = app.chat.create("fjords")
        question = conversations.add_message(conversation.id, None, "user", "What is a fjord?")
        first, second = (
            conversations.add_message(conversation.id, question.id, "assistant", one) for one in ANSWERS
        )
        return app.preferences.rate(first.id, -1), app.preferences.record("edited", second.id, first.id)


def test_listed(given: tuple[Preference, Preference], capsys: pytest.CaptureFixture[str]) -> None:
    thumb, edited = given
    found = as_json(["feedback", "list"], capsys)["feedback"]
    assert [one["id"] for one in found] == [thumb.id, edited.id]
    assert {name: found[1][name] for name in ("kind", "value", "question", "chosen", "rejected")} == {
        "kind": "edited",
        "value": None,
        "question": "What is a fjord?",
        "chosen": ANSWERS[1],
        "rejected": "Water.",
    }
    assert (found[0]["kind"], found[0]["value"], found[0]["rejected"]) == ("thumb", -1, None)
    assert run(["feedback", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(thumb.id)
    assert first.endswith("thumb down   Water.")
    assert "A narrow inlet" in second
    assert second.endswith("…  over  Water.")
    assert "\x1b" not in second


def test_taken_back(given: tuple[Preference, Preference], capsys: pytest.CaptureFixture[str]) -> None:
    thumb, edited = given
    assert run(["feedback", "delete", thumb.id[:12]]) == 0
    assert "the answers stay" in capsys.readouterr().out
    assert [one["id"] for one in as_json(["feedback", "list"], capsys)["feedback"]] == [edited.id]
    for beginning in (thumb.id, ""):
        assert run(["feedback", "delete", beginning]) == 1
        assert "`costeer feedback list` prints ids" in capsys.readouterr().err
    assert as_json(["feedback", "delete", edited.id], capsys) == {"deleted": edited.id}
    assert run(["feedback", "list"]) == 0
    assert "There is no feedback yet" in capsys.readouterr().out


def test_exported(home: Path, given: tuple[Preference, Preference], capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "feedback.jsonl"
    with open_application() as app:
        app.preferences.rate(given[1].chosen, 1)
    assert run(["feedback", "export", str(file)]) == 0
    assert "3 entries in" in capsys.readouterr().out
    lines = [json.loads(one) for one in file.read_text(encoding="utf-8").splitlines()]
    assert [(one["kind"], one["value"]) for one in lines] == [("thumb", -1), ("edited", None), ("thumb", 1)]
    assert (lines[1]["chosen"], lines[1]["rejected"]) == (ANSWERS[1], ANSWERS[0])
    before = file.read_bytes()
    assert "冰川峡湾".encode() in before
    assert run(["feedback", "delete", given[0].id]) == 0
    capsys.readouterr()
    assert run(["feedback", "export", str(file)]) == 1
    assert "is already there" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert as_json(["feedback", "export", str(file), "--overwrite"], capsys) == {"file": str(file), "entries": 2}
    assert run(["feedback", "export", str(home / "nowhere" / "feedback.jsonl")]) == 1
    assert "cannot be written" in capsys.readouterr().err
