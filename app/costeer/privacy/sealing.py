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
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), name.encode())).decode()


def unseal(key: bytes, name: str, sealed: str) -> str | None:
    """None where another passphrase or another name has sealed it."""
    try:
        data = base64.b64decode(sealed, validate=True)
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], name.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return None
