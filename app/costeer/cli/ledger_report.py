"""`costeer ledger report`: what left, in words for anybody."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from costeer.cli.opening import open_here
from costeer.cli.output import Commands, print_json, shown_progress
from costeer.foundation.errors import BadInput
from costeer.services.ledger_report import form_of, text_of

_Command = Callable[[argparse.Namespace], int]


def parsers(actions: Commands) -> Iterator[tuple[argparse.ArgumentParser, _Command]]:
    parser = actions.add_parser("report", help="what left, to whom, when and why, in plain words")
    parser.add_argument(
        "file", type=Path, nargs="?", help="ends in .html or .md; without it, the report is printed as Markdown"
    )
    parser.add_argument("--month", metavar="YYYY-MM", help="only that month, written 2026-11")
    parser.add_argument("--without-words", action="store_true", help="figures alone, no text that was sent")
    yield parser, _report


def _report(given: argparse.Namespace) -> int:
    month = None if given.month is None else _month(given.month)
    form = "markdown" if given.file is None else form_of(given.file)
    with open_here() as app:
        report = app.ledger_report.make(month, words=not given.without_words, progress=shown_progress())
        if given.file is not None:
            app.ledger_report.write(report, given.file, form)
    if given.json:
        print_json({**report.plain(), "file": None if given.file is None else str(given.file)})
    elif given.file is None:
        print(text_of(report, form), end="")
    else:
        print(f"The report is in {given.file}.")
    return 0


def _month(text: str) -> date:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    try:
        return date(int(match.group(1)), int(match.group(2)), 1) if match else date.fromisoformat("")
    except ValueError as error:
        raise BadInput("{text!r} is no month; write it as 2026-11.", text=text) from error
