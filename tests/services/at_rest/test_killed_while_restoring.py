"""Restoring a backup, killed at any step: there is what was, or what is in the backup, whole; never neither."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.privacy.keychains import FILE_KEYCHAIN, FileKeychain, use_file_keychain
from tests.services.at_rest.homes import (
    BACKUP,
    OWN,
    SECRET,
    TITLE,
    files_with,
    fill,
    paths_in,
    run_and_kill,
)

from costeer.bootstrap import open_application
from costeer.foundation.errors import KeyLost
from costeer.foundation.given_secrets import PASSPHRASE
from costeer.foundation.paths import AppPaths
from costeer.storage import sqlite
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository

HERE = "what is here already"
LATER = "what was told last"


@pytest.fixture
def keychain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its file."""
    before = keyring.get_keyring()
    file = tmp_path / "keychain.json"
    for name, value in use_file_keychain(file).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(FILE_KEYCHAIN, str(file))
    monkeypatch.delenv(PASSPHRASE, raising=False)
    keyring.set_keyring(FileKeychain())
    yield file
    keyring.set_keyring(before)


@pytest.fixture
def made(tmp_path: Path, keychain: Path) -> AppPaths:
    """An encrypted home as a killed program leaves it, with a title in the database and one in the log only; and a
    backup of another beside it."""
    with open_application(paths_in(tmp_path / "other")) as app:
        fill(app.protection.database)
        app.backups.back_up(tmp_path / BACKUP, OWN)
    paths = paths_in(tmp_path / "made")
    with open_application(paths) as app:
        app.chat.rename(app.chat.create().id, HERE)
        key = app.protection.key
    killed = tmp_path / "killed"
    with Database.open(paths.database_file, key) as database:
        ConversationRepository(database).create(LATER)
        shutil.copytree(paths.data, killed)
    shutil.rmtree(paths.data)
    killed.rename(paths.data)
    assert (paths.data / "costeer.sqlite3-wal").stat().st_size > 0
    return paths


def titles(paths: AppPaths) -> list[str]:
    with open_application(paths) as app:
        assert app.protection.database.problems() == []
        assert app.audit.verify().ok
        return sorted(one.title for one in app.chat.conversations())


def check_nothing_is_left(paths: AppPaths, *more: str) -> None:
    """But the small files of what was killed while it wrote one of them anew, and the empty ones of locks."""
    names = {one.name for one in paths.data.iterdir() if one.is_file()}
    known = {"costeer.sqlite3", "protection.json", *more}
    assert {one for one in names if not one.endswith(".lock") and not one.startswith(".protection.json-")} == known
    assert files_with(paths.data, SECRET, HERE, LATER, OWN) == []


STEPS = [pytest.param(1, marks=pytest.mark.slow), 19]


@pytest.mark.parametrize("steps", STEPS)
def test_over_one_that_can_be_read(tmp_path: Path, made: AppPaths, keychain: Path, steps: int) -> None:
    kept, found = keychain.read_text(), set()
    for step in range(steps, 10_000, steps):
        home = tmp_path / "killed"
        shutil.copytree(made.data.parent, home)
        keychain.write_text(kept)
        ended = run_and_kill(home, "restore", step, dict(os.environ))
        paths = paths_in(home)
        now = titles(paths)
        assert now in ([HERE, LATER], [TITLE]), step
        found.add(now[0])
        check_nothing_is_left(paths)
        (key,) = json.loads(paths.protection_file.read_text())["keys"]
        assert key == (sqlite.salt_of(paths.database_file) or b"").hex()
        shutil.rmtree(home)
        if ended:
            assert found == {HERE, TITLE}
            assert step > 20
            return
    pytest.fail("it never ended")


@pytest.mark.parametrize("steps", STEPS)
def test_over_one_whose_key_is_lost(tmp_path: Path, made: AppPaths, keychain: Path, steps: int) -> None:
    """Which can be read again with its log when the key comes back, wherever it is by then."""
    kept, found = json.loads(keychain.read_text()), set()
    for step in range(steps, 10_000, steps):
        home = tmp_path / "killed"
        shutil.copytree(made.data.parent, home)
        keychain.write_text("{}")
        ended = run_and_kill(home, "restore", step, dict(os.environ))
        paths = paths_in(home)
        try:
            now = titles(paths)
        except KeyLost:
            found.add("lost")
        else:
            found.add("restored")
            assert now == [TITLE], step
            names = [one.name for one in paths.data.glob("costeer-unreadable-1.sqlite3*")]
            check_nothing_is_left(paths, *names)
            for name in names:
                (paths.data / name).replace(paths.data / name.replace("-unreadable-1", ""))
        keychain.write_text(json.dumps({**json.loads(keychain.read_text()), **kept}))
        assert titles(paths) == [HERE, LATER], step
        shutil.rmtree(home)
        if ended:
            assert found == {"lost", "restored"}
            assert step > 20
            return
    pytest.fail("it never ended")
