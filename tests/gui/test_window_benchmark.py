"""The benchmark of the window: its probe finds a stall, and its figures come from a real window."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from costeer.cli.main import run
from costeer.foundation.paths import AppPaths
from costeer.gui.loop_probe import LoopProbe, stalls
from costeer.storage.database import Database
from tests.material.large_library import LONG_TITLE, write_large_library


def test_waits_are_weighed_by_the_time_they_take() -> None:
    assert stalls([]).longest == 0.0
    even = stalls([4.0] * 1000)
    assert (even.p50, even.p99, even.longest, even.seconds) == (0.0, 0.0, 0.0, 4.0)
    # 40 ms of 4 s are one hundredth: who comes then waits.
    one = stalls([4.0] * 1000 + [104.0])
    assert one.longest == 100.0
    assert 55.0 < one.p99 < 65.0
    assert one.p50 == 0.0


def test_the_probe_notices_who_keeps_the_window_waiting(qtbot: QtBot) -> None:
    probe = LoopProbe()
    held: list[float] = []

    def hold() -> None:
        begun = time.perf_counter()
        while time.perf_counter() - begun < 0.15:
            pass
        held.append(time.perf_counter() - begun)

    probe.start()
    QTimer.singleShot(20, hold)
    qtbot.waitUntil(lambda: bool(held), timeout=10_000)
    found = probe.stop()
    assert found.longest >= 140.0
    assert found.busiest > 0.0
    assert found.p99 > 50.0


@pytest.mark.thorough
def test_the_figures_of_a_small_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log"))).create()
    with Database.open(paths.database_file) as database:
        made = write_large_library(database, conversations=20, tokens=4000)
    size = paths.database_file.stat().st_size
    options = ["--home", str(tmp_path), "--tokens", "20", "--rate", "200", "--json"]
    assert run(["bench", "window", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["conversations"] > 15
    assert found["messages"] >= 8
    assert found["streaming"]["tokens"] == 20
    assert found["streaming"]["stalls_ms"]["longest"] >= 0.0
    for change in ("theme", "text_size", "narrower", "list", "marks"):
        assert found[f"{change}_stalls_ms"]["longest"] >= 0.0
    assert found["open_ms"]["read"] <= found["open_ms"]["end_painted"] <= found["open_ms"]["surroundings"]
    assert set(found["search_ms"]) >= {"xylophonist", "the"}
    assert 50 < found["resident_mb_after_opening"] < 1000
    assert 0.0 < found["start_to_list_seconds"]["median"] <= found["start_to_list_seconds"]["worst"]
    # The library itself is left as it was.
    assert paths.database_file.stat().st_size == size
    with Database.open(paths.database_file) as database:
        from costeer.storage.repositories import ConversationRepository

        repository = ConversationRepository(database)
        long = next(one for one in repository.list() if one.title == LONG_TITLE)
        assert long.id == made.long_conversation
        assert len(repository.thread(long.id)) == found["messages"]


def test_without_a_library_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "window", "--home", str(tmp_path)]) == 1
    assert "There is no library in" in capsys.readouterr().err
