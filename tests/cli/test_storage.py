"""`costeer storage`, `backup` and `restore`, as programs and as people at a terminal use them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.cli.commands import as_json
from tests.privacy.keychains import MemoryKeychain, NoKeychain, use_file_keychain
from tests.services.at_rest.homes import files_with

from costeer.cli.main import run
from costeer.foundation.paths import AppPaths
from costeer.privacy import backup_file, key_file, sealing
from costeer.services import doctor

FACT = "My sister Zephyrine keeps alpacas."
WORDS, NEW, OWN = "correct horse battery", "another horse", "a passphrase of the backup's own"
CLI = Path(__file__).resolve().parents[2] / "app" / "costeer" / "cli"


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    for name in ("COSTEER_PASSPHRASE", "COSTEER_NEW_PASSPHRASE", "COSTEER_BACKUP_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    for module in (key_file, backup_file):
        monkeypatch.setattr(module, "key_from", lambda words, salt, n: sealing.key_from(words, salt, 2**4))
    monkeypatch.setattr("costeer.cli.storage.somebody_is_there", lambda: False)
    monkeypatch.setattr("costeer.cli.opening.somebody_is_there", lambda: False)
    yield
    keyring.set_keyring(before)


def failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(arguments) == 1
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1, told
    return told


def facts(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [str(one["text"]) for one in as_json(["profile", "show"], capsys)["entries"]]


def test_the_way_there_and_back(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["profile", "add", FACT]) == 0
    status = as_json(["storage", "status"], capsys)
    assert (status["encrypted"], status["key"], status["keychain"]) == (False, "nowhere", "")
    assert "storage encrypt" in status["next_step"]
    assert run(["storage", "status"]) == 0
    assert "is not encrypted" in capsys.readouterr().out
    assert "COSTEER_NEW_PASSPHRASE" in failure(["storage", "encrypt"], capsys)

    monkeypatch.setenv("COSTEER_NEW_PASSPHRASE", WORDS)
    status = as_json(["storage", "encrypt"], capsys)
    assert (status["encrypted"], status["key"]) == (True, "passphrase")
    assert files_with(home, FACT, WORDS) == []
    assert "COSTEER_PASSPHRASE" in failure(["profile", "show"], capsys)
    monkeypatch.setenv("COSTEER_PASSPHRASE", "wrong horse")
    assert "does not open the database" in failure(["profile", "show"], capsys)
    monkeypatch.setenv("COSTEER_PASSPHRASE", WORDS)
    assert facts(capsys) == [FACT]

    monkeypatch.setenv("COSTEER_NEW_PASSPHRASE", NEW)
    assert as_json(["storage", "change-key"], capsys)["key"] == "passphrase"
    assert "does not open the database" in failure(["profile", "show"], capsys)
    monkeypatch.setenv("COSTEER_PASSPHRASE", NEW)
    keychain = MemoryKeychain()
    keyring.set_keyring(keychain)
    assert as_json(["storage", "change-key"], capsys)["key"] == "keychain"
    monkeypatch.delenv("COSTEER_PASSPHRASE")
    assert facts(capsys) == [FACT]
    assert run(["storage", "status"]) == 0
    assert "Test keychain" in capsys.readouterr().out
    monkeypatch.setenv("COSTEER_NEW_PASSPHRASE", WORDS)
    assert "already" in failure(["storage", "encrypt", "--passphrase"], capsys)

    assert as_json(["storage", "decrypt"], capsys)["wished_plain"] is True
    assert "not encrypted" in failure(["storage", "change-key"], capsys)
    assert keychain.kept == {}
    assert facts(capsys) == [FACT]
    assert as_json(["storage", "status"], capsys)["encrypted"] is False
    assert as_json(["storage", "encrypt", "--passphrase"], capsys)["key"] == "passphrase"


def test_a_backup_and_the_way_back(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keychain = MemoryKeychain()
    keyring.set_keyring(keychain)
    assert run(["profile", "add", FACT]) == 0
    backup = home / "backup"
    assert "COSTEER_BACKUP_PASSPHRASE" in failure(["backup", str(backup)], capsys)
    assert "COSTEER_BACKUP_PASSPHRASE" in failure(["restore", str(backup)], capsys)
    monkeypatch.setenv("COSTEER_BACKUP_PASSPHRASE", OWN)
    made = as_json(["backup", str(backup)], capsys)
    assert made == {"file": str(backup), "size": backup.stat().st_size}
    assert files_with(home, FACT, OWN) == []

    monkeypatch.setenv("COSTEER_HOME", str(home / "other"))
    keychain.kept.clear()
    found = as_json(["restore", str(backup)], capsys)
    assert found == {"conversations": 0, "ledger_ok": True, "unreadable_kept_at": None}
    assert facts(capsys) == [FACT]
    keychain.kept.clear()
    assert "holds no key for it" in failure(["profile", "show"], capsys)
    assert Path(as_json(["restore", str(backup)], capsys)["unreadable_kept_at"]).is_file()
    assert facts(capsys) == [FACT]
    monkeypatch.setenv("COSTEER_BACKUP_PASSPHRASE", "wrong")
    assert "does not open the backup" in failure(["restore", str(backup)], capsys)
    assert facts(capsys) == [FACT]


def test_doctor_tells_of_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def checks() -> dict[str, dict[str, object]]:
        paths = AppPaths.locate()
        found = (doctor.check_database(paths, ""), doctor.check_encryption(paths), doctor.check_keychain(paths))
        return {one.name: {"ok": one.ok, "detail": one.detail, "fix": one.fix} for one in found}

    assert run(["profile", "add", FACT]) == 0
    found = checks()
    assert "NOT encrypted" in str(found["Encryption"]["detail"])
    assert "passphrase" in str(found["Encryption"]["fix"])
    keyring.set_keyring(MemoryKeychain())
    found = checks()
    assert found["Database"]["ok"]
    assert "Test keychain" in str(found["Encryption"]["detail"])
    assert "Test keychain" in str(found["Keychain"]["detail"])
    file = AppPaths.locate().database_file
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    damaged = checks()["Database"]
    assert not damaged["ok"]
    assert "costeer restore" in str(damaged["fix"])


def program(home: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """One with a keychain of its own, and with a mask that forbids nobody anything."""
    environment = {
        **os.environ,
        **use_file_keychain(home.parent / f"{home.name}-keychain.json"),
        "COSTEER_HOME": str(home),
        **extra,
    }
    return subprocess.run(
        [sys.executable, "-m", "costeer", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        umask=0,
    )


@pytest.mark.thorough
def test_all_that_is_written_is_for_the_user_only(tmp_path: Path) -> None:
    root = tmp_path / "program"
    words = {"COSTEER_BACKUP_PASSPHRASE": OWN}
    for arguments in (
        ["profile", "add", FACT],
        ["ask", "Hello.", "--max-tokens", "4"],
        ["backup", str(root / "backup")],
        ["ledger", "export", str(root / "ledger.json")],
        ["export", "--to", str(root / "all.json")],
        ["doctor"],
        [],  # the window
    ):
        done = program(root, *arguments, **words, COSTEER_BENCH_START="1", QT_QPA_PLATFORM="offscreen")
        assert done.returncode == 0, done.stderr
    written = [root, *root.rglob("*")]
    assert len([one for one in written if one.is_file()]) > 8
    wrong = [
        f"{one.relative_to(tmp_path)} {stat.S_IMODE(one.stat().st_mode):o}"
        for one in written
        if stat.S_IMODE(one.stat().st_mode) & 0o077
    ]
    assert wrong == []
    assert (root / "config" / "window.json") in written
    assert files_with(root, FACT, OWN) == []


@pytest.mark.thorough
def test_erasing_leaves_nothing(tmp_path: Path) -> None:
    root, backup = tmp_path / "program", tmp_path / "disk" / "backup"
    backup.parent.mkdir()
    for arguments in (["profile", "add", FACT], ["backup", str(backup)]):
        done = program(root, *arguments, COSTEER_BACKUP_PASSPHRASE=OWN)
        assert done.returncode == 0, done.stderr
    keychain = tmp_path / "program-keychain.json"
    assert "costeer-desktop-database" in keychain.read_text()
    refused = program(root, "storage", "erase")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert backup.exists()
    done = program(root, "storage", "erase", "--yes")
    assert done.returncode == 0, done.stderr
    assert list(root.iterdir()) == []
    assert not backup.exists()
    assert keychain.read_text() == "{}"


def test_every_command_can_ask_for_the_passphrase() -> None:
    """Which `opening.open_here` does; what opens the application in another way has a reason."""
    others = {one.name for one in CLI.glob("*.py") if "open_application(" in one.read_text(encoding="utf-8")}
    assert others == {"opening.py", "doctor.py"}
