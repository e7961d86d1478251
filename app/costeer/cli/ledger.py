"""`costeer ledger`: what was transmitted, word for word, and whether the book of it is intact."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from costeer.cli import ledger_report, ledger_upkeep
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, shown_progress
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.text import safe
from costeer.privacy.chain import Break
from costeer.privacy.ledger import Head, LedgerEntry
from costeer.services.audit import Verification
from costeer.services.ledger_file import as_plain


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("ledger", help="read the book of everything that left this computer")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest entries")
    listing.add_argument("--newest", type=int, default=20, metavar="N")
    show = actions.add_parser("show", help="one entry in full")
    show.add_argument("number", type=int)
    export = actions.add_parser("export", help="all entries as JSON")
    export.add_argument("file", type=Path, nargs="?", help="without it, they are printed")
    verify = actions.add_parser("verify", help="check the chain of hashes")
    verify.add_argument("--expect", metavar="SEQUENCE:HASH", help="what `costeer ledger head` printed earlier")
    verify.add_argument("--against", type=Path, metavar="EXPORT", help="an earlier export, to be compared with")
    head = actions.add_parser("head", help="number and hash of the newest entry, to be noted elsewhere")
    pairs = ((listing, _list), (show, _show), (export, _export), (verify, _verify), (head, _head))
    for one, command in (*pairs, *ledger_report.parsers(actions), *ledger_upkeep.parsers(actions)):
        add_json(one)
        one.set_defaults(command=command)


def _list(given: argparse.Namespace) -> int:
    if given.newest < 1:
        raise BadInput("{newest} entries cannot be listed; choose a number from 1.", newest=given.newest)
    with open_here() as app:
        entries = app.audit.entries(newest=given.newest)
    if given.json:
        print_json({"entries": [as_plain(one) for one in entries]})
        return 0
    if not entries:
        print("The ledger is empty: nothing has left this computer.")
    for one in entries:
        print(_line(one))
    return 0


def _line(entry: LedgerEntry) -> str:
    one = entry.record
    status = one.detail or (str(one.status) if one.status is not None else "")
    return safe(
        f"{entry.sequence:6}  {one.time[:19]}  {one.kind:9}  {one.purpose:8}  "
        f"{one.method} {one.url}  {one.size} bytes  {status}"
    )


def _show(given: argparse.Namespace) -> int:
    with open_here() as app:
        entry = app.audit.entry(given.number)
        words = app.audit.in_words(entry)
    if given.json:
        print_json({**as_plain(entry), "in_words": words})
        return 0
    print(_line(entry))
    print(safe("headers: " + ", ".join(entry.record.header_names)))
    print("The words of this entry were forgotten." if entry.forgotten else safe(entry.record.body))
    if words is not None:
        print(f"In words:\n{safe(words)}")
    return 0


def _export(given: argparse.Namespace) -> int:
    with open_here() as app:
        if given.file is None:
            sys.stdout.writelines(app.audit.export())
            return 0
        count = app.audit.export_to(given.file, shown_progress())
    if given.json:
        print_json({"file": str(given.file), "entries": count})
    else:
        print(f"{count} entries in {given.file}.")
    return 0


def _head(given: argparse.Namespace) -> int:
    with open_here() as app:
        head = app.audit.head()
    if head is None:
        raise KnownError("The ledger is empty: nothing has left this computer.")
    if given.json:
        print_json({"sequence": head.sequence, "hash": head.hash})
    else:
        print(head)
    return 0


def _verify(given: argparse.Namespace) -> int:
    noted = None if given.expect is None else _noted(given.expect)
    with open_here() as app:
        result = app.audit.verify(noted, given.against, shown_progress())
    if given.json:
        print_json(result.plain())
    if result.report.broken is not None:
        raise KnownError("The ledger is not intact: {fault}", fault=fault_in_words(result.report.broken))
    if noted is not None and not result.report.compared:
        raise KnownError(
            "The ledger is intact, but entry {number} was removed with the oldest ones (all up to "
            "{removed}), so it cannot be compared; note a newer one.",
            number=noted.sequence,
            removed=result.report.removed,
        )
    if not given.json:
        print(_in_words(result))
    return 0


def _noted(text: str) -> Head:
    match = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text.strip())
    if match is None:
        raise BadInput("--expect takes what `costeer ledger head` prints: a number, a colon and a hash.")
    return Head(int(match.group(1)), match.group(2))


def _in_words(result: Verification) -> str:
    one = result.report
    said = f"The ledger is intact: {one.entries} entries."
    if one.removed:
        said += f" Entries 1 to {one.removed} were removed, and a later entry says so."
        said += "" if one.removed_intact else " It says too that some of these were not as they were written."
    if one.forgotten:
        said += f" The words of {one.forgotten} entries were forgotten, and later entries say so."
    if one.compared:
        said += f" {one.compared} are as they were noted."
    if one.beyond:
        said += f" {one.beyond} that were noted are among the removed ones."
    return said


def fault_in_words(broken: Break) -> str:
    """What is wrong and what to do."""
    what = {
        "changed": "was changed",
        "missing": "was removed",
        "moved": "was moved or put in",
        "words gone": "has lost its words, and no entry says so",
        "words there": "has its words, though a later entry says they were forgotten",
        "not removed": "is there, though a later entry says that it was removed",
        "unlike": "is another than the one that was noted",
    }
    return f"entry {broken.sequence} {what[broken.fault]}; compare it with an earlier export."
