"""What a server, a file or a profile says commands no terminal, whatever is printed, JSON included."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from tests.cloud.scripted_endpoint import ScriptedEndpoint, Traps
from tests.privacy.scripted_server import ScriptedServer, Talk

from costeer.cli.main import run

COMMANDS = "\x1b]0;owned\x07\x9b31m\u202eliame\x7f\r\x00\x85"


def check(capsys: pytest.CaptureFixture[str], *arguments: str, status: int | None = None) -> str:
    """Run it; nothing that a terminal would obey is printed."""
    capsys.readouterr()
    found = run(list(arguments))
    taken = capsys.readouterr()
    printed = taken.out + taken.err
    assert status in (None, found), printed
    wrong = {one for one in printed if unicodedata.category(one) == "Cc" or one == "\u202e"} - {"\n", "\t"}
    assert wrong == set(), (arguments, printed)
    return printed


class Refusing:
    def __init__(self, status: int) -> None:
        self._status = status

    def __call__(self, talk: Talk) -> None:
        said = {"error": {"message": f"No {COMMANDS}", "code": COMMANDS}, "data": [{"id": f"m {COMMANDS}"}]}
        talk.answer(self._status, "application/json", json.dumps(said).encode())


class Naming(ScriptedEndpoint):
    """One whose models and pages have such names."""

    def __call__(self, talk: Talk) -> None:
        if talk.path == "/v1/models":
            talk.answer(200, "application/json", json.dumps({"data": [{"id": f"m {COMMANDS}"}]}).encode())
            return
        super().__call__(talk)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_the_words_of_a_refusal(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(Refusing(status)) as server:
        for more in ((), ("--json",)):
            check(capsys, "endpoint", "probe", server.base_url, *more, status=1)
    printed = check(capsys, "ledger", "list")
    assert printed
    check(capsys, "ledger", "show", "2", "--json")
    check(capsys, "ledger", "report", "--json", status=0)


def test_the_names_of_models(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(Naming(traps=Traps())) as server:
        for more in ((), ("--json",)):
            check(capsys, "endpoint", "probe", server.base_url, *more)


def test_names_of_files_and_the_profile(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / f"f{COMMANDS}.json".replace("\x00", "")
    file.write_text("[]", encoding="utf-8")
    for arguments in (["import", str(file)], ["ledger", "verify", "--against", str(file)]):
        check(capsys, *arguments, status=1)
        check(capsys, *arguments, "--json", status=1)
    check(capsys, "profile", "add", f"fact {COMMANDS}".replace("\x00", ""), status=0)
    check(capsys, "profile", "show", status=0)
    printed = check(capsys, "profile", "show", "--json", status=0)
    assert json.loads(printed)["entries"][0]["text"] == f"fact {COMMANDS}".replace("\x00", "").rstrip()
    check(capsys, "ask", "hello", "--local-model", f"x{COMMANDS}", "--offline", status=1)
