"""`costeer evaluate`: a task's methods side by side, as a table with intervals, a JSON file and a page."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from costeer.bootstrap import Application, open_scratch
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, say
from costeer.evaluation.harness.run import Identity, chosen_methods, evaluate
from costeer.evaluation.harness.task import Request, Task
from costeer.evaluation.tasks import TASKS
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress
from costeer.foundation.text import safe
from costeer.privacy.sealable_file import SealableFile
from costeer.services.own_data import FAST_COPIES
from costeer.services.training.adapters import Kind

_RUNS = "evaluations"
_SCRATCH = ".costeer-scratch"


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("evaluate", help="compare methods on a task, with intervals")
    parser.add_argument("--task", choices=tuple(TASKS), required=True)
    parser.add_argument("--data", type=Path, metavar="FILE", help="the task's rows, one JSON object a line")
    parser.add_argument("--methods", metavar="A,B,C", help="some of the task's methods (all)")
    parser.add_argument("--limit", type=int, metavar="N", help="how many rows")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the run is kept; the same command goes on there"
    )
    parser.add_argument("--local-model", metavar="ID|FILE")
    parser.add_argument("--demo-model", metavar="ID|FILE")
    parser.add_argument(
        "--adapter", type=Path, metavar="FILE", help="for tasks that need one (the local model's, in use)"
    )
    group = parser.add_argument_group("options of tasks")
    for name in dict.fromkeys(option.name for task in TASKS.values() for option in task.options):
        meanings = [(task.name, one) for task in TASKS.values() for one in task.options if one.name == name]
        told = "; ".join(f"{task}: {one.help} ({one.default})" for task, one in meanings)
        group.add_argument(f"--{name}", metavar="…", help=told.replace("%", "%%"))
    add_json(parser)
    parser.set_defaults(command=run)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Implements `harness.task.Workbench`."""

    local_model: Path
    cloud_model: Path
    home: Path
    kind: Kind | None
    adapter: SealableFile | None

    @property
    def fast_copies(self) -> Path:
        return self.home / "cache" / FAST_COPIES

    @contextlib.contextmanager
    def open_desktop(self) -> Iterator[Application]:
        """The application in a home of its own, which is gone afterwards; only the cache is shared."""
        with tempfile.TemporaryDirectory(dir=self.home, prefix="desktop-") as folder:
            own = Path(folder)
            with open_scratch(AppPaths(own / "config", own / "data", self.home / "cache", own / "log")) as app:
                local, cloud = str(self.local_model), str(self.cloud_model)
                app.use_settings(dataclasses.replace(app.settings, local_model=local, demo_cloud_model=cloud))
                if self.kind is not None and self.adapter is not None:
                    app.adapters.take_in(self.kind, self.local_model, self.adapter)
                yield app


def run(given: argparse.Namespace) -> int:
    task = TASKS[given.task]
    request = _request(task, given)
    task.check(request)
    with open_here() as usual:
        local = usual.find_model(given.local_model or usual.settings.local_model)
        cloud = usual.find_model(given.demo_model or usual.settings.demo_cloud_model)
        kept = usual.paths.data / _RUNS
        adapter = _adapter(usual, task, local, given.adapter)
    with stopping_on_interrupt() as cancel:
        identity = Identity.of(task, request, local, cloud, cancel, adapter)
        folder = given.out or kept / identity.key
        with _scratch_in(folder) as home:
            bench = _Bench(local, cloud, home, task.adapter, adapter)
            finished = evaluate(task, request, bench, identity, folder, _show_progress, cancel)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if finished.remark:
        say(finished.remark)
    if given.json:
        files = {"json": str(finished.json_file), "page": str(finished.page_file)}
        print_json({**finished.report, "files": files})
        return 0
    _print(finished.report, finished.said)
    print(f"The tables are in {finished.json_file}, with pictures in {finished.page_file}.")
    return 0


def _adapter(app: Application, task: Task, local_model: Path, named: Path | None) -> SealableFile | None:
    """Raises BadInput where the task needs one and there is none."""
    if task.adapter is None:
        return None
    if named is not None:
        return SealableFile(named)
    used = app.adapters.in_use(task.adapter, local_model)
    if used is None:
        raise BadInput(
            "The task {task} needs an adapter and {model} has none in use; `costeer train {kind}` makes one, or "
            "name one with --adapter.",
            task=task.name,
            model=local_model.name,
            kind=task.adapter,
        )
    return used.file


@contextlib.contextmanager
def _scratch_in(folder: Path) -> Iterator[Path]:
    """A home for the run's application. In the run's folder, so that what a killed run leaves is found and removed
    by the next one."""
    home = folder / _SCRATCH
    shutil.rmtree(home, ignore_errors=True)
    try:
        home.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise KnownError(f"The run cannot be kept in {folder} ({error.strerror}); choose another.") from error
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _request(task: Task, given: argparse.Namespace) -> Request:
    """Raises BadInput."""
    if given.limit is not None and given.limit < 1:
        raise BadInput("--limit {limit} leaves nothing; choose a number from 1.", limit=given.limit)
    options: dict[str, str] = {}
    for name in {option.name for one in TASKS.values() for option in one.options}:
        value = getattr(given, name.replace("-", "_"))
        own = next((one for one in task.options if one.name == name), None)
        if own is not None:
            options[name] = own.default if value is None else value
        elif value is not None:
            raise BadInput(
                "--{option} is no option of the task {task}; leave it out.", option=name, task=task.name
            )
    return Request(given.data, chosen_methods(task, given.methods), given.limit, given.seed, options)


def _print(report: dict[str, object], said: object) -> None:
    rows = report["rows"]
    assert isinstance(rows, dict)
    for one in rows["reasons"]:
        print(f"Skipped line {one['line']}: {safe(str(one['why']))}.")
    if rows["skipped"]:
        print(f"{rows['skipped']} rows were skipped.")
    assert isinstance(said, (list, tuple))
    for sentence in said:
        print(safe(sentence))


def _show_progress(progress: Progress) -> None:
    if sys.stderr.isatty():
        print(f"\r{progress.what} {progress.done}/{progress.total}  ", end="", file=sys.stderr, flush=True)
