"""Keys in a keychain, and in a file that a passphrase seals."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest

from costeer.foundation.errors import BadInput, KeysLocked, KnownError
from costeer.foundation.given_secrets import ENVIRONMENT_KEY, PASSPHRASE
from costeer.privacy import sealing
from costeer.privacy.key_file import KeyFile
from costeer.privacy.keychain import SERVICE, KeyStore
from tests.privacy.keychains import MemoryKeychain, NoKeychain

KEY = "sk-very-secret-4711"
N = 2**4
"""A cost that makes tests quick."""


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    monkeypatch.delenv(ENVIRONMENT_KEY, raising=False)
    monkeypatch.delenv(PASSPHRASE, raising=False)
    monkeypatch.setattr(KeyFile.__init__, "__kwdefaults__", {"n": N})
    yield
    keyring.set_keyring(before)


@pytest.fixture
def keychain() -> MemoryKeychain:
    made = MemoryKeychain()
    keyring.set_keyring(made)
    return made


def store_in(folder: Path, **environment: str) -> KeyStore:
    return KeyStore(folder / "keys.json", environment)


def test_the_keychain(tmp_path: Path, keychain: MemoryKeychain) -> None:
    keys = store_in(tmp_path)
    assert keys.where() == "Test keychain"
    assert not keys.locked
    assert keys.read("mine") == ""
    keys.store("mine", KEY)
    assert keychain.kept == {(SERVICE, "mine"): KEY}
    assert keys.read("mine") == KEY
    assert not keys.needs_passphrase("mine")
    keys.remove("mine")
    keys.remove("mine")
    assert keys.read("mine") == ""
    assert list(tmp_path.iterdir()) == []


def test_a_keychain_that_fails(tmp_path: Path, keychain: MemoryKeychain) -> None:
    keys = store_in(tmp_path)
    keychain.broken = True
    assert keys.read("mine") == ""
    works: tuple[Callable[[], object], ...] = (lambda: keys.store("mine", KEY), lambda: keys.remove("mine"))
    for work in works:
        with pytest.raises(KnownError) as caught:
            work()
        assert "Test keychain" in caught.value.user_message
        assert KEY not in caught.value.user_message


def test_the_file(tmp_path: Path) -> None:
    keys = store_in(tmp_path)
    file = tmp_path / "keys.json"
    assert keys.where() == str(file)
    assert keys.read("mine") == ""
    assert not keys.needs_passphrase("mine")
    assert (keys.locked, keys.begun) == (True, False)
    with pytest.raises(KeysLocked) as caught:
        keys.store("mine", KEY)
    assert PASSPHRASE in caught.value.user_message
    keys.unlock("correct horse")
    assert (keys.locked, keys.begun) == (False, True)
    keys.store("mine", KEY)
    keys.store("other", KEY + "2")
    assert (keys.read("mine"), keys.read("other")) == (KEY, KEY + "2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert KEY.encode() not in file.read_bytes()
    assert b"horse" not in file.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


def test_another_start_asks_again(tmp_path: Path) -> None:
    first = store_in(tmp_path)
    first.unlock("correct horse")
    first.store("mine", KEY)
    keys = store_in(tmp_path)
    assert (keys.locked, keys.begun) == (True, True)
    assert keys.needs_passphrase("mine")
    assert keys.read("without a key") == ""
    assert not keys.needs_passphrase("without a key")
    with pytest.raises(KeysLocked):
        keys.read("mine")
    with pytest.raises(KeysLocked):
        keys.store("mine", KEY)
    with pytest.raises(BadInput) as caught:
        keys.unlock("wrong horse")
    assert "passphrase" in caught.value.user_message
    assert "horse" not in caught.value.user_message
    assert keys.locked
    keys.unlock("correct horse")
    assert keys.read("mine") == KEY
    assert not keys.needs_passphrase("mine")
    store_in(tmp_path).remove("mine")
    assert keys.read("mine") == ""


def test_programs_unlock_by_the_environment(tmp_path: Path) -> None:
    for _ in range(2):
        keys = store_in(tmp_path, **{PASSPHRASE: "correct horse"})
        assert not keys.locked
        keys.store("mine", KEY)
        assert keys.read("mine") == KEY
    with pytest.raises(BadInput):
        store_in(tmp_path, **{PASSPHRASE: "wrong"}).read("mine")


def test_the_key_of_the_environment_comes_first(tmp_path: Path, keychain: MemoryKeychain) -> None:
    keys = store_in(tmp_path, **{ENVIRONMENT_KEY: "sk-other"})
    keys.store("mine", KEY)
    assert keys.read("mine") == "sk-other"
    assert not keys.needs_passphrase("mine")


def test_what_is_in_the_file_is_found_when_a_keychain_has_come(tmp_path: Path) -> None:
    before = store_in(tmp_path)
    before.unlock("correct horse")
    before.store("mine", KEY)
    keyring.set_keyring(MemoryKeychain())
    keys = store_in(tmp_path)
    assert not keys.locked
    assert keys.needs_passphrase("mine")
    keys.unlock("correct horse")
    assert keys.read("mine") == KEY
    keys.remove("mine")
    assert not keys.needs_passphrase("mine")


def test_an_empty_passphrase(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        store_in(tmp_path).unlock("")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"version": 2}',
        "9" * 5000,
        '{"version": 1, "salt": "x", "n": 16, "check": "", "keys": {}}',
    ],
)
def test_a_damaged_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    keys = store_in(tmp_path)
    for work in (lambda: keys.read("mine"), lambda: keys.unlock("x"), lambda: keys.remove("mine")):
        with pytest.raises(KnownError) as caught:
            work()
        assert str(tmp_path / "keys.json") in caught.value.user_message


@pytest.mark.parametrize("change", [{"n": 2**40}, {"n": 3}, {"n": True}, {"version": 2}, {"keys": {"mine": 5}}])
def test_costs_that_nobody_has_chosen(tmp_path: Path, change: dict[str, object]) -> None:
    """A file that asks for a terabyte of memory."""
    store_in(tmp_path).unlock("correct horse")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(KnownError, match="damaged"):
        store_in(tmp_path).unlock("correct horse")


def test_a_key_belongs_to_its_name(tmp_path: Path) -> None:
    keys = store_in(tmp_path)
    keys.unlock("correct horse")
    keys.store("mine", KEY)
    file = tmp_path / "keys.json"
    value = json.loads(file.read_text())
    value["keys"]["theirs"] = value["keys"]["mine"]
    file.write_text(json.dumps(value))
    with pytest.raises(KnownError, match="was changed"):
        keys.read("theirs")
    assert keys.read("mine") == KEY


def test_a_file_begun_anew_by_another_program(tmp_path: Path) -> None:
    keys = store_in(tmp_path)
    keys.unlock("correct horse")
    (tmp_path / "keys.json").unlink()
    other = store_in(tmp_path)
    other.unlock("new horse")
    other.store("mine", KEY)
    with pytest.raises(KeysLocked):
        keys.read("mine")
    assert keys.locked
    keys.unlock("new horse")
    assert keys.read("mine") == KEY


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="cannot be written"):
        KeyStore(tmp_path / "missing" / "keys.json", {}).unlock("correct horse")


def test_the_cost_of_a_guess() -> None:
    assert sealing.SCRYPT_N == 2**17
