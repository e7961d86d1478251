"""The JSON files to be read: a file itself, or those in a zip. Bounded in size, whatever a zip declares.

All raise BadInput with a sentence about the file. One thread.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import Translatable
from costeer.services.transfer.elements import Read
from costeer.services.transfer.untrusted import name

LARGEST_FILE = 4_000_000_000
"""Bytes of JSON in one file, or in all of a zip."""

_LARGEST_DIRECTORY = 32_000_000
"""Bytes of a zip's list of files, about 300,000 of them; Python holds some twenty times as much."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others may ask for gigabytes of memory before the first byte comes."""

_BEGINNINGS_OF_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


Tell = Callable[[int, int], None]
"""Is called with the bytes that have been read, and their total as far as it is known."""


@dataclass(slots=True)
class _Meter:
    """Counts what is read of one file, tells of it, and stops where the user wants it or it becomes too much."""

    file: Path
    total: int
    tell: Tell
    cancel: CancelToken
    done: int = 0

    def reader(self, stream: IO[bytes]) -> Read:
        def read(size: int) -> bytes:
            self.cancel.raise_if_cancelled()
            with _problems_of(self.file):
                data = stream.read(size)
            self.done += len(data)
            if self.done > LARGEST_FILE:
                raise BadInput(
                    "{name} holds more than {most} GB; import it in parts.",
                    name=self.file.name,
                    most=LARGEST_FILE // 10**9,
                )
            self.tell(self.done, self.total)
            return data

        return read


@dataclass(frozen=True, slots=True)
class JsonSource:
    """`label` names it for people: the file, and where it is in a zip, its place there."""

    label: str
    read: Read


@contextmanager
def sources_of(file: Path, tell: Tell, cancel: CancelToken) -> Iterator[Iterator[JsonSource]]:
    """The JSON files of `file`, each to be read before the next is asked for."""
    with contextlib.ExitStack() as stack:
        with _problems_of(file):
            stream = stack.enter_context(_Careful(io.FileIO(file)))
            zipped = stream.peek(4)[:4] in _BEGINNINGS_OF_ZIPS
            archive = stack.enter_context(zipfile.ZipFile(stream)) if zipped else None
            size = file.stat().st_size
        if archive is not None:
            yield _members(file, archive, tell, cancel)
        else:
            yield iter([JsonSource(file.name, _Meter(file, size, tell, cancel).reader(stream))])


class _Careful(io.BufferedReader):
    """Reads no more at once than a zip's list of files may have: `zipfile` asks for as much as the zip says."""

    def read(self, size: int | None = -1) -> bytes:
        most = _LARGEST_DIRECTORY if size is None or size < 0 else size
        if most > _LARGEST_DIRECTORY:
            raise BadInput("The zip declares a list of files of an absurd size; export the data once more.")
        return super().read(most)


@contextmanager
def _problems_of(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BadInput("There is no file {file}; check its name.", file=file) from None
    except IsADirectoryError:
        raise BadInput("{file} is a folder; choose the files in it.", file=file) from None
    except _DAMAGED as error:
        said = isinstance(error, OSError) and error.strerror
        why = Translatable.verbatim(said) if said else Translatable("it is damaged")
        raise BadInput(
            "{name} cannot be read ({why}); download or export it once more.", name=file.name, why=why
        ) from error


def _members(file: Path, archive: zipfile.ZipFile, tell: Tell, cancel: CancelToken) -> Iterator[JsonSource]:
    """Those that are JSON by their name, in the order of their names, which is that of an export in parts."""
    found = [one for one in archive.infolist() if _is_json(one.filename) and not one.is_dir()]
    if not found:
        raise BadInput("{name} holds no JSON file; choose the zip that the export gave.", name=file.name)
    total = sum(one.file_size for one in found)
    if total > LARGEST_FILE:
        raise BadInput(
            "{name} declares more than {most} GB; import it in parts.",
            name=file.name,
            most=LARGEST_FILE // 10**9,
        )
    meter = _Meter(file, total, tell, cancel)
    for one in sorted(found, key=lambda one: one.filename):
        if one.flag_bits & _ENCRYPTED or one.compress_type not in _METHODS:
            raise BadInput(
                "{name} is encrypted or packed in an unusual way; unpack it and choose the JSON file.",
                name=file.name,
            )
        with _problems_of(file):
            stream = archive.open(one)
        with stream:
            yield JsonSource(f"{file.name}: {name(one.filename)}", meter.reader(stream))


def _is_json(member: str) -> bool:
    path = PurePosixPath(member)
    return path.suffix.lower() == ".json" and not path.name.startswith(".") and path.parts[0] != "__MACOSX"
