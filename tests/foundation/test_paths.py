from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from costeer.foundation.paths import AppPaths, shipped


def test_one_variable_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSTEER_HOME", str(tmp_path / "there"))
    paths = AppPaths.locate().create()
    for folder in (paths.config, paths.data, paths.cache, paths.log, paths.models):
        assert folder.is_dir()
        assert folder.is_relative_to(tmp_path / "there")
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no modes there")
def test_what_others_could_read_is_closed_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSTEER_HOME", str(tmp_path))
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    AppPaths.locate().create()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_ships_is_found() -> None:
    assert shipped("models", "catalogue.toml").is_file()
