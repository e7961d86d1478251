"""`costeer bench start`: from the start of the process to the window's first paint, each time in a new one."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from costeer.cli.output import print_json
from costeer.evaluation.decode_benchmark import scratch_folder
from costeer.foundation.errors import KnownError

_SECONDS = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """What the program told: seconds since its process began, heavy libraries loaded at the first paint."""

    first_paint_seconds: float
    heavy_modules: list[str]
    list_seconds: float = 0.0
    conversations: int = 0


def bench_start(given: argparse.Namespace) -> int:
    """The first run is not counted, because it fills the disk cache."""
    seconds: list[float] = []
    modules: set[str] = set()
    for run in range(max(1, given.runs) + 1):
        with scratch_folder() as home:
            measured = measured_start(home, "paint")
        modules |= set(measured.heavy_modules)
        if run:
            seconds.append(measured.first_paint_seconds)
    result: dict[str, object] = {
        "runs": len(seconds),
        "median_seconds": statistics.median(seconds),
        "worst_seconds": max(seconds),
        "heavy_modules": sorted(modules),
    }
    if given.json:
        print_json(result)
    else:
        print(json.dumps(result, indent=2))
    return 0


def measured_start(home: Path, until: str) -> Start:
    """Start the program over `home` and read what it tells (`gui.start_report`); `until`: "paint" or "list"."""
    done = subprocess.run(
        [sys.executable, "-m", "costeer"],
        env=window_environment(home) | {"COSTEER_BENCH_START": until},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise KnownError(
            "The window did not start: {said}.", said=(done.stderr.strip().splitlines() or ["no message"])[-1]
        )
    return Start(**json.loads(done.stdout))


def window_environment(home: Path) -> dict[str, str]:
    """For a window over `home`; one without a screen where there is no display."""
    environment = {**os.environ, "COSTEER_HOME": str(home)}
    if sys.platform.startswith("linux") and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return environment
