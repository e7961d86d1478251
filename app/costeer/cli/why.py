"""`costeer why`: which lines of your profile a word of an answer comes from. Nothing is sent."""

from __future__ import annotations

import argparse
import dataclasses

from costeer.bootstrap import Application
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json
from costeer.foundation.errors import BadInput
from costeer.foundation.text import safe
from costeer.services.why import Explanation

_SHOWN = 3
"""Causes that are printed for people; JSON has all of them."""


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("why", help="tell where the words of an answer come from")
    parser.add_argument("message", help="the id of an answer, as `ledger list --json` has it")
    parser.add_argument(
        "--token", type=int, metavar="N", help="the word of this token, from 0 (default: what steering moved most)"
    )
    add_json(parser)
    parser.set_defaults(command=run)


def run(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        spans = _spans(app, given)
        found = [app.why.of(given.message, first, last, cancel) for first, last in spans]
    if given.json:
        print_json({"words": [_plain(one) for one in found]})
        return 0
    if not found:
        print("Steering wrote no word of this answer.")
    for one in found:
        _print(one)
    return 0


def _spans(app: Application, given: argparse.Namespace) -> list[tuple[int, int]]:
    if given.token is None:
        return app.why.most_moved(given.message)
    count = len(app.chat.traces(given.message))
    if not 0 <= given.token < count:
        raise BadInput(
            "The answer has {count} tokens, counted from 0; choose one of them with --token.", count=count
        )
    return [app.why.word(given.message, given.token)]


def _plain(found: Explanation) -> dict[str, object]:
    return {
        "first": found.first,
        "last": found.last,
        "text": found.text,
        "moved": dict(found.moved),
        "causes": [dataclasses.asdict(one) for one in found.causes],
        "gone": found.gone,
        "recorded": found.recorded,
    }


def _print(found: Explanation) -> None:
    moved = ", ".join(f"{signal} {nats:+.1f}" for signal, nats in found.moved.items())
    print(f"{safe(found.text.strip())!r} (tokens {found.first} to {found.last}; {moved or 'not steered'})")
    for one in found.causes[:_SHOWN]:
        nats = "  was there" if one.nats is None else f"{one.nats:+6.1f} nats"
        changed = " (changed since)" if one.changed else ""
        print(f"  {nats}  {one.kind:8}  {one.id[:8]:8}  {safe(one.text)}{changed}")
    if found.gone:
        print(f"  {found.gone} of the lines shown are no longer there.")
    if not found.recorded and found.causes:
        print("What this answer was shown is not on record; your present profile stands in.")
