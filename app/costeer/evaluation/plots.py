"""What `costeer bench decode --json` printed, as a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costeer.evaluation.harness.drawing import new_figure
from costeer.foundation.errors import BadInput

DECODERS = ("token", "lookahead", "lookahead with prefetch")
COLOURS = ("#8a8f98", "#2f6fde", "#e08a1e")
_KINDS = ("svg", "png", "pdf")


@dataclass(frozen=True, slots=True)
class Group:
    """One run: by decoder its tokens per second over the unsteered stream's, and its round trips per token."""

    label: str
    speed: Mapping[str, float]
    round_trips: Mapping[str, float]


def read_groups(files: Sequence[Path]) -> list[Group]:
    """The runs in `files`, what was real before what was virtual. Raises BadInput for what is no such file."""
    real: list[Group] = []
    virtual: list[Group] = []
    for file in files:
        try:
            run = json.loads(file.read_text(encoding="utf-8"))
            if "decoders" in run:
                decoders = run["decoders"]
                unsteered = decoders["unsteered"]["tokens_per_second"]
                label = f"real\nc = {run['strength']:g}, +{run['added_round_trip_ms']:g} ms"
                real.append(_group(label, decoders, unsteered))
            if "virtual_time" in run:
                part = run["virtual_time"]
                label = f"virtual time\nc = {run['strength']:g}, {part['round_trip_ms']:g} ms"
                virtual.append(_group(label, part["decoders"], part["unsteered_tokens_per_second"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                "{file} is not what `costeer bench decode --json` prints ({kind}); run it again.",
                file=file,
                kind=type(error).__name__,
            ) from error
    if not real + virtual:
        raise BadInput("There is nothing to draw; name files that `costeer bench decode --json` has written.")
    return real + virtual


def _group(label: str, decoders: Mapping[str, Any], unsteered: float) -> Group:
    return Group(
        label,
        {one: float(decoders[one]["tokens_per_second"]) / unsteered for one in DECODERS},
        {one: float(decoders[one]["round_trips_per_token"]) for one in DECODERS},
    )


def draw(groups: Sequence[Group], file: Path) -> None:
    """Write the picture; its kind follows from the name. Raises BadInput, KnownError without matplotlib."""
    if file.suffix.lstrip(".") not in _KINDS:
        raise BadInput("{file} is no {join} file; choose such a name.", file=file, join=", ".join(_KINDS))
    figure = new_figure(1.6 * len(groups) + 2.0, 6.0)
    speed, trips = figure.subplots(2, 1, sharex=True)
    width = 0.8 / len(DECODERS)
    for number, (name, colour) in enumerate(zip(DECODERS, COLOURS, strict=True)):
        places = [at + (number - (len(DECODERS) - 1) / 2) * width for at in range(len(groups))]
        for axes, values in (
            (speed, [one.speed[name] for one in groups]),
            (trips, [one.round_trips[name] for one in groups]),
        ):
            bars = axes.bar(
                places, values, 0.9 * width, label=name.replace("token", "token by token", 1), color=colour
            )
            axes.bar_label(bars, fmt="%.2f", fontsize=7)
    speed.set_ylabel("speed, unsteered = 1")
    trips.set_ylabel("round trips a token")
    trips.set_xticks(range(len(groups)), [one.label for one in groups])
    for axes in (speed, trips):
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(y=0.12)
    speed.legend(frameon=False, ncols=len(DECODERS), loc="upper left", bbox_to_anchor=(0.0, 1.18))
    figure.savefig(file)
