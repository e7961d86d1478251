"""The commands other programs rely on: what their JSON holds, with no display."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.cli.commands import as_json

from costeer.cli.main import run
from costeer.privacy.chain import find_break
from costeer.privacy.ledger import GENESIS
from costeer.services import ledger_file


def test_profile(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(["profile", "show"], capsys) == {"entries": [], "memories": [], "private_words": []}
    as_json(["profile", "add", "My sister is called Zephyrine."], capsys)
    as_json(["profile", "add", "Short.", "--kind", "style"], capsys)
    shown = as_json(["profile", "add", "Asked for tea.", "--kind", "memory"], capsys)
    assert [(one["kind"], one["text"]) for one in shown["entries"]] == [
        ("fact", "My sister is called Zephyrine."),
        ("style", "Short."),
    ]
    assert [one["text"] for one in shown["memories"]] == ["Asked for tea."]
    shown = as_json(["profile", "remove", shown["entries"][0]["id"][:10]], capsys)
    assert [one["text"] for one in shown["entries"]] == ["Short."]
    (home / "me.toml").write_text('facts = ["One.", "Two."]\nmemories = ["Asked for tea."]', encoding="utf-8")
    shown = as_json(["profile", "set", str(home / "me.toml")], capsys)
    assert [one["text"] for one in shown["entries"]] == ["One.", "Two."]
    assert [one["text"] for one in shown["memories"]] == ["Asked for tea."]
    assert run(["profile", "show"]) == 0
    assert "One." in capsys.readouterr().out


def test_ask_within_a_leak_budget(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "me.toml").write_text('facts = ["My sister is called Zephyrine."]', encoding="utf-8")
    asked = [
        "ask",
        "Write a birthday note to my sister.",
        "--profile",
        str(home / "me.toml"),
        "--max-tokens",
        "30",
    ]
    answer = as_json([*asked, "--leak-budget", "35", "--conversation-budget", "500"], capsys)
    assert 0.0 < answer["leak_bits"] <= 35.0
    assert (answer["leak_budget"], answer["conversation_budget"]) == (35.0, 500.0)
    assert answer["steering_ended"] == "answer"
    assert run([*asked, "--leak-budget", "35"]) == 0
    said = capsys.readouterr().err
    assert said.count("The leak budget of this answer is used up") == 1
    assert " of 35 bits" in said
    assert run([*asked, "--leak-budget", "7"]) != 0
    assert "choose 30 to 100000, or 0" in capsys.readouterr().err


def test_ask_and_ledger(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(["ledger", "list"], capsys) == {"entries": []}
    answer = as_json(["ask", "Say hi.", "--strength", "0", "--max-tokens", "4"], capsys)
    assert set(answer) >= {
        *("text", "tokens", "steered_tokens", "round_trips", "requests", "bytes_up", "bytes_down"),
        *("leak_bits", "signals", "tier", "seconds"),
    }
    assert answer["tokens"] == 4
    entries = as_json(["ledger", "list"], capsys)["entries"]
    assert [one["kind"] for one in entries].count("request") >= answer["requests"]
    newest = next(one for one in entries if one["purpose"] == "answer" and one["kind"] == "request")
    shown = as_json(["ledger", "show", str(newest["sequence"])], capsys)
    assert "Say hi." in shown["in_words"]
    assert "authorization" in shown["header_names"]
    verified = as_json(["ledger", "verify"], capsys)
    head = as_json(["ledger", "head"], capsys)
    assert verified == {
        "ok": True,
        "entries": len(entries),
        "first_broken": None,
        "fault": None,
        "head": head,
        "removed": 0,
        "removed_intact": True,
        "forgotten": 0,
        "compared": 0,
        "beyond": 0,
    }
    file = home / "ledger.json"
    assert as_json(["ledger", "export", str(file)], capsys) == {"file": str(file), "entries": len(entries)}
    with ledger_file.reading(file) as export:
        exported = list(export.entries)
    assert exported[0].previous == GENESIS
    assert find_break(exported) is None
    assert find_break([exported[0], *exported[2:]]) == 2
    assert as_json(["ledger", "export"], capsys)["entries"] == json.loads(file.read_text("utf-8"))["entries"]
    noted = f"{head['sequence']}:{head['hash']}"
    compared = as_json(["ledger", "verify", "--expect", noted, "--against", str(file)], capsys)
    assert compared["compared"] == len(entries)
    assert run(["ledger", "head"]) == 0
    assert capsys.readouterr().out == f"{noted}\n"
    assert run(["ledger", "verify", "--expect", f"{head['sequence']}:{'0' * 64}"]) == 1
    assert "is another than the one that was noted" in capsys.readouterr().err
    assert run(["ledger", "verify", "--expect", "seven"]) == 1
    assert "a number, a colon and a hash" in capsys.readouterr().err


def test_endpoints(capsys: pytest.CaptureFixture[str]) -> None:
    listed = as_json(["endpoint", "list"], capsys)["endpoints"]
    assert [(one["name"], one["in_use"]) for one in listed] == [("demo", True)]
    listed = as_json(["endpoint", "add", "mine", "127.0.0.1:8080/v1", "--untested"], capsys)["endpoints"]
    assert listed[1] == {"name": "mine", "url": "http://127.0.0.1:8080", "in_use": True}
    listed = as_json(["endpoint", "use", "demo"], capsys)["endpoints"]
    assert [one["in_use"] for one in listed] == [True, False]


def test_models(capsys: pytest.CaptureFixture[str]) -> None:
    (listed,) = as_json(["models", "list"], capsys)["models"]
    assert listed["id"] == "smollm2-135m-instruct"
    assert as_json(["models", "verify"], capsys) == {"ok": True, "verified": ["smollm2-135m-instruct"]}


def test_the_terminal_chat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed = (
        "/fact My sister is called Zephyrine.\n/strength 0\n/strength much\nSay hi.\n/last\n/new\n/help\n/quit\n"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert run(["chat", "--max-tokens", "4"]) == 0
    printed = capsys.readouterr()
    assert "Demo cloud (this computer)" in printed.out
    assert "Say hi." in printed.out, "/last shows the request in words"
    assert "not a number" in printed.err
    assert "Zephyrine" in str(as_json(["profile", "show"], capsys))


def test_a_command_line_that_makes_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frobnicate"]) == 2
    error = capsys.readouterr().err
    assert "frobnicate" in error
    assert len(error.splitlines()) == 1


def test_private_words_and_choices(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = as_json(["profile", "add", "Zephyrine", "--kind", "private", "--label", "name"], capsys)
    ((word),) = shown["private_words"]
    assert (word["text"], word["label"]) == ("Zephyrine", "name")
    choices = as_json(["profile", "choices", "--send", "Zephyrine"], capsys)
    assert choices == {"choices": [{"text": "Zephyrine", "choice": "send"}]}
    assert as_json(["profile", "choices", "--forget", "Zephyrine"], capsys) == {"choices": []}
    assert as_json(["profile", "remove", word["id"][:8]], capsys)["private_words"] == []
