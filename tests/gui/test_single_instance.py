"""One window for one folder of data: a second start brings it up, and one that was killed is in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from costeer.foundation.errors import KnownError
from costeer.gui import single_instance
from costeer.gui.single_instance import claim, socket_name

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from costeer.gui.single_instance import claim
qt = QCoreApplication([])
held = claim(Path(sys.argv[1]))
print("held" if held else "shown", flush=True)
if held:
    held.show_wanted.connect(lambda: print("show", flush=True))
    qt.exec()
"""


def start(data: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "app"), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], env=environment, stdout=subprocess.PIPE, text=True
    )


def line(process: subprocess.Popen[str]) -> str:
    """The next line, within a bounded time."""
    assert process.stdout is not None
    stop = threading.Timer(30, process.kill)
    stop.start()
    try:
        return process.stdout.readline().strip()
    finally:
        stop.cancel()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = start(tmp_path)
    assert line(process) == "held"
    yield process
    process.kill()
    process.communicate(timeout=30)


def test_a_second_start_brings_up_the_first_window(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    second = start(tmp_path)
    assert line(second) == "shown"
    assert second.wait(30) == 0
    second.communicate()
    assert line(holder) == "show"


def test_another_folder_has_a_window_of_its_own(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    held = claim(other)
    assert held is not None
    held.close()


def test_one_that_was_killed_is_in_nobodys_way(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.kill()
    holder.wait(30)
    held = claim(tmp_path)
    assert held is not None
    held.close()


def test_the_next_is_the_first_again_after_a_proper_end(tmp_path: Path) -> None:
    for _ in range(2):
        held = claim(tmp_path)
        assert held is not None
        held.close()


def test_one_that_hangs_is_told_of(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the socket, but nobody runs its event loop: this test does not return to it."""
    monkeypatch.setattr(single_instance, "_ANSWER_MS", 200)
    held = claim(tmp_path)
    assert held is not None
    with pytest.raises(KnownError, match="does not answer"):
        claim(tmp_path)
    held.close()


def test_what_is_not_asked_for_the_window_is_hung_up_on(tmp_path: Path, qtbot: QtBot) -> None:
    held = claim(tmp_path)
    assert held is not None
    wanted: list[None] = []
    held.show_wanted.connect(lambda: wanted.append(None))
    for words in (b"something else\n", b"x" * 1000):
        socket = QLocalSocket()
        socket.connectToServer(socket_name(tmp_path))
        assert socket.waitForConnected(5000)
        with qtbot.waitSignal(socket.disconnected):
            socket.write(words)
            socket.flush()
    assert wanted == []
    held.close()


def test_the_program_leaves_with_success_when_it_is_running_already(tmp_path: Path, qtbot: QtBot) -> None:
    home = tmp_path / "home"
    data = home / "data"
    data.mkdir(parents=True)
    first = start(data)
    assert line(first) == "held"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "app"),
        "QT_QPA_PLATFORM": "offscreen",
        "COSTEER_HOME": str(home),
    }
    second = subprocess.run([sys.executable, "-m", "costeer"], env=environment, timeout=60, check=False)
    assert second.returncode == 0
    assert line(first) == "show"
    assert not (data / "costeer.sqlite3").exists()
    first.kill()
    first.communicate(timeout=30)
