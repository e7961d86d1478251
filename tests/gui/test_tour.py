"""The first half hour of a new user, from the guide to what the cloud knows: every step leaves its picture.

On a screen of its own (Xvfb) where the computer can make one, otherwise without a screen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gui.tour import STEPS


@contextmanager
def a_screen() -> Iterator[dict[str, str]]:
    """What a program needs in its environment to show its windows on a screen that nobody looks at."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    told, tells = os.pipe()
    command = [xvfb, "-displayfd", str(tells), "-screen", "0", "2560x1700x24", "-nolisten", "tcp"]
    with (
        os.fdopen(told) as numbers,
        subprocess.Popen(command, pass_fds=[tells], stderr=subprocess.DEVNULL) as screen,
    ):
        os.close(tells)
        try:
            number = numbers.readline().strip()
            assert number, "Xvfb ended before it had a screen"
            yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
        finally:
            screen.terminate()


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "scale"), [("light", "1"), ("dark", "1"), ("light", "1.5")])
def test_the_tour_comes_to_its_end(tmp_path: Path, theme: str, scale: str) -> None:
    with a_screen() as screen:
        environment = {**os.environ, **screen, "QT_SCALE_FACTOR": scale}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        done = subprocess.run(
            [sys.executable, "-m", "tests.gui.tour", str(tmp_path), theme],
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    assert [one.name[3:-4] for one in sorted(tmp_path.glob("*.png"))] == list(STEPS)
    assert all(one.stat().st_size > 5000 for one in tmp_path.glob("*.png"))
