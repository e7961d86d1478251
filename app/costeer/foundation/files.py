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
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
