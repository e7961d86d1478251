"""The folder of fast copies: what a copy is called, when it is complete, and which are removed.

Everything in it can be made again at any time. A copy is written under a name that tells the process that writes
it and is renamed when it is complete, so that a file with a copy's name is a copy. Pure file handling; the model
process uses it, several at the same time perhaps.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_HEAD_BYTES = 1 << 20
_PART = re.compile(r"\.(\d+)\.part$")
_UNUSED_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class CopyFiles:
    """Where the copy of one source is and where it is written; `others` of the same source match `pattern`."""

    copy: Path
    part: Path
    pattern: str

    @classmethod
    def of(cls, source: Path, folder: Path, recipe: str) -> CopyFiles:
        """Names for the copy of `source` that `recipe` makes. Raises OSError when the source cannot be read.

        The name changes when the source does: its first MiB (a GGUF's metadata and tensor table), its size and its
        time of change. All of a file's bytes would be surer and take longer to read than to convert.
        """
        status = source.stat()
        with source.open("rb") as handle:
            head = handle.read(_HEAD_BYTES)
        place = hashlib.sha256(os.fsencode(source.resolve())).hexdigest()[:8]
        state = f"{recipe} {status.st_size} {status.st_mtime_ns} ".encode()
        stem = f"{source.stem[:80]}.{place}"
        copy = folder / f"{stem}.{hashlib.sha256(state + head).hexdigest()[:12]}.gguf"
        return cls(copy, copy.with_name(f"{copy.name}.{os.getpid()}.part"), place)

    def exists(self) -> bool:
        """Whether the copy is there; if so it is marked as used now."""
        with contextlib.suppress(OSError):
            os.utime(self.copy)
            return True
        return False

    def complete(self) -> None:
        """Make what was written the copy. Raises OSError."""
        with self.part.open("rb+") as handle:
            os.fsync(handle.fileno())  # else a power cut could leave a copy without its contents
        os.replace(self.part, self.copy)

    def discard(self) -> None:
        """Remove what was written so far, or what was made."""
        for one in (self.part, self.copy):
            with contextlib.suppress(OSError):  # Windows keeps an open file: the next tidy removes it
                one.unlink()

    def tidy(self) -> None:
        """Remove copies of this source's earlier states, copies that were not used for a month, and what killed
        processes left."""
        oldest = time.time() - _UNUSED_SECONDS
        for one in self.copy.parent.iterdir():
            if one in (self.copy, self.part):
                continue
            with contextlib.suppress(OSError):  # in use on Windows, or removed by another process
                if self._is_stale(one, oldest):
                    one.unlink()

    def _is_stale(self, one: Path, oldest: float) -> bool:
        if part := _PART.search(one.name):
            return int(part[1]) == os.getpid() or not psutil.pid_exists(int(part[1]))
        if one.suffix != ".gguf":
            return False
        return f".{self.pattern}." in one.name or one.stat().st_mtime < oldest
