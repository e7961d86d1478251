"""A key given to the command line: where it goes, where it must not be, and how the passphrase is asked for."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.cli.commands import as_json
from tests.cloud.scripted_endpoint import ScriptedEndpoint, Traps
from tests.privacy.keychains import MemoryKeychain, NoKeychain
from tests.privacy.scripted_server import ScriptedServer, Talk

from costeer.bootstrap import open_application
from costeer.cli.main import run
from costeer.privacy.keychain import SERVICE

RIGHT, WRONG = "key-4711-right-and-secret", "key-0815-wrong-but-secret"
PASSPHRASE = "correct horse battery"
WAIT = 60.0


class Endpoint(ScriptedEndpoint):
    """One that tells everybody which key it was given, as some do."""

    def __call__(self, talk: Talk) -> None:
        given = talk.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != RIGHT:
            talk.answer(401, "application/json", f'{{"error": {{"message": "No such key: {given}"}}}}'.encode())
            return
        if talk.path == "/v1/models":
            talk.answer(200, "application/json", f'{{"data": [{{"id": "of-{given}"}}]}}'.encode())
            return
        super().__call__(talk)


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    for name in ("COSTEER_API_KEY", "COSTEER_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    yield
    keyring.set_keyring(before)


@pytest.mark.thorough
@pytest.mark.parametrize("keychain", [True, False])
def test_the_key_is_in_no_file_and_in_no_sentence(
    home: Path, keychain: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Added, asked, refused with a wrong key that the endpoint repeats, tested, exported."""
    memory = MemoryKeychain()
    keyring.set_keyring(memory if keychain else NoKeychain())
    if not keychain:
        monkeypatch.setenv("COSTEER_PASSPHRASE", PASSPHRASE)
    shown = ""
    with ScriptedServer(Endpoint(traps=Traps())) as server:
        monkeypatch.setattr("sys.stdin", io.StringIO(RIGHT + "\n"))
        assert run(["endpoint", "add", "mine", server.base_url, "--key-stdin"]) == 0
        kept = {name: secret for name, secret in memory.kept.items() if name[0] == SERVICE}
        assert (kept == {(SERVICE, f"mine at {server.base_url}"): RIGHT}) is keychain
        assert run(["ask", "Tell me something.", "--max-tokens", "8", "--strength", "0"]) == 0
        assert run(["endpoint", "probe", "mine"]) == 0
        monkeypatch.setattr("sys.stdin", io.StringIO(WRONG + "\n"))
        assert run(["endpoint", "add", "bad", server.base_url, "--key-stdin", "--untested"]) == 0
        assert run(["endpoint", "probe", "bad"]) == 1
        assert run(["ask", "Tell me something.", "--max-tokens", "8", "--strength", "0"]) == 1
        taken = capsys.readouterr()
        shown += taken.out + taken.err
        assert "enter its key again" in shown
        assert "No such key: [key]" in shown
        check_nowhere(home, shown)
        assert run(["ledger", "export", str(home / "export.jsonl")]) == 0
        assert "[key]" in (home / "export.jsonl").read_text(encoding="utf-8")
        assert run(["endpoint", "remove", "bad"]) == 0
    taken = capsys.readouterr()
    check_nowhere(home, taken.out + taken.err)


def check_nowhere(home: Path, shown: str) -> None:
    files = [one for one in home.rglob("*") if one.is_file()]
    assert any(one.name.startswith("costeer.sqlite3") for one in files)
    for secret in (RIGHT, WRONG, PASSPHRASE):
        assert secret not in shown
        for file in files:
            assert secret.encode() not in file.read_bytes(), file


def test_nothing_lies_open_while_the_database_is(home: Path) -> None:
    """The write-ahead log, too: it is gone when the application is closed."""
    keyring.set_keyring(MemoryKeychain())
    with ScriptedServer(Endpoint(traps=Traps())) as server, open_application() as app:
        from costeer.foundation.errors import EndpointRefused
        from costeer.foundation.settings import EndpointSettings

        with pytest.raises(EndpointRefused) as caught:
            app.endpoints.probe(EndpointSettings("mine", server.base_url), WRONG)
        assert app.endpoints.probe(EndpointSettings("mine", server.base_url), RIGHT).abilities.tier == "A"
        assert any(one.name.endswith("-wal") for one in home.rglob("*"))
        check_nowhere(home, str(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__))


def test_without_a_terminal_the_way_out_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(NoKeychain())
    monkeypatch.setattr("sys.stdin", io.StringIO(RIGHT + "\n"))
    assert run(["endpoint", "add", "mine", "127.0.0.1:9", "--key-stdin", "--untested"]) == 1
    told = capsys.readouterr().err
    assert "COSTEER_PASSPHRASE" in told
    assert len(told.splitlines()) == 1
    assert [one["name"] for one in as_json(["endpoint", "list"], capsys)["endpoints"]] == ["demo"]


AT_A_TERMINAL = (
    "import os, sys; os.setsid(); fd = os.open(sys.argv[1], os.O_RDWR); os.dup2(fd, 1); os.dup2(fd, 2); "
    "os.execv(sys.executable, [sys.executable, '-m', 'costeer', *sys.argv[2:]])"
)


class Terminal:
    """The command line with a terminal of its own; standard input is a pipe with `given`."""

    def __init__(self, given: str, *arguments: str) -> None:
        self._master, self._slave = pty.openpty()
        environment = {
            **os.environ,
            "PYTHONPATH": "app",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", AT_A_TERMINAL, os.ttyname(self._slave), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(given)
        self._process.stdin.close()
        self.shown = ""

    def answer(self, question: str, words: str) -> None:
        """Wait for `question`, and type `words`."""
        deadline = time.monotonic() + WAIT
        while question not in self.shown:
            ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"no {question!r} in {self.shown!r}"
            self.shown += os.read(self._master, 4096).decode()
        self.shown = self.shown.partition(question)[2]
        os.write(self._master, words.encode() + b"\n")

    def wait(self) -> int:
        self._process.wait(WAIT)
        while select.select([self._master], [], [], 0)[0]:  # bounded by what was written
            self.shown += os.read(self._master, 4096).decode()
        os.close(self._master)
        os.close(self._slave)
        return self._process.returncode


@pytest.mark.thorough
def test_the_passphrase_is_asked_for_at_the_terminal(home: Path) -> None:
    with ScriptedServer(Endpoint(traps=Traps())) as server:
        first = Terminal(RIGHT + "\n", "endpoint", "add", "mine", server.base_url, "--key-stdin", "--untested")
        first.answer("Choose a passphrase: ", PASSPHRASE)
        first.answer("The same again: ", PASSPHRASE)
        assert first.wait() == 0
        second = Terminal("", "endpoint", "probe", "mine")
        second.answer("Passphrase of the keys: ", "wrong")
        second.answer("Passphrase of the keys: ", PASSPHRASE)
        assert second.wait() == 0
        third = Terminal("", "endpoint", "probe", server.base_url)
        assert third.wait() == 1
        assert "enter its key again" in third.shown
    check_nowhere(home, first.shown + second.shown + third.shown)


def test_two_passphrases_that_differ(home: Path) -> None:
    there = Terminal(RIGHT + "\n", "endpoint", "add", "mine", "127.0.0.1:9", "--key-stdin", "--untested")
    there.answer("Choose a passphrase: ", PASSPHRASE)
    there.answer("The same again: ", "another")
    assert there.wait() == 1
    assert "not the same" in there.shown


def test_a_left_over_key_is_for_the_server_that_it_was_given_for(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings are gone, the keys are not: another server of the same name is not shown the old one's."""
    monkeypatch.setenv("COSTEER_PASSPHRASE", "a long walk")
    secret = "sk-first-server-0123456789"
    seen: list[str] = []

    class Listening(ScriptedEndpoint):
        def __call__(self, talk: Talk) -> None:
            seen.append(talk.headers.get("Authorization", ""))
            super().__call__(talk)

    with ScriptedServer(Listening()) as first, ScriptedServer(Listening()) as second:
        monkeypatch.setattr("sys.stdin", io.StringIO(secret + "\n"))
        assert run(["endpoint", "add", "mine", first.base_url, "--key-stdin"]) == 0
        assert f"Bearer {secret}" in seen
        for settings in home.rglob("settings.toml"):
            settings.unlink()
        seen.clear()
        assert run(["endpoint", "add", "mine", second.base_url]) == 0
    assert seen
    assert not [one for one in seen if secret in one]
