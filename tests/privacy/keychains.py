"""Keychains for tests, in place of the developer's own."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


FILE_KEYCHAIN = "COSTEER_TEST_KEYCHAIN"


class FileKeychain(keyring.backend.KeyringBackend):
    """One that several processes share: a file, named by the environment, that only these tests know."""

    priority = 9.0
    name = "Test keychain in a file"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @contextmanager
    def _kept(self) -> Iterator[dict[str, str]]:
        with Path(os.environ[FILE_KEYCHAIN]).open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            kept: dict[str, str] = json.loads(file.read() or "{}")
            before = dict(kept)
            yield kept
            if kept != before:
                file.seek(0)
                file.truncate()
                json.dump(kept, file)

    def get_password(self, service: str, username: str) -> str | None:
        with self._kept() as kept:
            return kept.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        with self._kept() as kept:
            kept[f"{service} {username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        with self._kept() as kept:
            if kept.pop(f"{service} {username}", None) is None:
                raise keyring.errors.PasswordDeleteError("no such password")


def use_file_keychain(file: Path) -> dict[str, str]:
    """The environment with which a child process has its keychain in `file`."""
    return {
        "PYTHON_KEYRING_BACKEND": f"{__name__}.{FileKeychain.__name__}",
        FILE_KEYCHAIN: str(file),
        "PYTHONPATH": os.pathsep.join((str(_ROOT / "app"), str(_ROOT))),
    }


_ROOT = Path(__file__).resolve().parents[2]
