"""The whole application on real services: the real demo cloud, the real local model, a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.paths import AppPaths
from costeer.personalization.profile import Profile
from costeer.services.events import AnswerEvent, AnswerFinished
from costeer.services.options import AskOptions
from tests.privacy.keychains import FILE_KEYCHAIN, FileKeychain, use_file_keychain

PROFILE = Profile(
    (
        ("fact", "My sister is called Zephyrine."),
        ("fact", "She keeps alpacas in Tromso and hates cake."),
        ("style", "I write in short, dry sentences."),
    )
)
PROMPT = "Write a two-line birthday note to my sister."


def paths_in(folder: Path) -> AppPaths:
    return AppPaths(folder / "config", folder / "data", folder / "cache", folder / "log")


@pytest.fixture
def keychain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A keychain that this process has and the programs that are given this environment, too: what they store is
    encrypted."""
    environment = use_file_keychain(tmp_path / "keychain.json")
    monkeypatch.setenv(FILE_KEYCHAIN, environment[FILE_KEYCHAIN])
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeychain())
    yield environment
    keyring.set_keyring(before)


@pytest.fixture
def fresh_app(tmp_path: Path, keychain: dict[str, str]) -> Iterator[Application]:
    """For tests that kill processes. Encrypted."""
    with open_application(paths_in(tmp_path / "home")) as opened:
        assert opened.protection.key is not None
        yield opened


def ask(app: Application, options: AskOptions, prompt: str = PROMPT) -> tuple[AnswerFinished, list[AnswerEvent]]:
    """Ask in a new conversation; returns the end and every event."""
    conversation = app.chat.create()
    events = list(app.chat.ask(conversation.id, prompt, options, CancelToken()))
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    return finished, events
