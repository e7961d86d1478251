"""`costeer endpoint`: the clouds that may answer."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from costeer.bootstrap import open_application
from costeer.cli.output import Commands, add_json, print_json
from costeer.cloud.urls import server_root
from costeer.foundation.errors import BadInput
from costeer.foundation.settings import DEMO_ENDPOINT, EndpointSettings
from costeer.privacy.keychain import store_key
from costeer.services.endpoints import DEMO_TITLE


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("endpoint", help="choose which cloud answers")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="those there are; * marks the one in use")
    add = actions.add_parser("add", help="add a llama-server and use it")
    add.add_argument("name")
    add.add_argument("url", help="as you have it: a host, /v1 or a full path")
    add.add_argument("--model", default="")
    add.add_argument(
        "--key-stdin", action="store_true", help="read its key from standard input, into the keychain"
    )
    use = actions.add_parser("use", help="let this one answer")
    use.add_argument("name", help=f"{DEMO_ENDPOINT!r} is the built-in one")
    for one, command in ((listing, _list), (add, _add), (use, _use)):
        add_json(one)
        one.set_defaults(command=command)


def _list(given: argparse.Namespace) -> int:
    with open_application() as app:
        settings = app.settings
    rows = [(DEMO_ENDPOINT, DEMO_TITLE), *((one.name, one.base_url) for one in settings.endpoints)]
    if given.json:
        print_json({"endpoints": [{"name": n, "url": u, "in_use": n == settings.endpoint} for n, u in rows]})
        return 0
    for name, url in rows:
        print(f"{'*' if name == settings.endpoint else ' '} {name}  {url}")
    return 0


def _add(given: argparse.Namespace) -> int:
    if not given.name.strip():
        raise BadInput("The endpoint needs a name; choose one.")
    if given.name == DEMO_ENDPOINT:
        raise BadInput(f"The name {DEMO_ENDPOINT!r} is the built-in endpoint's; choose another.")
    root = server_root(given.url)
    key = sys.stdin.readline().strip() if given.key_stdin else ""
    with open_application() as app:
        if key:
            store_key(given.name, key)
        others = tuple(one for one in app.settings.endpoints if one.name != given.name)
        added = EndpointSettings(given.name, root, given.model)
        app.update_settings(dataclasses.replace(app.settings, endpoints=(*others, added), endpoint=given.name))
    return _list(given)


def _use(given: argparse.Namespace) -> int:
    with open_application() as app:
        if given.name != DEMO_ENDPOINT and given.name not in {one.name for one in app.settings.endpoints}:
            raise BadInput(f"There is no endpoint {given.name!r}; `costeer endpoint list` shows those there are.")
        app.update_settings(dataclasses.replace(app.settings, endpoint=given.name))
    return _list(given)
