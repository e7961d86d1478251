"""Bytes at a path, for libraries that only read and write files, without a file on the disk where that can be."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def memory_file(data: bytes = b"") -> Iterator[Path]:
    """A path of this process that begins with `data`, as long as the block lasts. On Linux it is memory alone;
    elsewhere a file that only the user can read, which is removed afterwards. Raises OSError."""
    if sys.platform == "linux":
        handle = os.memfd_create("costeer", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(handle), "wb") as out:
                out.write(data)
            yield Path(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
    else:
        handle, name = tempfile.mkstemp(prefix="costeer-")
        file = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            yield file
        finally:
            file.unlink(missing_ok=True)
