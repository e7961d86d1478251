"""Starting and ending, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from costeer.bootstrap import open_application
from costeer.foundation.paths import AppPaths

ROOT = Path(__file__).resolve().parents[2]


def run(arguments: list[str], home: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "COSTEER_HOME": str(home),
        "PYTHONPATH": str(ROOT / "app"),
        "QT_QPA_PLATFORM": "offscreen",
        **extra,
    }
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def processes_of(home: Path) -> list[psutil.Process]:
    """Whatever is still running with this home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("COSTEER_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.thorough
def test_the_first_paint_comes_before_anything_heavy(tmp_path: Path) -> None:
    # The very first start creates the database, which takes alembic.
    first = run(["-m", "costeer", "profile", "show", "--json"], tmp_path)
    assert first.returncode == 0, first.stderr
    done = run(["-m", "costeer"], tmp_path, COSTEER_BENCH_START="paint")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["heavy_modules"] == []
    assert 0 < report["first_paint_seconds"] < 60
    assert processes_of(tmp_path) == []


@pytest.mark.thorough
def test_closing_stores_the_answer_and_leaves_no_process(tmp_path: Path) -> None:
    done = run([str(Path(__file__).with_name("closing_script.py"))], tmp_path)
    assert done.returncode == 0, done.stderr
    assert psutil.wait_procs(processes_of(tmp_path), timeout=5)[1] == []
    home = AppPaths(tmp_path / "config", tmp_path / "data", tmp_path / "cache", tmp_path / "log")
    with open_application(home) as app:
        question, answer = app.chat.thread(app.chat.conversations()[0].id)
    assert question.text == "Tell me a long story about the sea."
    assert answer.state == "stopped"
    assert answer.text
    log = (tmp_path / "log" / "costeer.log").read_text(encoding="utf-8")
    assert log.count("ERROR") == log.count("RuntimeError: a slot that fails") == 1
    assert "CRITICAL" not in log


@pytest.mark.thorough
def test_the_end_keeps_where_the_window_was_and_the_next_start_takes_it_up(tmp_path: Path) -> None:
    for _ in range(2):
        done = run(["-m", "costeer"], tmp_path, COSTEER_BENCH_START="paint")
        assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "config" / "window.json").read_text(encoding="utf-8"))
    assert len(kept["place"]) == 4
    assert kept["list"] is True


@pytest.mark.thorough
def test_a_language_is_loaded_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('[window]\nlanguage = "zh_CN"\n', encoding="utf-8")
    done = run(["-m", "costeer"], tmp_path, COSTEER_BENCH_START="paint")
    assert done.returncode == 0, done.stderr
    assert "cannot be loaded" not in (tmp_path / "log" / "costeer.log").read_text(encoding="utf-8")


@pytest.mark.thorough
def test_deleting_everything_leaves_nothing(tmp_path: Path) -> None:
    done = run([str(Path(__file__).with_name("erasing_script.py"))], tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert psutil.wait_procs(processes_of(tmp_path), timeout=5)[1] == []
