"""`costeer import` and `costeer export`: conversations of other programs, and ours for them."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable
from pathlib import Path

from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, shown_progress
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.text import safe
from costeer.services.transfer import ExportFormat, ImportReport
from costeer.storage.records import Conversation

_FORMATS: dict[str, ExportFormat] = {".md": "markdown", ".markdown": "markdown", ".json": "json"}
_LISTED = 20


def add_to(commands: Commands) -> None:
    coming = commands.add_parser("import", help="conversations from an export of ChatGPT, Open WebUI or CoSteer")
    coming.add_argument("files", type=Path, nargs="+", metavar="FILE", help="the zip, or a JSON file of it")
    going = commands.add_parser("export", help="write conversations as Markdown or JSON")
    which = going.add_mutually_exclusive_group()
    which.add_argument("--conversation", metavar="ID", action="append", help="its id or the beginning of it")
    which.add_argument("--all", action="store_true", help="every conversation; so it is without --conversation")
    going.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="PATH",
        help="a file that ends in .md or .json, or a folder for one file each",
    )
    going.add_argument("--format", choices=("markdown", "json"), help="without it, as the file's ending says")
    going.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    for one, command in ((coming, _import), (going, _export)):
        add_json(one)
        one.set_defaults(command=command)


def _import(given: argparse.Namespace) -> int:
    with open_here() as app:
        report = app.transfer.import_files(given.files, shown_progress())
    if given.json:
        print_json(dataclasses.asdict(report))
    else:
        _print(report)
    if report.failed:
        raise KnownError(report.failed[0].sentence)
    return 0


def _print(report: ImportReport) -> None:
    print(f"{len(report.imported)} imported, {report.already_there} already there, {report.broken_count} skipped.")
    for one in report.broken[:_LISTED]:
        print(safe(f"  skipped: {one.file}, conversation {one.place} {one.title!r}: {one.reason}"))
    if report.broken_count > _LISTED:
        print(f"  and {report.broken_count - _LISTED} more; --json lists them.")
    for failed in report.failed[1:]:
        print(safe(f"  {failed.sentence}"))


def _export(given: argparse.Namespace) -> int:
    to: Path = given.to
    suffix = to.suffix.lower()
    into_folder = to.is_dir() or suffix not in _FORMATS
    form: ExportFormat = given.format or _FORMATS.get(suffix, "markdown")
    with open_here() as app:
        listed = app.chat.conversations()
        given_ids = given.conversation
        chosen = None if given_ids is None else [conversation_id(one, listed) for one in given_ids]
        if into_folder:
            report = app.transfer.export_to_folder(to, form, chosen, progress=shown_progress())
        else:
            report = app.transfer.export_to_file(
                to, form, chosen, overwrite=given.overwrite, progress=shown_progress()
            )
    if given.json:
        print_json({"conversations": report.conversations, "files": [str(one) for one in report.files]})
    else:
        print(safe(f"{report.conversations} conversations in {to}."))
    return 0


def conversation_id(beginning: str, listed: Iterable[Conversation]) -> str:
    """The id of the one that begins so. Raises BadInput."""
    found = [one.id for one in listed if one.id.startswith(beginning)]
    if len(found) != 1:
        what = "no conversation" if not found else "more than one conversation"
        raise BadInput(
            "There is {what} whose id begins with {beginning!r}; `costeer import --json` prints ids.",
            what=what,
            beginning=beginning,
        )
    return found[0]
