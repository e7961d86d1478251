"""`costeer endpoint`: the clouds that may answer."""

from __future__ import annotations

import argparse
import dataclasses
import sys

from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.cli.passphrase import unlock_to_read, unlock_to_store
from costeer.cloud.probe import Probed
from costeer.cloud.urls import server_root
from costeer.foundation.errors import BadInput
from costeer.foundation.settings import DEMO_ENDPOINT, EndpointSettings
from costeer.foundation.text import safe
from costeer.services.endpoint_presets import load_presets
from costeer.services.endpoints import DEMO_TITLE, key_of

TIERS = {
    "A": "steered word by word (A)",
    "A-": "steered word by word, by few alternatives (A-)",
    "B": "answers cannot be continued there: its drafts are rewritten here (B)",
    "C": "it tells no alternatives to its words: its drafts are rewritten here (C)",
}


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("endpoint", help="choose which cloud answers")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="those there are; * marks the one in use")
    add = actions.add_parser("add", help="test an endpoint, add it and use it")
    add.add_argument("name")
    add.add_argument("url", help="as you have it: a host, /v1 or a full path")
    add.add_argument("--model", default="")
    add.add_argument(
        "--key-stdin",
        action="store_true",
        help="read its key from standard input, into the keychain or a sealed file",
    )
    add.add_argument("--untested", action="store_true", help="add it although it cannot be reached now")
    use = actions.add_parser("use", help="let this one answer")
    use.add_argument("name", help=f"{DEMO_ENDPOINT!r} is the built-in one")
    remove = actions.add_parser("remove", help="forget an endpoint and its key")
    remove.add_argument("name")
    probe = actions.add_parser("probe", help="test what an endpoint allows, with a few tokens of public text")
    probe.add_argument("name", metavar="NAME|URL", help="one of the list, or an address")
    probe.add_argument("--model", default="")
    price = actions.add_parser("price", help="enter what a million tokens cost there; `costeer cost` adds up")
    price.add_argument("name")
    price.add_argument("--input", type=float, required=True, metavar="PRICE", help="of prompts")
    price.add_argument("--output", type=float, required=True, metavar="PRICE", help="of answers")
    price.add_argument("--currency", default="USD")
    presets = actions.add_parser("presets", help="the clouds that are known by name, and their addresses")
    found = actions.add_parser("found", help="servers that answer on this computer now")
    for one, command in (
        (listing, _list),
        (add, _add),
        (use, _use),
        (remove, _remove),
        (probe, _probe),
        (price, _price),
        (presets, _presets),
        (found, _found),
    ):
        add_json(one)
        one.set_defaults(command=command)


def _price(given: argparse.Namespace) -> int:
    with open_here() as app:
        app.clouds.price(given.name, given.input, given.output, given.currency)
    return _list(given)


def _list(given: argparse.Namespace) -> int:
    with open_here() as app:
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
        raise BadInput("The name {name!r} is the built-in endpoint's; choose another.", name=DEMO_ENDPOINT)
    added = EndpointSettings(given.name, server_root(given.url), given.model)
    key = sys.stdin.readline().strip() if given.key_stdin else ""
    probed: Probed | None = None
    with open_here() as app:
        if key:
            unlock_to_store(app.keys)
        else:
            unlock_to_read(app.keys, key_of(added))
        if not given.untested:
            with stopping_on_interrupt() as cancel:
                probed = app.clouds.probe(added, key, cancel)
        app.clouds.put(added, key, use=True)
    if probed is not None and not given.json:
        print(in_words(given.name, probed))
    return _list(given)


def _remove(given: argparse.Namespace) -> int:
    with open_here() as app:
        app.clouds.remove(given.name)
    return _list(given)


def _presets(given: argparse.Namespace) -> int:
    presets = load_presets()
    if given.json:
        print_json({"presets": [dataclasses.asdict(one) for one in presets]})
        return 0
    for one in presets:
        print(f"{one.name}  {one.base_url}" + (f"  (key: {one.key_from})" if one.needs_key else ""))
    return 0


def _found(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        found = app.clouds.found(cancel)
    if given.json:
        rows = [
            {
                "name": one.preset.name,
                "url": one.preset.base_url,
                "models": list(one.models),
                "wants_key": one.wants_key,
            }
            for one in found
        ]
        print_json({"found": rows})
        return 0
    for one in found:
        told = "it wants a key" if one.wants_key else ", ".join(map(safe, one.models))
        print(f"{one.preset.name}  {one.preset.base_url}  {told}")
    if not found:
        print("No known server answers on this computer.")
    return 0


def _probe(given: argparse.Namespace) -> int:
    with open_here() as app:
        known = {one.name: one for one in app.settings.endpoints}
        chosen = known.get(given.name) or EndpointSettings(given.name, server_root(given.name))
        chosen = dataclasses.replace(chosen, model=given.model or chosen.model)
        unlock_to_read(app.keys, key_of(chosen))
        with stopping_on_interrupt() as cancel:
            probed = app.endpoints.probe(chosen, app.keys.read(key_of(chosen)), cancel)
    if given.json:
        print_json(as_json(probed))
    else:
        print(in_words(chosen.name, probed))
    return 0


def as_json(probed: Probed) -> dict[str, object]:
    """What the command contract promises, and the rest."""
    found = probed.abilities
    return {
        "tier": found.tier,
        "top_k": found.top_k,
        "prefill": found.continues,
        "raw_completions": found.raw,
        "stream_logprobs": found.streams_logprobs,
        "token_ids": found.token_ids,
        "tells_end": found.tells_end,
        "kind": found.kind,
        "model": found.model,
        "models": list(probed.models),
        "window": found.window or None,
        "seconds": round(probed.seconds, 3),
        "remarks": [str(one) for one in found.remarks],
    }


def in_words(name: str, probed: Probed) -> str:
    """The same for people."""
    found = probed.abilities
    lines = [f"{name}: {TIERS[found.tier]}"]
    if found.top_k:
        lines.append(f"  alternatives told at each word: {found.top_k}")
    if found.model:
        lines.append(f"  model: {safe(found.model)}")
    lines += [f"  {safe(str(one))}" for one in found.remarks]
    return "\n".join(lines)


def _use(given: argparse.Namespace) -> int:
    with open_here() as app:
        app.clouds.use(given.name)
    return _list(given)
