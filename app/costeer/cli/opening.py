"""Opens the application for a command: asks for the database's passphrase at the terminal, where there is one."""

from __future__ import annotations

import getpass
import sys

from costeer.bootstrap import Application, open_application
from costeer.cli.output import shown_progress
from costeer.cli.passphrase import somebody_is_there
from costeer.foundation.text import safe


def open_here() -> Application:
    """See `bootstrap.open_application`. Programs set COSTEER_PASSPHRASE."""
    return open_application(ask=ask_passphrase if somebody_is_there() else None, tell=shown_progress())


def ask_passphrase(wrong: str) -> str:
    """`wrong` is what to say of the one before; empty the first time."""
    if wrong:
        print(safe(wrong), file=sys.stderr)
    return getpass.getpass("Passphrase of your data: ")
