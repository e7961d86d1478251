"""Backups: one encrypted file with a passphrase of its own, made while the application runs; and the way back.

A backup holds the database and nothing else: no key of a cloud, none of the database, no setting. It is read again
before it counts as made. What is restored is checked to the last page before the present database is touched.

Any thread but the window's.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, StorageError
from costeer.foundation.files import sync_file, write_atomically, writing_atomically
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.privacy.database_key import DatabaseKey
from costeer.services.at_rest.protection import DatabaseProtection
from costeer.storage import revisions
from costeer.storage.copying import copy_database, require_room, wipe
from costeer.storage.database import PATIENCE, bring_up_to_date
from costeer.storage.use_lock import UseLock

COPYING, WRITING, CHECKING, RESTORING = (
    Translatable("Copying the database"),
    Translatable("Writing the backup"),
    Translatable("Checking the backup"),
    Translatable("Restoring the database"),
)
"""What is told as progress."""

_BACKUP, _RESTORED = "backup", "restored"
"""Ends of the names of the files beside the database in which they are made."""

_SHORT = 0.5
_LONGEST_LIST = 1_000_000


@dataclass(frozen=True, slots=True)
class BackupMade:
    """`size` in bytes."""

    file: Path
    size: int


class BackupService:
    """Of the database that `protection` opens. `list_file` names the backups that were made here."""

    def __init__(self, database_file: Path, protection: DatabaseProtection, list_file: Path) -> None:
        self._file = database_file
        self._protection = protection
        self._list_file = list_file

    def back_up(
        self,
        to: Path,
        passphrase: str,
        *,
        tell: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> BackupMade:
        """Write the open database, as it is at one moment, to the file `to`, which is replaced if it is there.

        Raises BadInput, KnownError and Cancelled; then there is no file, or the one that was.
        """
        # Imported here, as below: a window should not wait for the ciphers.
        from costeer.privacy.backup_file import BackupKeys, check_written, write_backup

        cancel = cancel or CancelToken()
        to = to.expanduser().absolute()
        if to.is_dir() or not to.parent.is_dir() or to.is_relative_to(self._file.parent):
            raise BadInput(
                "A backup cannot be written to {file}; name a file in a folder of yours that is there.", file=to
            )
        keys = BackupKeys.new(passphrase)
        with self._scratch(_BACKUP) as copy, _speaking_of(to):
            copy_database(
                self._file, self._protection.key, copy, keys.database, tell=tell, cancel=cancel, what=COPYING
            )
            size = copy.stat().st_size
            require_room(to.parent, size, WRITING)
            with copy.open("rb") as database, writing_atomically(to) as out:
                write_backup(
                    out, keys, database, datetime.now(UTC).isoformat(), _watch(WRITING, size, tell, cancel)
                )
                check_written(to, out, passphrase, _watch(CHECKING, size, tell, cancel))
            self._remember(to)
            return BackupMade(to, to.stat().st_size)

    def restore(
        self,
        backup: Path,
        passphrase: str,
        new_passphrase: str = "",
        *,
        tell: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Path | None:
        """Use what is in `backup` instead of the present database, which need be neither open nor readable. It is
        protected as the present one is (see `DatabaseProtection.replace`, also for `new_passphrase`).

        Returns where the present database is now if it could not be read: nobody but the user may say that it is
        worth nothing. Raises BadInput for a wrong passphrase or what is no backup, KnownError for a damaged one,
        StorageError, Cancelled; nothing was changed then.
        """
        from costeer.privacy.backup_file import read_backup

        cancel = cancel or CancelToken()
        with self._scratch(_RESTORED) as copy, _speaking_of(self._file):
            size = backup.stat().st_size if backup.is_file() else 0
            require_room(copy.parent, 2 * size, RESTORING)
            with copy.open("xb") as out:
                keys = read_backup(backup, passphrase, out, _watch(CHECKING, size, tell, cancel))
            _refuse_what_is_not_ours(backup, copy, keys.database)

            def make(target: Path, new: DatabaseKey | None) -> None:
                copy_database(copy, keys.database, target, new, tell=tell, cancel=cancel, what=RESTORING)
                bring_up_to_date(target, new)  # now, while the present one is still there
                sync_file(target)

            return self._protection.replace(make, new_passphrase)

    def tidy(self) -> None:
        """Remove what a backup or a restoring that was killed has left. That is encrypted, but takes room."""
        for what in (_BACKUP, _RESTORED):
            if self._scratch_file(what).exists():
                with contextlib.suppress(StorageError), self._scratch(what):  # another program may be at it
                    pass

    def remove_made(self) -> list[Path]:
        """Remove them for good. Returns those that are listed and could not be removed or looked at."""
        from costeer.privacy.backup_file import is_backup

        left = []
        for one in self._listed():
            try:
                if is_backup(one):  # otherwise something else has its name by now
                    one.unlink()
            except OSError:  # it may be on a disk that is not connected
                left.append(one)
        return left

    def _listed(self) -> list[Path]:
        try:
            with self._list_file.open("rb") as opened:
                names = json.loads(opened.read(_LONGEST_LIST))
        except (OSError, ValueError):
            return []
        return [Path(one) for one in names if isinstance(one, str)] if isinstance(names, list) else []

    def _remember(self, backup: Path) -> None:
        names = sorted({str(one) for one in (*self._listed(), backup)})
        write_atomically(self._list_file, json.dumps(names, indent=1).encode())

    @contextlib.contextmanager
    def _scratch(self, what: str) -> Iterator[Path]:
        """A file in the folder of the database, which is encrypted while it is there; one at a time."""
        scratch = self._scratch_file(what)
        with UseLock(scratch).alone(_SHORT):
            _wipe_all(scratch)  # of one that was killed
            try:
                yield scratch
            finally:
                with contextlib.suppress(OSError):
                    _wipe_all(scratch)

    def _scratch_file(self, what: str) -> Path:
        return self._file.with_name(f"{self._file.name}.{what}")


def _wipe_all(scratch: Path) -> None:
    for suffix in ("", "-journal"):
        wipe(scratch.with_name(scratch.name + suffix))


def _watch(what: Translatable, size: int, tell: ProgressCallback, cancel: CancelToken) -> Callable[[int], None]:
    def watch(done: int) -> None:
        cancel.raise_if_cancelled()
        tell(Progress(what, min(done, size), size))

    return watch


def _refuse_what_is_not_ours(backup: Path, copy: Path, key: DatabaseKey) -> None:
    """Raises DatabaseTooNew, and StorageError where there is no database of ours in the backup."""
    revision = revisions.stored_revision(copy, patience=PATIENCE, key=key)
    if revision is None:
        raise StorageError("The backup {file} is empty; use another one.", file=backup)
    revisions.refuse_newer(backup, revision)


@contextlib.contextmanager
def _speaking_of(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            "{file} cannot be written ({why}); check the disk.", file=file, why=system_words(error)
        ) from error
