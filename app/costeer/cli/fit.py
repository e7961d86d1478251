"""`costeer fit`: the strength and mixture that fit the user's own writing. Nothing is sent."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from costeer.bootstrap import Application
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress
from costeer.foundation.settings import SteeringSettings
from costeer.services.fitting import FitPoint, FitResult, forget, remember


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("fit", help="fit the strength to your own writing, on this computer")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help=".txt or .md you wrote (default: your own messages)"
    )
    parser.add_argument("--forget", action="store_true", help="remove the mark that an earlier fit has set")
    add_json(parser)
    parser.set_defaults(command=run)


def run(given: argparse.Namespace) -> int:
    if given.forget and given.files:
        raise BadInput("--forget takes no files; leave them out.")
    with open_here() as app:
        if given.forget:
            _keep(app, forget(app.settings.steering))
            if given.json:
                print_json({"mark": None})
            else:
                print("There is no mark of yours any more.")
            return 0
        with stopping_on_interrupt() as cancel:
            result = app.fitting.fit(given.files, messages=not given.files, progress=_show_progress, cancel=cancel)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        if result.better:
            _keep(app, remember(app.settings.steering, result.fitted))
        if given.json:
            print_json(_as_json(result, app.settings.steering))
        else:
            _print(result)
    return 0


def _keep(app: Application, steering: SteeringSettings) -> None:
    app.update_settings(dataclasses.replace(app.settings, steering=steering))


def _as_json(result: FitResult, steering: SteeringSettings) -> dict[str, object]:
    mark = None
    if steering.fitted_strength is not None and steering.fitted_mixture is not None:
        mark = dataclasses.asdict(FitPoint(steering.fitted_strength, steering.fitted_mixture))
    return {
        "set": result.better,
        "mark": mark,
        "fitted": dataclasses.asdict(result.fitted),
        "default": dataclasses.asdict(result.default),
        "bits": {"cloud": result.bits_cloud, "default": result.bits_default, "fitted": result.bits_fitted},
        "gain": {"bits": result.gain, "low": result.gain_low, "high": result.gain_high},
        "helped": dataclasses.asdict(result.helped),
        "curve": [{"strength": one.strength, **dataclasses.asdict(one.bits)} for one in result.curve],
        "answer": result.answer,
        "tokens": result.tokens,
        "chunks": result.chunks,
        "texts": result.texts,
        "cloud": result.cloud,
        "stand_in": result.stand_in,
        "stand_in_reason": result.stand_in_reason,
        "verdict": result.verdict,
    }


def _print(result: FitResult) -> None:
    played = f"{result.cloud}, on this computer"
    if result.stand_in:
        played += f" (a stand-in, as {result.stand_in_reason})"
    print(f"Read: {result.tokens} tokens in {result.chunks} pieces of {result.texts} texts; nothing was sent.")
    print(f"The cloud was played by {played}.")
    print("Bits per token of your writing (less is nearer; the fitted point on what it was not fitted on):")
    for name, point, bits in (
        ("the cloud alone", FitPoint(0.0, 0.0), result.bits_cloud),
        ("the default", result.default, result.bits_default),
        ("fitted", result.fitted, result.bits_fitted),
    ):
        print(f"  {name:16} strength {point.strength:<5g} mixture {point.mixture:<5g} {bits:.3f}")
    print(result.answer)
    print(result.verdict)
    if result.better:
        print(
            "The slider now has the mark You; in the terminal: "
            f"costeer ask … --strength {result.fitted.strength:g} --mixture {result.fitted.mixture:g}"
        )


def _show_progress(progress: Progress) -> None:
    if sys.stderr.isatty() and progress.total:
        print(f"\r{progress.what} {progress.done}/{progress.total}  ", end="", file=sys.stderr, flush=True)
