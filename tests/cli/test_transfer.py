"""`costeer import` and `costeer export`, as programs use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.commands import as_json
from tests.services.transfer.exports import ChatGpt, open_webui, write

from costeer.cli.main import run


def test_import_and_export(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chatgpt = write(home / "chatgpt.json", [ChatGpt(n, f"Chat {n}").talk(1).value() for n in range(2)])
    webui = write(home / "webui.json", [open_webui(7), {"chat": {"history": {"messages": {"1": 2}}}}])
    report = as_json(["import", str(chatgpt), str(webui)], capsys)
    assert [one["title"] for one in report["imported"]] == ["Chat 0", "Chat 1", "Chat 7"]
    assert (report["already_there"], report["broken_count"], report["failed"]) == (0, 1, [])
    assert report["broken"][0]["reason"] == "nothing was said in it"
    assert run(["import", str(chatgpt), str(webui)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("0 imported, 3 already there, 1 skipped.\n  skipped: webui.json, conversation 2")

    all_of_them = as_json(["export", "--to", str(home / "all.json")], capsys)
    assert all_of_them == {"conversations": 3, "files": [str(home / "all.json")]}
    assert json.loads((home / "all.json").read_text(encoding="utf-8"))["format"] == "costeer-conversations-1"
    folder = as_json(["export", "--all", "--to", str(home / "out"), "--format", "markdown"], capsys)
    assert sorted(Path(one).name for one in folder["files"]) == ["Chat 0.md", "Chat 1.md", "Chat 7.md"]
    one = report["imported"][1]["id"]
    as_json(["export", "--conversation", one[:12], "--to", str(home / "one.md")], capsys)
    assert (home / "one.md").read_text(encoding="utf-8").startswith("# Chat 1\n")


def test_what_goes_wrong_is_one_sentence(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "diary.json").write_text("Dear diary", encoding="utf-8")
    good = write(home / "good.json", [ChatGpt(1).talk(1).value()])
    cases = (
        (["import", str(home / "none.json")], "costeer: There is no file "),
        (["export", "--all", "--to", str(home / "x.json")], "costeer: There are no conversations to export yet."),
        (["import", str(home / "diary.json"), str(good)], "costeer: diary.json holds no conversations"),
        (["export", "--to", str(good)], f"costeer: {good} is already there; "),
        (
            ["export", "--conversation", "zz", "--to", str(home / "x.md")],
            "costeer: There is no conversation whose",
        ),
    )
    for arguments, sentence in cases:
        assert run(arguments) == 1
        err = capsys.readouterr().err
        assert err.startswith(sentence)
        assert err.count("\n") == 1
    assert run(["export", "--to", str(good), "--overwrite"]) == 0
    assert run(["export", "--all", "--conversation", "a", "--to", "b"]) == 2
