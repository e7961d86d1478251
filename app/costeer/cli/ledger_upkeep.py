"""`costeer ledger prune` and `costeer ledger forget`: what is not to be kept, and a look beforehand."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator
from datetime import date, datetime

from costeer.bootstrap import Application
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, print_json, shown_progress
from costeer.cli.transfer import conversation_id
from costeer.foundation.errors import BadInput

_Command = Callable[[argparse.Namespace], int]


def parsers(actions: Commands) -> Iterator[tuple[argparse.ArgumentParser, _Command]]:
    prune = actions.add_parser("prune", help="remove the oldest entries; a new one says so")
    until = prune.add_mutually_exclusive_group(required=True)
    until.add_argument("--before", metavar="DATE", help="those from before that day, written 2026-11-30")
    until.add_argument("--keep-days", type=int, metavar="N", help="those older than so many days")
    forget = actions.add_parser("forget", help="remove the words of entries; a new one says so")
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("--conversation", metavar="ID", help="those of one conversation: its id or the beginning")
    which.add_argument("--deleted", action="store_true", help="those of conversations that are no longer stored")
    for one in (prune, forget):
        one.add_argument("--preview", action="store_true", help="only tell what would go")
    yield prune, _prune
    yield forget, _forget


def _prune(given: argparse.Namespace) -> int:
    with open_here() as app:
        before = _day(given.before) if given.before else app.upkeep.days_ago(given.keep_days)
        found = app.upkeep.removable(before)
        removed = 0 if given.preview else app.upkeep.remove(before, shown_progress())
    if given.json:
        print_json({"removed": removed, "preview": given.preview, **dataclasses.asdict(found)})
        return 0
    verb = "would be" if given.preview else "were"
    print(f"{found.entries if given.preview else removed} entries {verb} removed: {_until(found.until)}.")
    if found.held_back:
        print("Newer ones that are old enough stay for now: an exchange among them is in progress.")
    return 0


def _until(until: str) -> str:
    return f"all up to {until[:19]} UTC" if until else "none is that old"


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time()).astimezone()
    except ValueError as error:
        raise BadInput("{text!r} is no date; write it as 2026-11-30.", text=text) from error


def _forget(given: argparse.Namespace) -> int:
    with open_here() as app:
        chosen = None if given.deleted else _stored(app, given.conversation)
        found = app.upkeep.words(chosen)
        forgotten = 0 if given.preview else app.upkeep.forget(chosen, shown_progress())
    if given.json:
        print_json({"forgotten": forgotten, "preview": given.preview, **dataclasses.asdict(found)})
        return 0
    verb = "would be" if given.preview else "were"
    print(f"The words of {found.entries if given.preview else forgotten} entries {verb} forgotten.")
    if found.old:
        print(f"{found.old} entries that an earlier version wrote keep theirs until they are pruned.")
    if found.open:
        print(f"{found.open} entries belong to exchanges that are in progress; try again when these are over.")
    return 0


def _stored(app: Application, beginning: str) -> str:
    """From the bin too."""
    return conversation_id(beginning, [*app.chat.conversations(), *app.chat.bin()])
