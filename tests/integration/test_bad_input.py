"""Bad input gets one clear sentence and a non-zero exit, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from costeer.bootstrap import Application, open_application
from costeer.cli.main import run
from costeer.foundation.paths import AppPaths, environment_models
from costeer.storage.sqlite import dbapi as sqlite3
from tests.integration.conftest import paths_in
from tests.privacy.scripted_server import ScriptedServer, Talk

PROPS = json.dumps({"default_generation_settings": {"n_ctx": 2048}, "total_slots": 1}).encode()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COSTEER_HOME", str(tmp_path))
    monkeypatch.delenv("COSTEER_API_KEY", raising=False)
    return tmp_path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run the command line, which must fail with one sentence; returns it."""
    capsys.readouterr()
    status = run(arguments)
    printed = capsys.readouterr()
    assert status == 1
    assert printed.out == ""
    lines = [line for line in printed.err.splitlines() if "Going on from the last word" not in line]
    assert len(lines) == 1, printed.err
    assert lines[0].startswith("costeer: ")
    assert "Traceback" not in printed.err
    with open_application() as app:
        assert app.chat.conversations() == [], "nothing was left behind"
    return lines[0]


def truncated(folder: Path) -> Path:
    whole = (environment_models() / "SmolLM2-135M-Instruct.Q4_1.gguf").read_bytes()
    file = folder / "truncated.gguf"
    file.write_bytes(whole[: len(whole) // 2])
    return file


@pytest.mark.thorough
@pytest.mark.parametrize("option", ["--local-model", "--demo-model"])
def test_model_files(home: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    no_model = home / "text.gguf"
    no_model.write_text("this is no model", encoding="utf-8")
    profile = home / "me.txt"
    profile.write_text("My sister is called Zephyrine.", encoding="utf-8")
    for file in (home / "none.gguf", no_model, truncated(home)):
        sentence = refused(["ask", "hi", "--profile", str(profile), option, str(file), "--json"], capsys)
        assert file.name in sentence
    assert "no model called" in refused(["ask", "hi", "--profile", str(profile), option, "gpt-9"], capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", ""], "empty"),
        (["ask", "  \n "], "empty"),
        (["ask", "word " * 20_000, "--strength", "0"], "shorten"),
        (["ask", "hi", "--strength", "9"], "strength"),
        (["ask", "hi", "--max-tokens", "0"], "max tokens"),
        (["ask", "hi", "--temperature", "nan"], "temperature"),
        (["ask", "hi", "--profile", "nowhere.toml"], "nowhere.toml"),
        (["ask", "hi", "--endpoint", "http://127.0.0.1:9"], "127.0.0.1:9"),
        (["ask", "hi", "--endpoint", "not an address"], "not an address"),
        (["ask", "hi", "--endpoint", "typo"], "typo"),
        (["ask", "a\udcff"], "UTF-8"),
        (["ledger", "list", "--newest", "0"], "from 1"),
        (["endpoint", "add", " ", "127.0.0.1:1"], "name"),
        (["profile", "add", " "], "empty"),
        (["profile", "remove", "zz"], "zz"),
        (["ledger", "show", "12345"], "12345"),
        (["ledger", "export", "/nowhere/at/all.json"], "/nowhere"),
        (["models", "verify", "gpt-9"], "gpt-9"),
        (["endpoint", "use", "nobody"], "nobody"),
    ],
)
def test_arguments(home: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in refused(arguments, capsys)


def test_a_profile_that_is_not_utf8(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "me.txt"
    file.write_bytes("Zürich".encode("latin-1"))
    assert "not UTF-8" in refused(["ask", "hi", "--profile", str(file)], capsys)
    assert "not UTF-8" in refused(["profile", "set", str(file)], capsys)


def test_a_database_from_a_newer_version(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_application().close()
    database = AppPaths.locate().database_file
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    connection.close()
    before = database.read_bytes()
    assert run(["ask", "hi"]) == 1
    assert "newer version" in capsys.readouterr().err
    assert database.read_bytes() == before


def test_a_home_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COSTEER_HOME", "/proc/nowhere")
    for command in (["ask", "hi"], ["doctor"]):
        assert run(command) == 1
        error = capsys.readouterr().err
        assert "/proc/nowhere" in error
        assert len(error.splitlines()) == 1


def test_settings_that_are_no_toml(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = AppPaths.locate().create().settings_file
    file.write_text("steering = ", encoding="utf-8")
    assert run(["ask", "hi"]) == 1
    assert "settings.toml" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "steering = "


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with open_application(paths_in(tmp_path_factory.mktemp("demo"))) as app:
        yield app


def test_a_wrong_key(
    home: Path, demo: Application, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = demo._demo.ensure_running(lambda _: None, None)
    monkeypatch.setenv("COSTEER_API_KEY", "not-the-key")
    sentence = refused(["ask", "hi", "--endpoint", address.base_url], capsys)
    assert "key" in sentence
    assert "not-the-key" not in sentence
    monkeypatch.setenv("COSTEER_API_KEY", address.key)
    assert run(["ask", "hi", "--endpoint", address.base_url, "--strength", "0", "--max-tokens", "3"]) == 0


def html(talk: Talk) -> None:
    talk.answer(200, "text/html", b"<html><body>Log in to the hotel network</body></html>")


def failing(talk: Talk) -> None:
    talk.answer(500, "application/json", b'{"error": {"message": "the GPU is on fire"}}')


def stopping(talk: Talk) -> None:
    """Answers everything, and hangs up in the middle of each stream."""
    if talk.path == "/props":
        talk.answer(200, "application/json", PROPS)
    elif talk.path == "/apply-template":
        talk.answer(200, "application/json", b'{"prompt": "hi"}')
    elif talk.path == "/tokenize":
        talk.answer(200, "application/json", b'{"tokens": [1, 2, 3]}')
    else:
        talk.begin()
        talk.chunk(b'data: {"choices": [{"text": "", "finish_reason": null}]}\n\n')
        talk.drop()


@pytest.mark.parametrize(
    ("behaviour", "words"), [(html, "web page"), (failing, "the GPU is on fire"), (stopping, "answer")]
)
def test_servers_in_bad_weather(
    home: Path, behaviour: Callable[[Talk], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer(behaviour) as server:
        assert words in refused(["ask", "hi", "--endpoint", server.base_url, "--strength", "0"], capsys)
