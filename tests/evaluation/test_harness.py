"""Rows in, intervals out: the store that resumes, the tables, the report, with and without pictures."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from costeer.evaluation.harness.drawing import Chart, Curve
from costeer.evaluation.harness.intervals import mean_interval, paired_interval
from costeer.evaluation.harness.observations import Line, Metric, Observation, tabulate
from costeer.evaluation.harness.rows import Skipped, read_rows
from costeer.evaluation.harness.run import Finished, Identity, chosen_methods, evaluate
from costeer.evaluation.harness.task import Conclusions, Measured, Option, Request, Workbench
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, BugError, Cancelled, ModelError
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.run_store import RunStore
from costeer.foundation.translatable import Translatable


def test_clusters_are_drawn_whole() -> None:
    values = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0] * 4
    apart = mean_interval(values, list(range(24)))
    together = mean_interval(values, [number // 3 for number in range(24)])
    assert apart.value == together.value == 0.5
    assert apart.low is not None
    assert together.low is not None
    assert together.low < apart.low, "answers of one user are not so many independent ones"
    assert mean_interval(values, list(range(24))) == apart, "the same values, the same interval"


def test_an_interval_covers_what_it_should() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        found = mean_interval(random.normal(size=10).tolist(), list(range(10)))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.0 <= found.high
    assert covered >= 178, "about 95 of a hundred"


def test_all_or_nothing_is_not_certain() -> None:
    sure = mean_interval([1.0] * 8, list(range(8)), share=True)
    assert (sure.value, sure.high) == (1.0, 1.0)
    assert sure.low == pytest.approx(0.025 ** (1 / 8)), "the exact binomial bound"
    never = mean_interval([0.0] * 8, list(range(8)), share=True)
    assert never.high == pytest.approx(1 - 0.025 ** (1 / 8))


def test_one_cluster_has_no_interval() -> None:
    found = mean_interval([1.0, 2.0], ["a", "a"])
    assert (found.value, found.low, found.high, found.n) == (1.5, None, None, 2)


def test_paired_differences_forget_what_pairs_share() -> None:
    random = np.random.default_rng(1)
    rows = random.normal(scale=10.0, size=30)
    found = paired_interval((rows + 0.5).tolist(), rows.tolist(), list(range(30)))
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(0.5)


METRICS = (Metric("score", "how good"), Metric("size", "how large", compared=False))


def observations() -> list[Observation]:
    return [
        Observation(
            method, f"row {row}", f"cluster {row // 2}", {"score": row + bonus, "size": 1.0}, {"half": half}
        )
        for method, bonus in (("a", 0.0), ("b", 2.0))
        for row in range(8)
        for half in (("late" if row >= 4 else "early"),)
    ]


def test_tables_compare_method_by_method() -> None:
    (whole,) = tabulate(observations(), METRICS, (), "a", {})
    assert whole.cells["a"].metrics["score"].value == pytest.approx(3.5)
    assert whole.cells["a"].differences == {}
    assert whole.cells["b"].differences["score"].value == pytest.approx(2.0)
    assert "size" not in whole.cells["b"].differences
    late, early = tabulate(observations(), METRICS, ("half",), "a", {"half": ["late", "early"]})
    assert (late.labels["half"], early.labels["half"]) == ("late", "early")
    assert early.cells["b"].metrics["score"].value == pytest.approx(3.5)
    assert tabulate(observations(), METRICS, ("colour",), "a", {}) == []


def test_a_baseline_is_in_the_tables_only() -> None:
    baseline = Observation("a", "row 9", "x", {"score": 1000.0}, {"half": "early"}, pooled=False)
    (whole,) = tabulate([*observations(), baseline], METRICS, (), "a", {})
    assert whole.cells["a"].metrics["score"].value == pytest.approx(3.5)
    early, _ = tabulate([*observations(), baseline], METRICS, ("half",), "a", {})
    assert early.cells["a"].metrics["score"].n == 5


def test_rows_that_cannot_be_used_are_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"a": 1}\n\n{"a"\n[1]\n{"b": 2}\n\xff\n{"a": 3}\n')

    def parse(row: dict[str, object]) -> int:
        value = row.get("a")
        if not isinstance(value, int):
            raise ValueError("it has no a")
        return value

    rows = read_rows(file, parse)
    assert rows.used == [(1, 1), (7, 3)]
    assert [one.line for one in rows.skipped] == [3, 4, 5, 6]
    assert rows.skipped[2] == Skipped(5, "it has no a")
    assert read_rows(file, parse, 1).used == [(1, 1)]
    with pytest.raises(BadInput, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl", parse)


def never() -> dict[str, object]:
    pytest.fail("computed again")


def test_a_store_gives_back_every_bit(tmp_path: Path) -> None:
    value = {"x": 0.1 + 0.2, "y": [math.pi, 5e-324], "z": {"t": ("a", 1)}}
    with RunStore.open(tmp_path, {"seed": 1}) as store:
        first = store.once("unit", lambda: dict(value))
        assert store.found == 0
    with RunStore.open(tmp_path, {"seed": 1}) as store:
        assert store.found == 1
        assert store.once("unit", never) == first
        assert first["x"] == 0.1 + 0.2
        with pytest.raises(BugError):
            store.put("unit", {})


@pytest.mark.parametrize("torn", range(0, 100, 7))
def test_a_line_that_was_cut_short_is_computed_again(tmp_path: Path, torn: int) -> None:
    with RunStore.open(tmp_path, {"seed": 1}) as store:
        for number in range(4):
            store.put(str(number), {"value": number})
        file = store.file
    data = file.read_bytes()
    file.write_bytes(data[: max(0, len(data) - torn)])
    with RunStore.open(tmp_path, {"seed": 1}) as store:
        for number in range(4):
            assert store.once(str(number), partial(dict, value=number)) == {"value": number}
    assert file.read_bytes() == data


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    RunStore.open(tmp_path, {"seed": 1, "task": "a"}).close()
    before = (tmp_path / "run.jsonl").read_bytes()
    with pytest.raises(BadInput, match="differs in seed"):
        RunStore.open(tmp_path, {"seed": 2, "task": "a"})
    assert (tmp_path / "run.jsonl").read_bytes() == before


def test_a_failed_unit_is_not_kept(tmp_path: Path) -> None:
    def fail() -> dict[str, object]:
        raise Cancelled

    with RunStore.open(tmp_path, {}) as store:
        with pytest.raises(Cancelled):
            store.once("unit", fail)
        assert "unit" not in store


@dataclass
class Squares:
    """A task of the harness's own: numbers, and what two methods make of them."""

    computed: list[str] = field(default_factory=list)
    name: str = "squares"
    about: str = "Which method <squares> numbers?"
    reference: str = "sum"
    adapter: None = None
    methods: Mapping[str, str] = field(default_factory=lambda: {"square": "n * n", "sum": "n + n"})
    metrics: Sequence[Metric] = (Metric("value", "what came out"),)
    tables: Sequence[tuple[str, ...]] = (("parity",),)
    options: Sequence[Option] = (Option("count", "6", "how many", extends=True), Option("base", "1", "no matter"))

    def check(self, request: Request) -> None:
        pass

    def measure(
        self,
        request: Request,
        workbench: Workbench,
        store: RunStore,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Measured:
        found = []
        for number in range(int(request.options["count"])):
            for method in request.methods:
                cancel.raise_if_cancelled()
                progress(Progress(Translatable.verbatim(method), number))
                key = f"{method}/{number}"
                value = store.once(key, partial(self._compute, key, number))["value"]
                assert isinstance(value, int)
                labels = {"parity": "odd" if number % 2 else "even"}
                found.append(Observation(method, str(number), str(number), {"value": float(value)}, labels))
        return Measured(found, int(request.options["count"]), [Skipped(3, "it is <odd>")], {"count": 6})

    def _compute(self, key: str, number: int) -> dict[str, object]:
        self.computed.append(key)
        return {"value": number * number if key.startswith("square") else number + number}

    def conclude(self, measured: Measured, tables: Mapping[tuple[str, ...], Sequence[Line]]) -> Conclusions:
        points = [(1.0, 2.0, 1.5, 2.5), (2.0, 3.0, None, None)]
        chart = Chart("A chart", "x", "y", [Curve("one", points)], {"level": 1.0}, diagonal="y = x")
        return Conclusions(["Squares & <sums>."], [chart], {"count": measured.used})


@dataclass(frozen=True)
class Bench:
    """No task here opens it."""

    local_model: Path
    cloud_model: Path
    fast_copies: Path = Path()

    def open_desktop(self) -> object:
        raise AssertionError


def request_for(task: Squares, methods: str | None = None, count: str = "6") -> Request:
    return Request(None, chosen_methods(task, methods), None, 0, {"count": count, "base": "1"})


def run_squares(
    task: Squares,
    folder: Path,
    methods: str | None = None,
    cancel: CancelToken | None = None,
    count: str = "6",
) -> Finished:
    model = folder.parent / "model.gguf"
    model.write_bytes(b"weights")
    token = cancel or CancelToken()
    request = request_for(task, methods, count)
    identity = Identity.of(task, request, model, model, token)
    bench: Workbench = Bench(model, model)  # type: ignore[assignment]
    return evaluate(task, request, bench, identity, folder, ignore_progress, token)


def without_the_clock(finished: Finished) -> dict[str, object]:
    return {name: value for name, value in finished.report.items() if name != "run"}


def test_a_run_becomes_a_report_and_a_page(tmp_path: Path) -> None:
    finished = run_squares(Squares(), tmp_path / "run")
    report = json.loads(finished.json_file.read_text(encoding="utf-8"))
    assert report["methods"]["square"]["value"]["value"] == pytest.approx(55 / 6)
    assert report["methods"]["square"]["difference"]["value"]["value"] == pytest.approx(55 / 6 - 5)
    assert report["rows"] == {"used": 6, "skipped": 1, "reasons": [{"line": 3, "why": "it is <odd>"}]}
    assert report["settings"]["local_model"]["bytes"] == 7
    assert [one["parity"] for one in report["tables"][0]["rows"]] == ["even", "odd"]
    page = finished.page_file.read_text(encoding="utf-8")
    assert "Squares &amp; &lt;sums&gt;." in page
    assert page.count("<svg") == 1
    for loading in ("<script", "<img", "<link", "src=", "url(http", "@import", "javascript:"):
        assert loading not in page


def test_the_same_run_gives_the_same_report(tmp_path: Path) -> None:
    first, second = (run_squares(Squares(), tmp_path / name) for name in ("one", "two"))
    assert without_the_clock(first) == without_the_clock(second)
    one, two = ((tmp_path / name / "run.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_stopped_run_goes_on_and_other_methods_are_added(tmp_path: Path) -> None:
    token = CancelToken()
    task = Squares()

    def stop(progress: Progress) -> None:
        if progress.done == 3:
            token.cancel()

    model = tmp_path / "model.gguf"
    model.write_bytes(b"weights")
    request = request_for(task, "square")
    identity = Identity.of(task, request, model, model, token)
    bench: Workbench = Bench(model, model)  # type: ignore[assignment]
    with pytest.raises(Cancelled):
        evaluate(task, request, bench, identity, tmp_path / "run", stop, token)
    assert len(task.computed) == 4
    run_squares(task, tmp_path / "run", "square")
    assert task.computed == [f"square/{number}" for number in range(6)], "nothing twice"
    both = run_squares(task, tmp_path / "run")
    assert len(task.computed) == 12
    assert without_the_clock(both) == without_the_clock(run_squares(Squares(), tmp_path / "whole"))


def test_more_is_asked_of_the_same_run(tmp_path: Path) -> None:
    task = Squares()
    run_squares(task, tmp_path / "run", "square", count="2")
    run_squares(task, tmp_path / "run", "square", count="5")
    assert task.computed == [f"square/{number}" for number in range(5)]


def test_without_matplotlib_there_are_figures_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    finished = run_squares(Squares(), tmp_path / "run")
    assert "costeer-desktop[plots]" in finished.remark
    assert finished.json_file.is_file()
    assert "costeer-desktop[plots]" in finished.page_file.read_text(encoding="utf-8")


def test_methods_are_named_as_they_are() -> None:
    assert chosen_methods(Squares(), "sum, square") == ("square", "sum")
    for named in ("cube", "", ","):
        with pytest.raises(BadInput, match="choose of square, sum"):
            chosen_methods(Squares(), named)


def test_a_model_that_cannot_be_read(tmp_path: Path) -> None:
    request = request_for(Squares())
    with pytest.raises(ModelError, match="cannot be read"):
        Identity.of(Squares(), request, tmp_path / "none.gguf", tmp_path / "none.gguf", CancelToken())
