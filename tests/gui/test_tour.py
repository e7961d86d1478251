"""The first half hour of a new user, from the guide to what the cloud knows: every step leaves its picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gui.tour import STEPS


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "scale"), [("light", "1"), ("dark", "1"), ("light", "1.5")])
def test_the_tour_comes_to_its_end(tmp_path: Path, theme: str, scale: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
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
