"""One evaluation from the request to the report: one JSON file and one page, in the run's folder.

The folder is the run: asked for again, the same evaluation finds there what it has computed already and goes on
behind it, so that stopping or killing it loses one unit of work. What the values depend on (task, data, models by
their contents, seed, options, version) is written into it, and a folder of another run is refused. Methods, the
limit and options that only extend a run are not part of that: asking for more computes only what is new.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from costeer import __version__
from costeer.evaluation.harness.drawing import Chart, draw_chart
from costeer.evaluation.harness.machine import ModelFile, this_machine
from costeer.evaluation.harness.observations import Line, tabulate
from costeer.evaluation.harness.page import render_page
from costeer.evaluation.harness.task import Measured, Request, Task, Workbench
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.progress import ProgressCallback
from costeer.foundation.run_store import Json, RunStore
from costeer.foundation.system_words import system_words
from costeer.privacy.sealable_file import SealableFile

REPORT_FORMAT = "costeer-evaluation-1"

_KEY = 12


@dataclass(frozen=True, slots=True)
class Finished:
    """`report` is what the JSON file holds; `remark` says what could not be drawn, empty otherwise."""

    report: Json
    json_file: Path
    page_file: Path
    said: Sequence[str]
    remark: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What the values of a run depend on."""

    fields: Json

    @classmethod
    def of(
        cls,
        task: Task,
        request: Request,
        local_model: Path,
        cloud_model: Path,
        cancel: CancelToken,
        adapter: SealableFile | None = None,
    ) -> Identity:
        """Reads the models and the data once. Raises BadInput, ModelError, Cancelled."""
        with_adapter = {} if adapter is None else {"adapter": ModelFile.of(adapter.path, cancel).plain()}
        return cls(
            {
                "task": task.name,
                "data": None if request.data is None else _digest(request.data),
                "seed": request.seed,
                "options": {one.name: request.options[one.name] for one in task.options if not one.extends},
                "local_model": ModelFile.of(local_model, cancel).plain(),
                "cloud_model": ModelFile.of(cloud_model, cancel).plain(),
                **with_adapter,
                "version": __version__,
            }
        )

    @property
    def key(self) -> str:
        """A name for the run's folder."""
        text = json.dumps(self.fields, sort_keys=True)
        return f"{self.fields['task']}-{hashlib.sha256(text.encode()).hexdigest()[:_KEY]}"


def evaluate(
    task: Task,
    request: Request,
    workbench: Workbench,
    identity: Identity,
    folder: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Finished:
    """Run `task` and write the report into `folder`. Raises KnownError, Cancelled; what was computed until then
    is kept."""
    started = time.monotonic()
    with RunStore.open(folder, identity.fields) as store:
        measured = task.measure(request, workbench, store, progress, cancel)
        found = store.found
    if not measured.observations:
        raise BadInput("There is nothing to compare: no row could be used; look at the reasons and correct them.")
    tables = {
        by: tabulate(measured.observations, task.metrics, by, task.reference, measured.orders)
        for by in ((), *task.tables)
    }
    concluded = task.conclude(measured, tables)
    pictures, remark = _pictures(concluded.charts)
    report: Json = {
        "format": REPORT_FORMAT,
        **_what(task, request, measured, identity),
        **_tables(task, tables),
        "said": list(concluded.said),
        "findings": concluded.findings,
        "run": {"seconds": time.monotonic() - started, "units_found": found},
    }
    return _write(folder, report, tables, task, concluded.said, pictures, remark)


def chosen_methods(task: Task, named: str | None) -> tuple[str, ...]:
    """The methods that a list like `a,b,c` names, in the task's order. Raises BadInput."""
    if named is None:
        return tuple(task.methods)
    wanted = {one.strip() for one in named.split(",") if one.strip()}
    unknown = sorted(wanted - set(task.methods))
    if unknown or not wanted:
        what = f"no method {unknown[0]!r}" if unknown else "no method named"
        raise BadInput(
            "The task {name} has {what}; choose of {known}.",
            name=task.name,
            what=what,
            known=", ".join(task.methods),
        )
    return tuple(one for one in task.methods if one in wanted)


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput(
            "The data file {file} cannot be read ({why}); check its path.", file=file, why=system_words(error)
        ) from error


def _what(task: Task, request: Request, measured: Measured, identity: Identity) -> Json:
    return {
        "task": task.name,
        "about": task.about,
        "settings": {
            **measured.settings,
            "data": None if request.data is None else request.data.name,
            "limit": request.limit,
            "seed": request.seed,
            "local_model": identity.fields["local_model"],
            "cloud_model": identity.fields["cloud_model"],
            "adapter": identity.fields.get("adapter"),
        },
        "machine": this_machine(),
        "rows": {
            "used": measured.used,
            "skipped": len(measured.skipped),
            "reasons": [{"line": one.line, "why": one.why} for one in measured.skipped],
        },
    }


def _tables(task: Task, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Json:
    (whole,) = tables[()]
    return {
        "metrics": {one.name: one.meaning for one in task.metrics},
        "methods": {
            name: {"about": task.methods.get(name, ""), **cell.plain()} for name, cell in whole.cells.items()
        },
        "reference": task.reference,
        "tables": [{"by": list(by), "rows": [one.plain() for one in lines]} for by, lines in tables.items() if by],
    }


def _pictures(charts: Sequence[Chart]) -> tuple[list[str], str]:
    """SVG elements; none, and why, without matplotlib."""
    try:
        return [draw_chart(one) for one in charts], ""
    except KnownError as error:
        return [], error.user_message


def _write(
    folder: Path,
    report: Json,
    tables: Mapping[tuple[str, ...], Sequence[Line]],
    task: Task,
    said: Sequence[str],
    pictures: Sequence[str],
    remark: str,
) -> Finished:
    json_file, page_file = folder / "report.json", folder / "report.html"
    page = render_page(report, tables, task.metrics, said, pictures, remark)
    try:
        write_atomically(json_file, json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False).encode())
        write_atomically(page_file, page.encode())
    except OSError as error:
        raise KnownError(
            "The report cannot be written to {folder} ({why}); make room.", folder=folder, why=system_words(error)
        ) from error
    return Finished(report, json_file, page_file, said, remark)
