"""Secrets that programs give in the environment: taken out of it at the start, so that no child process, no
browser that is opened for a link and nothing else that this process starts inherits them.

State of the process, not of an object, because the environment is. What the system keeps of a program's first
environment (`/proc/PID/environ` on Linux, for the same user alone) cannot be taken back.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Mapping

PASSPHRASE = "COSTEER_PASSPHRASE"
"""Unlocks for programs what a passphrase seals."""

NEW_PASSPHRASE = "COSTEER_NEW_PASSPHRASE"
BACKUP_PASSPHRASE = "COSTEER_BACKUP_PASSPHRASE"

ENVIRONMENT_KEY = "COSTEER_API_KEY"
"""A cloud's key, for programs: read at every use, before all others, never stored."""

_NAMES = (PASSPHRASE, NEW_PASSPHRASE, BACKUP_PASSPHRASE, ENVIRONMENT_KEY)
_taken: dict[str, str] = {}

GIVEN: Mapping[str, str] = ChainMap(_taken, os.environ)
"""The environment as it was given, with what has been taken out of it."""


def take_secrets() -> None:
    """Once, when the program starts, before anything else is started. Who only imports the package keeps what is
    in the environment, and it is read there."""
    for name in _NAMES:
        if name in os.environ:
            _taken[name] = os.environ.pop(name)
