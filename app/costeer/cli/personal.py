"""`costeer train personal`, and `costeer writing`: what the personal model learns from."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.augment import add_augmenting
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, shown_progress
from costeer.foundation.errors import BadInput
from costeer.foundation.text import safe
from costeer.learning.extra import check_installed
from costeer.learning.messages import LoraSettings, SftSettings
from costeer.services.personal.service import PersonalPlan, Sources
from costeer.services.personal.training import PersonalFigures, TrainedPersonal

_USUAL = SftSettings()
_SHOWN = 70


def add_training(actions: Commands) -> None:
    """Below `costeer train`."""
    personal = actions.add_parser(
        "personal", help="a personal model, from what you wrote; it answers on this computer alone"
    )
    personal.add_argument("--messages", action="store_true", help="learn from your own messages, too")
    personal.add_argument("--edits", action="store_true", help="learn from answers that you rewrote, too")
    for name, what in (
        ("document", "a text of yours (.txt, .md)"),
        ("mailbox", "a mailbox (mbox); of it what --address sent"),
        ("chats", "an export of ChatGPT, Open WebUI or this application"),
        ("lamp", "a questions file in a format of LaMP"),
    ):
        personal.add_argument(f"--{name}", type=Path, action="append", default=[], metavar="FILE", help=what)
    personal.add_argument("--address", default="", help="the e-mail address that you write from")
    personal.add_argument("--only-gather", action="store_true", help="keep the texts, and do not train yet")
    personal.add_argument(
        "--epochs", type=int, default=_USUAL.epochs, metavar="N", help=f"at most ({_USUAL.epochs})"
    )
    personal.add_argument("--rank", type=int, default=_USUAL.lora.rank, metavar="R", help=f"({_USUAL.lora.rank})")
    personal.add_argument(
        "--learning-rate", type=float, default=_USUAL.learning_rate, metavar="X", help=f"({_USUAL.learning_rate})"
    )
    personal.add_argument("--local-model", metavar="ID|FILE")
    add_json(personal)
    personal.set_defaults(command=_train)


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("writing", help="the texts that the personal model learns from")
    actions = parser.add_subparsers(metavar="WHAT", required=True)
    listed = actions.add_parser("list", help="all of them")
    add_json(listed)
    listed.set_defaults(command=_list)
    for name, what in (("use", "learn from these"), ("leave-out", "do not, from the next training on")):
        chosen = actions.add_parser(name, help=what)
        chosen.add_argument("ids", nargs="+", metavar="ID")
        chosen.set_defaults(command=_use, used=name == "use")
    add_augmenting(actions)
    forget = actions.add_parser("forget", help="remove texts, and every adapter that has learnt from one of them")
    forget.add_argument("ids", nargs="+", metavar="ID")
    add_json(forget)
    forget.set_defaults(command=_forget)


def _train(given: argparse.Namespace) -> int:
    plan = PersonalPlan(
        SftSettings(
            lora=LoraSettings(rank=given.rank, alpha=2.0 * given.rank, targets=_USUAL.lora.targets),
            learning_rate=given.learning_rate,
            epochs=given.epochs,
        )
    )
    plan.check()
    if not given.only_gather:
        check_installed()
    wanted = Sources(
        given.messages, given.edits, given.document, given.mailbox, given.address, given.chats, given.lamp
    )
    with open_here() as app, stopping_on_interrupt() as cancel:
        if given.local_model:
            app.use_settings(dataclasses.replace(app.settings, local_model=given.local_model))
        result: dict[str, object] = {"gathered": dataclasses.asdict(app.personal.gather(wanted, cancel))}
        if not given.only_gather:
            result |= _told(app.personal.train(plan, shown_progress(), cancel))
    if given.json:
        print_json(result)
    else:
        for name, value in result.items():
            print(f"{name}: {value}")
    return 0


def _told(trained: TrainedPersonal) -> dict[str, object]:
    """The command's object."""
    return {
        "adapter": str(trained.adapter.file.path),
        "version": trained.adapter.version,
        "before": trained.before,
        "after": _figures(trained.after),
        "accepted": trained.accepted,
        "seconds": round(trained.seconds, 1),
        "memory_mb": round(trained.memory / 1e6),
        "held_out_nats": [round(one, 4) for one in trained.held_out],
    }


def _figures(one: PersonalFigures) -> dict[str, object]:
    value, low, high = (round(part, 4) for part in one.gain)
    return {
        "base": round(one.base, 4),
        "retrieval": round(one.retrieval, 4),
        "personal": round(one.personal, 4),
        "gain": {"value": value, "low": low, "high": high},
        "texts": one.texts,
    }


def _list(given: argparse.Namespace) -> int:
    with open_here() as app:
        found = app.personal.all()
    if given.json:
        told = [
            {
                "id": one.writing.id,
                "source": one.writing.source,
                "name": one.writing.name,
                "state": one.state,
                "prompt": one.writing.prompt,
                "text": one.writing.text,
            }
            for one in found
        ]
        print_json({"writings": told})
        return 0
    for one in found:
        text = safe(" ".join(one.writing.text.split()))
        print(f"{one.writing.id}  {one.state:9} {one.writing.source:9} {text[:_SHOWN]}")
    if not found:
        print("There are no texts yet; `costeer train personal --only-gather` with a source adds some.")
    return 0


def _use(given: argparse.Namespace) -> int:
    with open_here() as app:
        _check_known([one.writing.id for one in app.personal.all()], given.ids)
        app.personal.use(given.ids, given.used)
    return 0


def _forget(given: argparse.Namespace) -> int:
    with open_here() as app:
        _check_known([one.writing.id for one in app.personal.all()], given.ids)
        forgotten = app.personal.forget(given.ids)
    if given.json:
        print_json({"forgotten": forgotten.texts, "deleted_versions": forgotten.versions})
        return 0
    if forgotten.made:
        print(f"With them went {forgotten.made} that were made from them.")
    if forgotten.versions:
        versions = ", ".join(map(str, forgotten.versions))
        print(
            f"The versions {versions} had learnt from them and are gone; `costeer train personal` makes a new one."
        )
    return 0


def _check_known(known: list[str], asked: list[str]) -> None:
    """Raises BadInput."""
    for one in asked:
        if one not in known:
            raise BadInput("There is no text {id}; `costeer writing list` shows them.", id=one)
