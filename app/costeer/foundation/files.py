"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def write_atomically(file: Path, data: bytes) -> None:
    """A crash leaves either the old file or the new one, which only the user can read. Its folder must be there.
    Raises OSError."""
    with writing_atomically(file) as out:
        out.write(data)


@contextlib.contextmanager
def writing_atomically(file: Path) -> Iterator[BinaryIO]:
    """As `write_atomically`, for what is too large to hold: `file` is there when the block ends, and is as it was
    when the block raises. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        replace(Path(temporary), file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def replace(file: Path, by: Path) -> None:
    """Give `file` the name `by`, in the place of whatever is called so; a crash of the system does not undo it.
    Raises OSError."""
    os.replace(file, by)
    sync_folder(by.parent)


def sync_file(file: Path) -> None:
    """Until what is in `file` is on the disk. Raises OSError."""
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Until the names in `folder` are on the disk; Windows has no such thing, nor has a folder that one may only
    write to. Raises OSError."""
    if os.name != "posix":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def overwrite(file: Path) -> None:
    """With zeros, to its length, on the disk. Raises OSError.

    Disks that write elsewhere than they are told (SSDs, journalling or copying file systems) may keep the old
    blocks for a while all the same.
    """
    zeros = bytes(1 << 20)
    with file.open("r+b") as opened:
        left = os.fstat(opened.fileno()).st_size
        while left > 0:
            left -= opened.write(zeros[: min(left, len(zeros))])
        opened.flush()
        os.fsync(opened.fileno())
