"""Databases to protect, and programs that do it until they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.storage.material import record

from costeer.foundation.paths import AppPaths
from costeer.privacy.database_keys import DatabaseKeys
from costeer.services.at_rest.backups import BackupService
from costeer.services.at_rest.protection import DatabaseProtection
from costeer.services.at_rest.record import RecordFile
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository

SECRET = "my sister Zephyrine keeps alpacas"
TITLE = f"{SECRET} in the title"
BACKUP, OWN = "backup", "a passphrase of the backup's own"
"""The name of one beside a home, and what opens it."""

_TOUCHING = ("os.rename", "os.remove", "os.link", "os.truncate", "open", "sqlite3.connect")


def paths_in(folder: Path) -> AppPaths:
    return AppPaths(folder / "config", folder / "data", folder / "cache", folder / "log").create()


def protection_of(paths: AppPaths, environment: dict[str, str] | None = None) -> DatabaseProtection:
    return DatabaseProtection(
        Database(paths.database_file),
        DatabaseKeys(paths.database_file, os.environ if environment is None else environment),
        RecordFile(paths.protection_file),
    )


def fill(database: Database) -> None:
    conversations = ConversationRepository(database)
    conversation = conversations.create(TITLE)
    conversations.add_message(conversation.id, None, "user", f"{SECRET} in a message")
    LedgerRepository(database).append(record(body=f'{{"prompt": "{SECRET}"}}'))


def fill_plain(paths: AppPaths) -> None:
    with Database.open(paths.database_file) as database:
        fill(database)


def files_with(folder: Path, *secrets: str) -> list[str]:
    """Those under `folder` in which one of `secrets` can be read."""
    found = []
    for one in sorted(folder.rglob("*")):
        if one.is_file():
            data = one.read_bytes()
            found += [one.name for secret in secrets if secret.encode() in data]
    return found


class Killer:
    """Kills this process, as `kill -9` does, at its n-th step: a dealing with a file of `folder`, or a `tell`."""

    def __init__(self, at: int, folder: str) -> None:
        self._left = at
        self._folder = folder
        sys.addaudithook(self._watch)

    def tell(self, progress: object = None) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def _watch(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _TOUCHING and any(self._folder in str(one) for one in arguments[:2]):
            self.tell()


def run_and_kill(home: Path, what: str, step: int, environment: dict[str, str]) -> bool:
    """Run this module as a program. Returns whether it came to its end before the step at which it is killed."""
    command = [sys.executable, "-m", "tests.services.at_rest.homes", str(home), what, str(step)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == 0


def change(folder: Path, what: str, killer: Killer) -> None:
    paths = paths_in(folder)
    protection = protection_of(paths)
    if what == "restore":
        backups = BackupService(paths.database_file, protection, paths.backups_file)
        backups.restore(folder.with_name(BACKUP), OWN, tell=killer.tell)
        return
    protection.open(tell=killer.tell)
    if what == "decrypt":
        protection.decrypt(tell=killer.tell)
    elif what == "change-key":
        protection.change_key(tell=killer.tell)
    protection.database.close()


if __name__ == "__main__":
    home, action, number = sys.argv[1:]
    change(Path(home), action, Killer(int(number), home))
