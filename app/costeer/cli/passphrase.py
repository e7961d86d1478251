"""Asks for the passphrase of the keys, where a computer has no keychain and somebody sits at a terminal.

Programs set COSTEER_PASSPHRASE instead; without it and without a terminal, what needs the keys says so.
"""

from __future__ import annotations

import getpass
import sys

from costeer.foundation.errors import BadInput
from costeer.privacy.keychain import KeyStore

_TRIES = 3


def unlock_to_read(keys: KeyStore, endpoint: str) -> None:
    """Before the key that is kept under `endpoint` is read; empty for none. Raises BadInput for a passphrase that
    is wrong again and again."""
    if endpoint and keys.needs_passphrase(endpoint) and somebody_is_there():
        _unlock(keys)


def unlock_to_store(keys: KeyStore) -> None:
    """Before a key is stored; the first passphrase is asked for twice. Raises BadInput."""
    if not keys.locked or not somebody_is_there():
        return
    if keys.begun:
        _unlock(keys)
        return
    print(
        f"This computer has no keychain; the key goes to {keys.where()}, sealed by a passphrase.", file=sys.stderr
    )
    chosen = getpass.getpass("Choose a passphrase: ")
    if getpass.getpass("The same again: ") != chosen:
        raise BadInput("The two passphrases are not the same; nothing was stored: try again.")
    keys.unlock(chosen)


def _unlock(keys: KeyStore) -> None:
    for left in reversed(range(_TRIES)):
        try:
            keys.unlock(getpass.getpass("Passphrase of the keys: "))
        except BadInput as wrong:
            if not left:
                raise
            print(wrong.user_message, file=sys.stderr)
        else:
            return


def somebody_is_there() -> bool:
    """Standard input may be the key itself; the question is asked at the terminal."""
    return sys.stdin.isatty() or sys.stderr.isatty()
