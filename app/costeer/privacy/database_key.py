"""The key of an encrypted database. Nothing is imported here, so that knowing what a key is costs no start."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import ClassVar

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class DatabaseKey:
    """256 random bits, and the salt that stands at the beginning of the file which they encrypt: the salt is no
    secret, and says which key a file needs."""

    SECRET_BYTES: ClassVar[int] = 32

    secret: bytes = field(repr=False)
    salt: bytes

    @classmethod
    def new(cls) -> DatabaseKey:
        return cls(os.urandom(cls.SECRET_BYTES), os.urandom(SALT_BYTES))

    def for_sqlcipher(self) -> str:
        """A raw key, from which none is derived."""
        return f"x'{self.secret.hex()}{self.salt.hex()}'"
