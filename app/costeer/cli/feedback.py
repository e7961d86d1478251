"""`costeer feedback`: which answers you preferred, as it is kept on this computer."""

from __future__ import annotations

import argparse
from pathlib import Path

from costeer.bootstrap import Application
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.errors import BadInput
from costeer.foundation.text import safe
from costeer.storage.records import Preference

_SHOWN_CHARACTERS = 60


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("feedback", help="the answers that you preferred; it never leaves this computer")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="thumbs, and choices between two answers, the oldest first")
    delete = actions.add_parser("delete", help="as if it had not been said")
    delete.add_argument("id", help="as `feedback list` prints it, or its beginning")
    export = actions.add_parser("export", help="all of it with its texts, as JSON Lines")
    export.add_argument("file", type=Path)
    export.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    for one, command in ((listing, _list), (delete, _delete), (export, _export)):
        add_json(one)
        one.set_defaults(command=command)


def _list(given: argparse.Namespace) -> int:
    with open_here() as app:
        found = [_in_full(app, one) for one in app.preferences.list()]
    if given.json:
        print_json({"feedback": found})
        return 0
    if not found:
        print("There is no feedback yet: rate an answer, compare two, or change one.")
    for one in found:
        print(_line(one))
    return 0


def _delete(given: argparse.Namespace) -> int:
    with open_here() as app:
        found = [one for one in app.preferences.list() if one.id.startswith(given.id)]
        if len(found) != 1 or not given.id:
            raise BadInput(
                "There is {what} whose id begins with {beginning!r}; `costeer feedback list` prints ids.",
                what="no feedback" if not found else "more than one",
                beginning=given.id,
            )
        app.preferences.undo(found[0].id)
    if given.json:
        print_json({"deleted": found[0].id})
    else:
        print("Deleted; the answers stay.")
    return 0


def _export(given: argparse.Namespace) -> int:
    with open_here() as app:
        count = app.preferences.export_to(given.file, overwrite=given.overwrite)
    if given.json:
        print_json({"file": str(given.file), "entries": count})
    else:
        print(safe(f"{count} entries in {given.file}."))
    return 0


def _in_full(app: Application, one: Preference) -> dict[str, object]:
    question, chosen = app.chat.message(one.question), app.chat.message(one.chosen)
    return {
        "id": one.id,
        "kind": one.kind,
        "created": one.created.isoformat(),
        "value": one.value,
        "conversation": question.conversation,
        "question": question.text,
        "chosen": chosen.text,
        "rejected": None if one.rejected is None else app.chat.message(one.rejected).text,
    }


def _line(one: dict[str, object]) -> str:
    said = f"thumb {'up' if one['value'] == 1 else 'down'}" if one["kind"] == "thumb" else one["kind"]
    over = "" if one["rejected"] is None else f"  over  {_short(one['rejected'])}"
    return safe(f"{one['id']}  {str(one['created'])[:16]}  {said:11}  {_short(one['chosen'])}{over}")


def _short(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1]}…"
