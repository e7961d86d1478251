"""`costeer bench window`: the window over a copy of a library, in a process of its own."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from costeer.cli.bench_start import measured_start, window_environment
from costeer.cli.output import print_json
from costeer.evaluation.decode_benchmark import scratch_folder
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.paths import AppPaths
from costeer.services.at_rest.record import ProtectionRecord, RecordFile
from costeer.storage.sqlite import salt_of

_SECONDS = 900.0
_STARTS = 5


def add_window_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        metavar="FOLDER",
        help="whose library to copy and open, as COSTEER_HOME (your own; python -m tests.material.large_library "
        "makes a large one)",
    )
    parser.add_argument("--tokens", type=int, default=500, metavar="N", help="of the streamed answer (500)")
    parser.add_argument("--rate", type=float, default=60.0, metavar="R", help="tokens a second (60)")


def bench_window(given: argparse.Namespace) -> int:
    if not (1 <= given.tokens <= 100_000 and 1.0 <= given.rate <= 1000.0):
        raise BadInput("Tokens must be 1 to 100000 and the rate 1 to 1000; choose other values.")
    data = given.home / "data" if given.home else AppPaths.locate().data
    with scratch_folder() as home:
        _copy_library(data, home / "data")
        found = _measured(home, given)
    if given.json:
        print_json(found)
    else:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    return 0


def _copy_library(data: Path, to: Path) -> None:
    """The database, with what its journal holds; the application must not be running on it."""
    name = AppPaths(to, to, to, to).database_file.name
    if not (data / name).is_file():
        raise BadInput("There is no library in {data}; name another folder with --home.", data=data)
    to.mkdir()
    for file in (*data.glob(f"{name}*"), *data.glob("*.key")):  # the key, too, where a passphrase seals it
        shutil.copy(file, to / file.name)
    if salt_of(to / name) is None:  # a copy that is thrown away is measured as it is
        RecordFile(AppPaths(to, to, to, to).protection_file).write(ProtectionRecord("plain"))


def _measured(home: Path, given: argparse.Namespace) -> dict[str, object]:
    starts = [measured_start(home, "list") for _ in range(1 + _STARTS)][1:]  # the first fills the disk cache
    lists = [one.list_seconds for one in starts]
    command = [sys.executable, "-m", "costeer.gui.window_benchmark"]
    done = subprocess.run(
        [*command, f"--tokens={given.tokens}", f"--rate={given.rate}"],
        env=window_environment(home),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise KnownError("The window could not be measured: {said}", said=said[0])
    return {
        "conversations": starts[0].conversations,
        "start_to_list_seconds": {"median": statistics.median(lists), "worst": max(lists)},
        **json.loads(done.stdout),
    }
