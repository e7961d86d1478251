"""Answers where there is no network interface at all: the kernel gives the program a namespace without one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from costeer.bootstrap import open_application
from costeer.storage.records import Writing
from costeer.storage.repositories import WritingRepository
from tests.local.lora import random_adapter
from tests.material.authors import AUTHORS, notes_of

ALONE = ("unshare", "--map-root-user", "--net")
SECONDS = 120.0


def alone(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ALONE, sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a personal model has been trained, on a computer whose kernel allows such namespaces."""
    try:
        subprocess.run([*ALONE, "true"], check=True, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system does not let its users unshare the network")
    monkeypatch.setenv("COSTEER_HOME", str(tmp_path))
    with open_application() as app:
        model = app.find_model(app.settings.local_model)
        app.adapters.take_in("personal", model, random_adapter(tmp_path / "random.gguf"))
        notes = notes_of(AUTHORS[0])[:10]
        WritingRepository(app._database).add([Writing("document", one.prompt, one.text) for one in notes], "used")


def test_there_is_really_none() -> None:
    tried = alone("-c", "import socket; socket.create_connection(('127.0.0.1', 9))")
    assert "Network is unreachable" in tried.stderr


@pytest.mark.thorough
def test_the_personal_model_answers() -> None:
    asked = alone("-m", "costeer", "ask", "Greet me.", "--offline", "--max-tokens", "12", "--json")
    assert asked.returncode == 0, asked.stderr
    told = json.loads(asked.stdout)
    assert told["tokens"] == 12
    assert "personal" in told["signals"]
    assert told["written_by"].startswith("this computer")
    assert told["bytes_up"] == told["bytes_down"] == told["requests"] == 0


@pytest.mark.thorough
def test_and_where_a_cloud_was_meant_to() -> None:
    asked = alone("-m", "costeer", "ask", "Greet me.", "--max-tokens", "12", "--json")
    assert asked.returncode == 0, asked.stderr
    assert "This computer answers alone" in asked.stderr
    told = json.loads(asked.stdout)
    assert told["tokens"] == 12
    assert "personal" in told["signals"], "what has been learnt counts there too"
    assert told["bytes_up"] == 0
