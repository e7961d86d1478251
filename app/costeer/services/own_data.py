"""What the application keeps on this computer: how much, which models, and how to be rid of it.

Sizes are read from the disk each time; nothing is remembered. Any thread; reading walks over folders, so not the
window's.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from costeer.foundation.errors import KnownError
from costeer.foundation.files import overwrite
from costeer.foundation.paths import AppPaths, environment_models
from costeer.foundation.settings import Settings
from costeer.local.catalogue import load_catalogue
from costeer.privacy.keychain import KeyStore
from costeer.services.at_rest.backups import BackupService
from costeer.services.at_rest.protection import DatabaseProtection
from costeer.services.endpoints import key_of
from costeer.storage.sqlite import salt_of
from costeer.storage.use_lock import UseLock

log = logging.getLogger(__name__)

FAST_COPIES = "fast-models"
"""The folder in the cache that `bootstrap` has copies put into."""

_SHORT = 0.5
"""Seconds to wait for other programs."""

ModelKind = Literal["shipped", "own", "copy"]


@dataclass(frozen=True, slots=True)
class ModelOnDisk:
    """`id` is what the settings call it; empty for a copy, which nobody chooses. `size` in bytes.

    Shipped ones came with the set-up and are in the Python environment; own ones lie in the folder of the user's
    models; copies are made by the application and can be made again.
    """

    id: str
    name: str
    file: Path
    size: int
    kind: ModelKind


@dataclass(frozen=True, slots=True)
class DataUse:
    """Bytes, by what they hold. `folder` is where the conversations are."""

    folder: Path
    conversations: int
    models: int
    cache: int
    logs: int

    @property
    def total(self) -> int:
        return self.conversations + self.models + self.cache + self.logs


class OwnDataService:
    """`settings` says which endpoints there are, whose keys are forgotten with everything else."""

    def __init__(
        self,
        paths: AppPaths,
        keys: KeyStore,
        settings: Callable[[], Settings],
        protection: DatabaseProtection,
        backups: BackupService,
    ) -> None:
        self._protection = protection
        self._backups = backups
        self._paths = paths
        self._keys = keys
        self._settings = settings

    def models(self) -> list[ModelOnDisk]:
        """Every model file, the shipped ones first, copies last."""
        by_file = {entry.file: entry for entry in load_catalogue().values()}
        found: dict[Path, ModelOnDisk] = {}
        folders: tuple[tuple[Path, ModelKind], ...] = (
            (environment_models(), "shipped"),
            (self._paths.models, "own"),
            (self._paths.cache / FAST_COPIES, "copy"),
        )
        for folder, kind in folders:
            for file, size in _files(folder, ".gguf"):
                entry = by_file.get(file.name) if kind != "copy" else None
                chosen_as = "" if kind == "copy" else entry.id if entry else str(file)
                name = entry.name if entry else file.stem
                found.setdefault(file, ModelOnDisk(chosen_as, name, file, size, kind))
        return list(found.values())

    def remove_copies(self) -> int:
        """Remove the copies in faster types. Returns how many bytes that was; one in use on Windows stays."""
        freed = 0
        for file, size in list(_files(self._paths.cache / FAST_COPIES, ".gguf")):
            with contextlib.suppress(OSError):
                file.unlink()
                freed += size
        return freed

    def use(self) -> DataUse:
        paths = self._paths
        models = _size(paths.models)
        return DataUse(
            paths.data,
            conversations=_size(paths.data) - models + _size(paths.config),
            models=models,
            cache=_size(paths.cache),
            logs=_size(paths.log),
        )

    def forget_all(self) -> list[Path]:
        """The first step of deleting everything, after which nothing that is encrypted can be read any more: take
        the keys of all endpoints and of the database out of the keychain, and remove the backups that were made.

        Returns the backups that are not where they were made. Raises StorageError while another program has the
        database open, and nothing was done; KnownError when a key stays.
        """
        if not self._paths.database_file.exists():
            return self._forget_alone()
        with self._protection.alone():
            return self._forget_alone()

    def _forget_alone(self) -> list[Path]:
        for endpoint in self._settings().endpoints:
            self._keys.remove(key_of(endpoint))
        self._protection.forget_keys()
        return self._backups.remove_made()


def _require_unused(paths: AppPaths) -> None:
    """Raises StorageError while another program has the database open."""
    if paths.database_file.exists():
        with UseLock(paths.database_file).alone(_SHORT):
            pass


def erase(paths: AppPaths) -> None:
    """Remove every folder of the application, for good; what is not encrypted is overwritten first, wherever it is
    below them, but for models and their copies.
    Nothing may be open in them any more.

    Raises StorageError while another program has the database open, and KnownError when something stays.
    """
    _require_unused(paths)
    for folder in (paths.data, paths.config, paths.cache, paths.log):
        for file in folder.rglob("*"):  # which follows no link
            with contextlib.suppress(OSError):  # whatever stays is named below
                if file.is_file() and not file.is_symlink() and _is_telling(file, paths):
                    overwrite(file)
    for folder in (paths.data, paths.config, paths.cache, paths.log):
        shutil.rmtree(folder, ignore_errors=True)
    left = [str(one) for one in (paths.data, paths.config, paths.cache, paths.log) if one.exists()]
    if left:
        raise KnownError("Not everything could be deleted; remove {files} by hand.", files=left)


def _is_telling(file: Path, paths: AppPaths) -> bool:
    """Models are everybody's; what its key is forgotten of need not be overwritten, and may be large."""
    model = file.is_relative_to(paths.models) or file.is_relative_to(paths.cache / FAST_COPIES)
    return not model and not _is_encrypted(file, paths)


def _is_encrypted(file: Path, paths: AppPaths) -> bool:
    if file.name.endswith(("-wal", "-journal")):  # which do not tell
        return False
    return file.name.startswith(paths.database_file.name) and salt_of(file) is not None


def _files(folder: Path, suffix: str = "") -> Iterator[tuple[Path, int]]:
    """The files below `folder` and their sizes; what disappears meanwhile is left out."""
    if not folder.is_dir():
        return
    for one in sorted(folder.rglob(f"*{suffix}")):
        with contextlib.suppress(OSError):
            if one.is_file():
                yield one, one.stat().st_size


def _size(folder: Path) -> int:
    return sum(size for _, size in _files(folder))
