"""The adapters that have been trained for local models: versions, the one in use, going back, deleting.

There is a folder for each kind and model; in it, for each version, the adapter (`3.gguf`) and what is known of it
(`3.json`), and the number of the version in use (`in-use`). Files are for the user only. A personal adapter tells
something of what it was trained on, and so does what is known of it: both are sealed, under a key that is kept in
the database, and so is what an unfinished training leaves.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from costeer.foundation.errors import BadInput, KnownError, StorageError
from costeer.foundation.files import write_atomically
from costeer.foundation.system_words import system_words
from costeer.privacy.sealable_file import SealableFile
from costeer.storage.file_lock import FileLock

Kind = Literal["reward", "personal"]

_IN_USE, _WORKING = "in-use", "training"
_VERSION = re.compile(r"(\d{1,6})\.json")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Adapter:
    """One version. `figures` are what was measured of it, by name; `learnt_from` are the ids of the user's texts
    that it was trained on, those included that told when to end."""

    kind: Kind
    model: str
    version: int
    created: datetime
    file: SealableFile
    figures: Mapping[str, float]
    learnt_from: frozenset[str] = frozenset()


class AdapterShelf:
    """Any thread; two changes at the same time are the caller's to avoid. All raise StorageError. `key` tells the
    key that personal adapters are sealed under."""

    def __init__(self, folder: Path, key: Callable[[], bytes]) -> None:
        self._folder = folder
        self._key = key

    def all(self, kind: Kind, model_file: Path) -> list[Adapter]:
        """The versions for a model, oldest first; what cannot be read is not among them."""
        return self._versions(kind, self._of(kind, model_file))

    def in_use(self, kind: Kind, model_file: Path) -> Adapter | None:
        """The version that is steered by; None where there is none."""
        number = _used(self._of(kind, model_file))
        return next((one for one in self.all(kind, model_file) if one.version == number), None)

    def room_for(self, kind: Kind, model_file: Path) -> tuple[int, SealableFile]:
        """The number of the next version, and where its adapter is to be written. It is above that of any version
        that cannot be read just now, and of one that is said to be in use: it is not to be taken for that."""
        folder = self._of(kind, model_file)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            taken = [int(match[1]) for one in folder.iterdir() if (match := _VERSION.fullmatch(one.name))]
        except OSError as error:
            raise _unwritable(folder, error) from error
        version = max(0, *taken, _used(folder) or 0) + 1
        return version, SealableFile(folder / f"{version}.gguf", self._key_for(kind))

    def add(
        self,
        kind: Kind,
        model_file: Path,
        version: int,
        figures: Mapping[str, float],
        learnt_from: Iterable[str] = (),
    ) -> Adapter:
        """Its adapter has been written to where `room_for` said. It is not in use yet."""
        record = SealableFile(self._of(kind, model_file) / f"{version}.json", self._key_for(kind))
        told = {
            "created": datetime.now(UTC).isoformat(),
            "model": model_file.name,
            "figures": dict(figures),
            "learnt_from": sorted(learnt_from),
        }
        try:
            record.write(json.dumps(told).encode())
        except OSError as error:
            raise _unwritable(record.path.parent, error) from error
        added = _read(kind, record, version)
        if added is None:
            raise StorageError("The adapter that was just written is gone; train again.")
        return added

    def take_in(self, kind: Kind, model_file: Path, adapter: SealableFile) -> Adapter:
        """Copy an adapter that lies elsewhere, and use it."""
        try:
            content = adapter.read()
        except OSError as error:
            raise StorageError(
                "The adapter {file} cannot be read ({why}).", file=adapter.path, why=system_words(error)
            ) from error
        version, file = self.room_for(kind, model_file)
        try:
            file.write(content)
        except OSError as error:
            raise _unwritable(file.path.parent, error) from error
        added = self.add(kind, model_file, version, {})
        self.use(kind, model_file, version)
        return added

    def use(self, kind: Kind, model_file: Path, version: int | None) -> None:
        """Steer by this version from the next answer on; None: by none."""
        if version is None:
            self._remove(self._of(kind, model_file) / _IN_USE)
            return
        if version not in [one.version for one in self.all(kind, model_file)]:
            raise BadInput("There is no version {version} of this adapter; choose another.", version=version)
        file = self._of(kind, model_file) / _IN_USE
        try:
            write_atomically(file, str(version).encode())
        except OSError as error:
            raise _unwritable(file.parent, error) from error

    def delete(self, kind: Kind, model_file: Path, version: int) -> None:
        """For good. When it was in use, none is any more."""
        folder = self._of(kind, model_file)
        used = self.in_use(kind, model_file)
        if used is not None and used.version == version:
            self.use(kind, model_file, None)
        for name in (f"{version}.json", f"{version}.gguf"):
            self._remove(folder / name)

    def forget(self, kind: Kind, ids: Iterable[str]) -> list[int]:
        """Delete what has learnt from one of the user's texts `ids`, whichever model it is for: the versions,
        which are returned, and whatever an unfinished training has left behind, as nobody knows of what."""
        forgotten, gone = frozenset(ids), []
        folder = self._folder / kind
        for of_model in sorted(folder.iterdir()) if folder.is_dir() else ():
            known = {one.version: one for one in self._versions(kind, of_model)}
            kept = [one for one in known.values() if forgotten.isdisjoint(one.learnt_from)]
            files = {one.file.path for one in kept}
            gone += sorted(known.keys() - {one.version for one in kept})
            if (used := _used(of_model)) is not None and used not in {one.version for one in kept}:
                self._remove(of_model / _IN_USE)
            for file in (*of_model.glob("*.gguf"), *(of_model / _WORKING).glob("*")):
                if file not in files:
                    self._remove(file)
                    self._remove(file.with_suffix(".json"))
        return gone

    @contextlib.contextmanager
    def alone(self, work: Kind | Literal["augmenting"]) -> Iterator[None]:
        """No other program does such work on these adapters during the block. Raises KnownError where one does."""
        lock = FileLock(self._folder / f"{work}.lock")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            taken = lock.take(alone=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        if not taken:
            raise KnownError("Another window or command is at this already; wait for its end, or stop it there.")
        try:
            yield
        finally:
            lock.release()

    def working_folder(self, kind: Kind, model_file: Path) -> Path:
        """Where a training keeps what it needs to go on."""
        folder = self._of(kind, model_file) / _WORKING
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _unwritable(folder, error) from error
        return folder

    def end_training(self, kind: Kind, model_file: Path) -> None:
        """Its adapter has been added: what it needed to go on goes."""
        for file in self.working_folder(kind, model_file).iterdir():
            self._remove(file)

    def _of(self, kind: Kind, model_file: Path) -> Path:
        """Models of one name and size are the same one."""
        try:
            size = model_file.stat().st_size
        except OSError:
            size = 0
        return self._folder / kind / f"{_UNSAFE.sub('-', model_file.stem)[:80]}-{size}"

    def _key_for(self, kind: Kind) -> bytes | None:
        return self._key() if kind == "personal" else None

    def _versions(self, kind: Kind, folder: Path) -> list[Adapter]:
        found = []
        for record in folder.glob("*.json") if folder.is_dir() else ():
            match = _VERSION.fullmatch(record.name)
            one = _read(kind, SealableFile(record, self._key_for(kind)), int(match[1])) if match else None
            if one is not None:
                found.append(one)
        return sorted(found, key=lambda one: one.version)

    def _remove(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(file.parent, error) from error


def _used(folder: Path) -> int | None:
    """The number that is written there, whether there is such a version or not."""
    try:
        return int((folder / _IN_USE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _read(kind: Kind, record: SealableFile, version: int) -> Adapter | None:
    try:
        told = json.loads(record.read())
        created = datetime.fromisoformat(told["created"])
        figures = {str(name): float(value) for name, value in told["figures"].items()}
        model = str(told["model"])
        learnt_from = frozenset(map(str, told.get("learnt_from", ())))
    except (OSError, StorageError, ValueError, KeyError, TypeError, AttributeError):
        return None
    file = SealableFile(record.path.with_suffix(".gguf"), record.key)
    usable = file.path.is_file() and all(map(math.isfinite, figures.values()))
    return Adapter(kind, model, version, created, file, figures, learnt_from) if usable else None


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        "Adapters cannot be kept in {folder} ({why}); make room there.", folder=folder, why=system_words(error)
    )
