"""API keys, in the operating system's keychain and nowhere else."""

from __future__ import annotations

import contextlib
import os

import keyring
import keyring.errors

from costeer.foundation.errors import KnownError

SERVICE = "costeer-desktop"
ENVIRONMENT_KEY = "COSTEER_API_KEY"
"""For computers without a keychain: read at every use, never stored."""


def keychain_name() -> str:
    """The name of the keychain that keys go to; empty when this computer offers none."""
    backend = keyring.get_keyring()
    return "" if backend.priority <= 0 else backend.name


def read_key(endpoint: str) -> str:
    """The key of `endpoint`, empty when there is none: not every server wants one."""
    from_environment = os.environ.get(ENVIRONMENT_KEY, "")
    if from_environment:
        return from_environment
    try:
        return keyring.get_password(SERVICE, endpoint) or ""
    except keyring.errors.KeyringError:
        return ""


def remove_key(endpoint: str) -> None:
    """Forget the key of `endpoint`, if there is one."""
    with contextlib.suppress(keyring.errors.KeyringError):
        keyring.delete_password(SERVICE, endpoint)


def store_key(endpoint: str, key: str) -> None:
    """Put the key into the keychain. Raises KnownError where there is none."""
    try:
        keyring.set_password(SERVICE, endpoint, key)
    except keyring.errors.KeyringError as error:
        raise KnownError(
            f"The key was not stored, because this computer offers no keychain ({error}); "
            f"set {ENVIRONMENT_KEY} in the environment instead."
        ) from error
