"""The key of an encrypted database. Nothing is imported here, so that knowing what a key is costs no start."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

SALT_BYTES = 16
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class DatabaseKey:
    """256 random bits, and the salt that stands at the beginning of the file which they encrypt: the salt is no
    secret, and says which key a file needs."""

    secret: bytes = field(repr=False)
    salt: bytes

    @classmethod
    def new(cls) -> DatabaseKey:
        return cls(os.urandom(_SECRET_BYTES), os.urandom(SALT_BYTES))

    def for_sqlcipher(self) -> str:
        """A raw key, from which none is derived."""
        return f"x'{self.secret.hex()}{self.salt.hex()}'"
