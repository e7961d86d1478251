"""Deleting everything: what stays on the disk is overwritten, and nobody else's files are touched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.services.at_rest.homes import SECRET, fill, paths_in
from tests.storage.material import KEY

from costeer.foundation.paths import AppPaths
from costeer.services.own_data import erase
from costeer.storage.database import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="other names of a file tell what became of it")


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path / "home")


def second_name(file: Path, folder: Path) -> Path:
    """Under which its content is seen when the first one is gone."""
    folder.mkdir(exist_ok=True)
    name = folder / file.name
    os.link(file, name)
    return name


def test_what_is_plain_is_overwritten_and_the_log_with_it(tmp_path: Path, paths: AppPaths) -> None:
    with Database.open(paths.database_file) as database:
        fill(database)
        log = paths.database_file.with_name(f"{paths.database_file.name}-wal")
        killed = log.read_bytes()
    log.write_bytes(killed)
    paths.settings_file.write_text("# mine\n")
    left = [second_name(one, tmp_path / "left") for one in (paths.database_file, log, paths.settings_file)]
    assert [SECRET.encode() in one.read_bytes() for one in left[:2]] == [True, True]
    erase(paths)
    assert list((tmp_path / "home").iterdir()) == []
    for one in left:
        assert one.stat().st_size > 0
        assert set(one.read_bytes()) == {0}


def test_what_is_encrypted_need_not_be(tmp_path: Path, paths: AppPaths) -> None:
    Database.open(paths.database_file, KEY).close()
    left = second_name(paths.database_file, tmp_path / "left")
    before = left.read_bytes()
    erase(paths)
    assert left.read_bytes() == before
    assert not paths.database_file.exists()


def test_what_a_link_leads_to_is_not_touched(tmp_path: Path, paths: AppPaths) -> None:
    own = tmp_path / "settings of mine.toml"
    own.write_text("# kept elsewhere\n")
    paths.settings_file.symlink_to(own)
    erase(paths)
    assert own.read_text() == "# kept elsewhere\n"
    assert not paths.config.exists()
