"""Single values, and the tables that are made of them.

An observation is what one method was worth on one row. Rows are compared method by method, so a row has the same
name under each; `cluster` says which rows are not independent, and `labels` by what tables may be split. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from costeer.evaluation.harness.intervals import Interval, mean_interval, paired_interval

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a value is called and what it means. `share`: it lies between 0 and 1; `compared`: methods differ in
    it, so that differences between them are told."""

    name: str
    meaning: str
    share: bool = False
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Observation:
    """`values` are by the names of metrics; a metric that does not apply is left out. A baseline that is not
    `pooled` stands in the tables, and not in the figures of all rows together."""

    method: str
    row: str
    cluster: str
    values: Mapping[str, float]
    labels: Labels = field(default_factory=dict)
    pooled: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One method in one line of a table."""

    metrics: Mapping[str, Interval]
    differences: Mapping[str, Interval]
    """To the reference method, on the rows that both have."""

    def plain(self) -> dict[str, object]:
        told: dict[str, object] = {name: one.plain() for name, one in self.metrics.items()}
        if self.differences:
            told["difference"] = {name: one.plain() for name, one in self.differences.items()}
        return told


@dataclass(frozen=True, slots=True)
class Line:
    """The observations that share `labels`, by method."""

    labels: Labels
    cells: Mapping[str, Cell]

    def plain(self) -> dict[str, object]:
        return {**self.labels, "methods": {name: one.plain() for name, one in self.cells.items()}}


def tabulate(
    observations: Sequence[Observation],
    metrics: Sequence[Metric],
    by: Sequence[str],
    reference: str,
    orders: Mapping[str, Sequence[str]],
) -> list[Line]:
    """A line for each combination of the labels `by`; observations that lack one of the labels are left out. `by`
    empty: one line of everything that is pooled. Lines stand as their labels do in `orders`, those that are not
    in it as they first come."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for one in observations:
        if all(name in one.labels for name in by) and (by or one.pooled):
            groups.setdefault(tuple(one.labels[name] for name in by), []).append(one)

    def place(key: tuple[str, ...]) -> list[int]:
        listed = [list(orders.get(name, ())) for name in by]
        return [
            order.index(label) if label in order else len(order) for label, order in zip(key, listed, strict=True)
        ]

    return [
        Line(dict(zip(by, key, strict=True)), _cells(some, metrics, reference))
        for key, some in sorted(groups.items(), key=lambda one: place(one[0]))
    ]


def _cells(some: Sequence[Observation], metrics: Sequence[Metric], reference: str) -> dict[str, Cell]:
    by_method: dict[str, list[Observation]] = {}
    for one in some:
        by_method.setdefault(one.method, []).append(one)
    against = {one.row: one for one in by_method.get(reference, ())}
    return {
        method: Cell(
            _means(theirs, metrics),
            {} if method == reference else _differences(theirs, against, metrics),
        )
        for method, theirs in by_method.items()
    }


def _means(some: Sequence[Observation], metrics: Sequence[Metric]) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for metric in metrics:
        having = [one for one in some if metric.name in one.values]
        if having:
            values = [one.values[metric.name] for one in having]
            found[metric.name] = mean_interval(values, [one.cluster for one in having], share=metric.share)
    return found


def _differences(
    some: Sequence[Observation], against: Mapping[str, Observation], metrics: Sequence[Metric]
) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    pairs = [(one, against[one.row]) for one in some if one.row in against]
    for metric in metrics:
        name = metric.name
        both = [(one, other) for one, other in pairs if name in one.values and name in other.values]
        if both and metric.compared:
            found[name] = paired_interval(
                [one.values[name] for one, _ in both],
                [other.values[name] for _, other in both],
                [one.cluster for one, _ in both],
            )
    return found
