"""`costeer preference`: how much each preference weighs, and those of the user's own words."""

from __future__ import annotations

import argparse

from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.text import safe


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("preference", help="what answers are to be like: concise, plain, …")
    actions = parser.add_subparsers(metavar="WHAT", required=True)
    listed = actions.add_parser("list", help="the preferences and their weights")
    add_json(listed)
    listed.set_defaults(command=_list)
    weigh = actions.add_parser("set", help="give a preference a weight, where a conversation says nothing else")
    weigh.add_argument("name", metavar="NAME")
    weigh.add_argument("weight", type=float, metavar="WEIGHT", help="0 (nothing) to 2")
    weigh.set_defaults(command=_set)
    add = actions.add_parser("add", help='add one in your own words, as in: add "in short sentences"')
    add.add_argument("words", metavar="WORDS")
    add_json(add)
    add.set_defaults(command=_add)
    remove = actions.add_parser("remove", help="remove one of your own")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(command=_remove)


def _list(given: argparse.Namespace) -> int:
    with open_here() as app:
        found = app.dimensions.all()
    if given.json:
        told = [
            {"name": one.dimension.id, "words": one.dimension.principle, "weight": one.weight, "own": one.own}
            for one in found
        ]
        print_json({"preferences": told})
        return 0
    for one in found:
        words = f"  {safe(one.dimension.principle)}" if one.own else ""
        print(f"{one.weight:4.2f}  {one.dimension.id}{words}")
    return 0


def _set(given: argparse.Namespace) -> int:
    with open_here() as app:
        app.dimensions.weigh({given.name: given.weight})
    return 0


def _add(given: argparse.Namespace) -> int:
    with open_here() as app:
        made = app.dimensions.add(given.words)
    if given.json:
        print_json({"name": made.id, "words": made.principle})
    else:
        print(made.id)
    return 0


def _remove(given: argparse.Namespace) -> int:
    with open_here() as app:
        app.dimensions.remove(given.name)
    return 0
