"""`costeer models`: the weights on this computer."""

from __future__ import annotations

import argparse

from costeer.bootstrap import Application
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.errors import ModelError
from costeer.local.catalogue import CatalogueEntry, load_catalogue, verify


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("models", help="the models on this computer")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what the catalogue knows, and what is here")
    check = actions.add_parser("verify", help="compare size and sha256 with the catalogue")
    check.add_argument("id", nargs="?", help="without it, every model that is here")
    for one, command in ((listing, _list), (check, _verify)):
        add_json(one)
        one.set_defaults(command=command)


def _list(given: argparse.Namespace) -> int:
    with open_here() as app:
        rows = [(one, _here(app, one)) for one in load_catalogue().values()]
    if given.json:
        print_json(
            {
                "models": [
                    {"id": one.id, "name": one.name, "size": one.size, "licence": one.licence, "file": here}
                    for one, here in rows
                ]
            }
        )
        return 0
    for one, here in rows:
        print(f"{one.id}  {one.name}  {one.size / 1e6:.0f} MB  {one.licence}  {here or 'not on this computer'}")
    return 0


def _verify(given: argparse.Namespace) -> int:
    catalogue = load_catalogue()
    if given.id is not None and given.id not in catalogue:
        raise ModelError("There is no model {id!r}; `costeer models list` shows those there are.", id=given.id)
    with open_here() as app:
        checked = []
        for one in catalogue.values():
            if given.id in (None, one.id) and (given.id or _here(app, one)):
                verify(one, app.find_model(one.id))
                checked.append(one.id)
    if given.json:
        print_json({"ok": True, "verified": checked})
    else:
        print(f"Intact: {', '.join(checked) or 'no model of the catalogue is on this computer'}.")
    return 0


def _here(app: Application, entry: CatalogueEntry) -> str | None:
    try:
        return str(app.find_model(entry.id))
    except ModelError:
        return None
