"""What a passphrase protects: scrypt makes a key of it, slowly and in much memory; AES-GCM seals under that key.

A sealed value is bound to its name, so that it cannot be passed off as another. Any thread.
"""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SCRYPT_N = 2**17
"""128 MiB and a third of a second for each guess (with r=8, p=1: what OWASP recommends)."""

SALT_BYTES = 16
_LARGEST_N = 2**20
_NONCE = 12


def is_cost(n: int) -> bool:
    """Whether `n`, read from a file, is one that this computer should be put to."""
    return 2 <= n <= _LARGEST_N and not n & (n - 1)


def key_from(passphrase: str, salt: bytes, n: int = SCRYPT_N) -> bytes:
    """256 bits."""
    return Scrypt(salt, 32, n, 8, 1).derive(passphrase.encode("utf-8", "surrogatepass"))


def seal(key: bytes, name: str, text: str) -> str:
    """In base64."""
    return base64.b64encode(seal_bytes(key, name, text.encode())).decode()


def unseal(key: bytes, name: str, sealed: str) -> str | None:
    """None where another passphrase or another name has sealed it."""
    try:
        data = unseal_bytes(key, name, base64.b64decode(sealed, validate=True))
        return None if data is None else data.decode()
    except (binascii.Error, ValueError):
        return None


def seal_bytes(key: bytes, name: str, data: bytes) -> bytes:
    """28 bytes longer than `data`."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, name.encode())


def unseal_bytes(key: bytes, name: str, sealed: bytes) -> bytes | None:
    """None where another key or another name has sealed it, or nobody."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
    except (InvalidTag, ValueError):
        return None
