"""`costeer ledger`: what was transmitted, word for word."""

from __future__ import annotations

import argparse
from pathlib import Path

from costeer.bootstrap import open_application
from costeer.cli.output import Commands, add_json, print_json, safe
from costeer.foundation.errors import BadInput, KnownError
from costeer.privacy.ledger import LedgerEntry
from costeer.services.audit import EXPORT_FORMAT, as_plain


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
    for one, command in ((listing, _list), (show, _show), (export, _export), (verify, _verify)):
        add_json(one)
        one.set_defaults(command=command)


def _list(given: argparse.Namespace) -> int:
    if given.newest < 1:
        raise BadInput(f"{given.newest} entries cannot be listed; choose a number from 1.")
    with open_application() as app:
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
        f"{entry.sequence:6}  {one.time[:19]}  {one.kind:8}  {one.purpose:8}  "
        f"{one.method} {one.url}  {one.size} bytes  {status}"
    )


def _show(given: argparse.Namespace) -> int:
    with open_application() as app:
        entry = app.audit.entry(given.number)
        words = app.audit.in_words(entry)
    if given.json:
        print_json({**as_plain(entry), "in_words": words})
        return 0
    print(_line(entry))
    print("headers: " + ", ".join(entry.record.header_names))
    print(safe(entry.record.body))
    if words is not None:
        print(f"In words:\n{safe(words)}")
    return 0


def _export(given: argparse.Namespace) -> int:
    if given.file is None:
        with open_application() as app:
            print_json({"format": EXPORT_FORMAT, "entries": list(app.audit.export())})
        return 0
    with open_application() as app:
        count = app.audit.export_to(given.file)
    if given.json:
        print_json({"file": str(given.file), "entries": count})
    else:
        print(f"{count} entries in {given.file}.")
    return 0


def _verify(given: argparse.Namespace) -> int:
    with open_application() as app:
        result = app.audit.verify()
    if given.json:
        print_json({"ok": result.ok, "entries": result.entries, "first_broken": result.first_broken})
    if not result.ok:
        raise KnownError(
            f"The ledger is not intact: entry {result.first_broken} was changed, removed or moved; "
            "compare it with an earlier export."
        )
    if not given.json:
        print(f"The ledger is intact: {result.entries} entries.")
    return 0
