"""A file that is sealed on the disk where it tells something of the user, and whole again only in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from costeer.foundation.errors import StorageError
from costeer.foundation.files import write_atomically
from costeer.foundation.memory_file import memory_file


@dataclass(frozen=True, slots=True)
class SealableFile:
    """`key` are 256 bits; without one the file is as it is. What is sealed is bound to the file's name."""

    path: Path
    key: bytes | None = field(default=None, repr=False)

    def read(self) -> bytes:
        """Raises OSError, and StorageError for what this key did not seal."""
        data = self.path.read_bytes()
        if self.key is None:
            return data
        # Imported here: processes that only ever read what is not sealed should not wait for the ciphers.
        from costeer.privacy.sealing import unseal_bytes

        opened = unseal_bytes(self.key, self.path.name, data)
        if opened is None:
            raise StorageError(
                "The file {file} is damaged, or belongs to another database than this one; remove it.",
                file=self.path,
            )
        return opened

    def write(self, data: bytes) -> None:
        """Whole or not at all. Raises OSError."""
        if self.key is not None:
            from costeer.privacy.sealing import seal_bytes

            data = seal_bytes(self.key, self.path.name, data)
        write_atomically(self.path, data)

    @contextlib.contextmanager
    def readable(self) -> Iterator[Path]:
        """A path that a library can read, as long as the block lasts. Raises as `read`."""
        if self.key is None:
            yield self.path
            return
        with memory_file(self.read()) as path:
            yield path
