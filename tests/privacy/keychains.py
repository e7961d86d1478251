"""Keychains for tests, in place of the developer's own."""

from __future__ import annotations

import keyring.backend
import keyring.errors


class MemoryKeychain(keyring.backend.KeyringBackend):
    """One that keeps secrets as long as the test lasts; `broken` makes it fail as a locked one does."""

    priority = 9.0
    name = "Test keychain"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def _check(self) -> None:
        if self.broken:
            raise keyring.errors.KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("no such password")


class NoKeychain(keyring.backend.KeyringBackend):
    """What keyring finds where there is none."""

    priority = 0.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.NoKeyringError("no keychain")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.NoKeyringError("no keychain")

    def delete_password(self, service: str, username: str) -> None:
        raise keyring.errors.NoKeyringError("no keychain")
