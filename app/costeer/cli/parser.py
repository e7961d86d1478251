"""The grammar of the command line. Each command names the function that runs it."""

from __future__ import annotations

import argparse
from typing import NoReturn

from costeer import __version__
from costeer.cli import (
    ask,
    bench,
    chat,
    cost,
    doctor,
    endpoint,
    evaluate,
    feedback,
    fit,
    ledger,
    models,
    personal,
    preference,
    profile,
    storage,
    train,
    transfer,
    why,
)

_COMMANDS = (
    ask,
    chat,
    transfer,
    storage,
    preference,
    profile,
    feedback,
    ledger,
    endpoint,
    models,
    fit,
    cost,
    why,
    doctor,
    bench,
    evaluate,
    train,
    personal,
)


class _Parser(argparse.ArgumentParser):
    """One sentence instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` shows how it is used.\n")


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="costeer",
        description="A chat whose cloud answers are steered on this computer. Alone, it opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"costeer {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.add_to(commands)
    return parser
