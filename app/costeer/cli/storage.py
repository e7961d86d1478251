"""`costeer storage`, `costeer backup` and `costeer restore`: how what is stored is protected.

Passphrases are asked for at the terminal. Programs set COSTEER_PASSPHRASE (of the database as it is),
COSTEER_NEW_PASSPHRASE (that it is to have) and COSTEER_BACKUP_PASSPHRASE (of a backup).
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from costeer.bootstrap import Application, prepare
from costeer.cli.ask import stopping_on_interrupt
from costeer.cli.opening import open_here
from costeer.cli.output import Commands, add_json, print_json, shown_progress
from costeer.cli.passphrase import somebody_is_there
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.given_secrets import BACKUP_PASSPHRASE, GIVEN, NEW_PASSPHRASE
from costeer.services.at_rest.protection import ProtectionStatus
from costeer.services.own_data import erase


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("storage", help="how what is stored is protected, and how to be rid of it")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    status = actions.add_parser("status", help="whether it is encrypted, and where the key is")
    encrypt = actions.add_parser("encrypt", help="encrypt the database")
    change = actions.add_parser("change-key", help="another key or passphrase; the old one opens nothing any more")
    for one in (encrypt, change):
        one.add_argument(
            "--passphrase", action="store_true", help="seal the key by a passphrase, not in the system's keychain"
        )
    decrypt = actions.add_parser("decrypt", help="leave the database unencrypted from now on")
    erasing = actions.add_parser("erase", help="delete everything that the application keeps, for good")
    erasing.add_argument("--yes", action="store_true", help="really")
    backup = commands.add_parser("backup", help="write everything that is stored to one encrypted file")
    restore = commands.add_parser("restore", help="use what is in a backup instead of what is stored")
    for one in (backup, restore):
        one.add_argument("file", type=Path)
    everything = (
        *((status, _status), (encrypt, _encrypt), (change, _change_key), (decrypt, _decrypt), (erasing, _erase)),
        *((backup, _back_up), (restore, _restore)),
    )
    for one, command in everything:
        add_json(one)
        one.set_defaults(command=command)


def _status(given: argparse.Namespace) -> int:
    app = prepare()  # what it is asked about need not be opened
    try:
        return _print_status(app.protection.status(), given)
    finally:
        app.close()


def _print_status(status: ProtectionStatus, given: argparse.Namespace) -> int:
    if given.json:
        print_json(
            {
                "encrypted": status.encrypted,
                "key": status.place,
                "keychain": status.keychain,
                "wished_plain": status.wished_plain,
                "file": str(status.file),
                "next_step": status.next_step,
            }
        )
    else:
        print(in_words(status))
    return 0


def in_words(status: ProtectionStatus) -> str:
    """One or two sentences for a terminal."""
    if status.encrypted:
        where = status.keychain or "the keychain"
        key = f"its key is in {where}" if status.place == "keychain" else "a passphrase seals its key"
        return f"The database {status.file} is encrypted; {key}."
    why = "as you wished" if status.wished_plain else "because there is no place for a key yet"
    if status.keychain and not status.wished_plain:
        why = "but the next start encrypts it"
    return f"The database {status.file} is not encrypted, {why}. {status.next_step}"


def _encrypt(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        if app.protection.key is None:
            app.protection.encrypt(_seal_by(app, given), tell=shown_progress(), cancel=cancel)
        elif given.passphrase:
            raise BadInput("The database is encrypted already; `costeer storage change-key` gives it another key.")
        return _print_status(app.protection.status(), given)


def _change_key(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        app.protection.change_key(_seal_by(app, given), tell=shown_progress(), cancel=cancel)
        return _print_status(app.protection.status(), given)


def _decrypt(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        app.protection.decrypt(tell=shown_progress(), cancel=cancel)
        return _print_status(app.protection.status(), given)


def _seal_by(app: Application, given: argparse.Namespace) -> str:
    """The new passphrase, where the key is to be sealed by one; empty where it goes to the keychain."""
    if not given.passphrase and app.protection.status().keychain:
        return ""
    return _chosen(NEW_PASSPHRASE, "Choose a passphrase for your data: ")


def _back_up(given: argparse.Namespace) -> int:
    with open_here() as app, stopping_on_interrupt() as cancel:
        passphrase = _chosen(BACKUP_PASSPHRASE, "Choose a passphrase for the backup: ")
        made = app.backups.back_up(given.file, passphrase, tell=shown_progress(), cancel=cancel)
    if given.json:
        print_json({"file": str(made.file), "size": made.size})
    else:
        print(f"The backup is in {made.file} ({made.size / 1e6:.1f} MB), and was read again. Keep its passphrase.")
    return 0


def _restore(given: argparse.Namespace) -> int:
    passphrase = GIVEN.get(BACKUP_PASSPHRASE, "")
    if not passphrase:
        _require_somebody(BACKUP_PASSPHRASE)
        passphrase = getpass.getpass("Passphrase of the backup, which takes the place of what is stored: ")
    app = prepare()
    try:
        with stopping_on_interrupt() as cancel:
            sealed_by = ""
            if app.protection.needs_passphrase():
                sealed_by = _chosen(NEW_PASSPHRASE, "Passphrase for your data from now on: ")
            kept = app.backups.restore(given.file, passphrase, sealed_by, tell=shown_progress(), cancel=cancel)
            app.open(sealed_by)
            conversations, ledger = len(app.chat.conversations()), app.audit.verify()
    finally:
        app.close()
    if given.json:
        there = None if kept is None else str(kept)
        print_json({"conversations": conversations, "ledger_ok": ledger.ok, "unreadable_kept_at": there})
        return 0
    print(f"Restored: {conversations} conversations. The ledger is {'intact' if ledger.ok else 'NOT intact'}.")
    if kept is not None:
        print(f"The database that could not be read is now {kept}; remove it when you are sure.")
    return 0


def _erase(given: argparse.Namespace) -> int:
    if not given.yes:
        raise BadInput("Nothing was deleted; `costeer storage erase --yes` deletes everything, backups included.")
    app = prepare()
    try:
        left = app.own_data.forget_all()
    finally:
        app.close()
    erase(app.paths)
    if given.json:
        print_json({"deleted": True, "backups_not_found": [str(one) for one in left]})
        return 0
    print("Everything is deleted, and the keys are forgotten.")
    for one in left:
        print(f"A backup is not where it was made, and was not deleted: {one}")
    return 0


def _chosen(variable: str, question: str) -> str:
    """A new passphrase: a program's, or typed twice. Raises BadInput."""
    passphrase = GIVEN.get(variable, "")
    if passphrase:
        return passphrase
    _require_somebody(variable)
    passphrase = getpass.getpass(question)
    if not passphrase:
        raise BadInput("An empty passphrase protects nothing; choose another.")
    if getpass.getpass("The same again: ") != passphrase:
        raise BadInput("The two passphrases are not the same; nothing was done: try again.")
    return passphrase


def _require_somebody(variable: str) -> None:
    if not somebody_is_there():
        raise KnownError("A passphrase is needed; set {variable} in the environment.", variable=variable)
    sys.stdout.flush()
