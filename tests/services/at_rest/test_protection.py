"""Which protection a database gets, that it never gets less by itself, and that a crash leaves it whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.privacy.keychains import FILE_KEYCHAIN, FileKeychain, MemoryKeychain, NoKeychain, use_file_keychain
from tests.services.at_rest.homes import (
    SECRET,
    TITLE,
    files_with,
    fill,
    fill_plain,
    paths_in,
    protection_of,
    run_and_kill,
)

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, DatabaseLocked, DatabaseTooNew, KeyLost, KnownError, StorageError
from costeer.foundation.given_secrets import PASSPHRASE
from costeer.foundation.paths import AppPaths
from costeer.foundation.translatable import NOTHING
from costeer.privacy import key_file, sealing
from costeer.privacy.chain import find_break
from costeer.privacy.database_keys import SERVICE
from costeer.services.at_rest.protection import DatabaseProtection
from costeer.storage import copying, sqlite
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository
from costeer.storage.use_lock import UseLock

WORDS = "correct horse battery"


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    monkeypatch.delenv(PASSPHRASE, raising=False)
    monkeypatch.setattr(key_file, "key_from", lambda words, salt, n: sealing.key_from(words, salt, 2**4))
    yield
    keyring.set_keyring(before)


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path)


@pytest.fixture
def keychain() -> MemoryKeychain:
    made = MemoryKeychain()
    keyring.set_keyring(made)
    return made


def titles(paths: AppPaths, passphrase: str = "") -> list[str]:
    """Opened by a program of its own, so to speak."""
    protection = protection_of(paths)
    assert protection.open(passphrase) == NOTHING
    with protection.database as database:
        assert database.problems() == []
        assert find_break(LedgerRepository(database).all()) is None
        return [one.title for one in ConversationRepository(database).list()]


def salt(paths: AppPaths) -> bytes | None:
    return sqlite.salt_of(paths.database_file)


def begin(paths: AppPaths, passphrase: str = "") -> DatabaseProtection:
    protection = protection_of(paths)
    assert protection.open(passphrase) == NOTHING
    return protection


def fill_encrypted(paths: AppPaths) -> None:
    with begin(paths).database as database:
        fill(database)


def nothing_left(paths: AppPaths) -> bool:
    """But the small files of what was killed while it wrote one of them anew."""
    names = {one.name for one in paths.data.iterdir() if one.is_file() and one.suffix != ".key"}
    half_written = {one for one in names if one.startswith(".protection.json-")}
    return names - half_written <= {"costeer.sqlite3", "costeer.sqlite3.lock", "protection.json"}


def test_without_a_place_for_a_key_it_is_plain_and_says_so(paths: AppPaths) -> None:
    fill_plain(paths)
    assert titles(paths) == [TITLE]
    status = protection_of(paths).status()
    assert (status.encrypted, status.place, status.keychain, status.wished_plain) == (False, "nowhere", "", False)
    assert "passphrase" in status.next_step


def test_a_new_one_is_encrypted_where_there_is_a_keychain(paths: AppPaths, keychain: MemoryKeychain) -> None:
    protection = begin(paths)
    fill(protection.database)
    assert files_with(paths.data, SECRET) == []
    protection.database.close()
    assert files_with(paths.data, SECRET) == []
    assert titles(paths) == [TITLE]
    ((service, account),) = keychain.kept
    assert (service, account) == (SERVICE, (salt(paths) or b"").hex())
    status = protection_of(paths).status()
    assert (status.encrypted, status.place, status.next_step) == (True, "keychain", "")


def test_a_plain_one_is_encrypted_as_soon_as_there_is_a_keychain(
    paths: AppPaths, keychain: MemoryKeychain
) -> None:
    keyring.set_keyring(NoKeychain())
    fill_plain(paths)
    assert titles(paths) == [TITLE]
    assert files_with(paths.data, SECRET) != []
    keyring.set_keyring(keychain)
    assert titles(paths) == [TITLE]
    assert files_with(paths.data, SECRET) == []
    assert nothing_left(paths)


def test_a_passphrase_of_the_environment_is_a_place_too(paths: AppPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_plain(paths)
    monkeypatch.setenv(PASSPHRASE, WORDS)
    assert titles(paths) == [TITLE]
    assert files_with(paths.data, SECRET, WORDS) == []
    assert protection_of(paths).status().place == "passphrase"
    monkeypatch.delenv(PASSPHRASE)
    before = paths.database_file.read_bytes()
    with pytest.raises(DatabaseLocked, match="passphrase"):
        protection_of(paths).open()
    with pytest.raises(BadInput, match="does not open the database"):
        protection_of(paths).open("wrong horse")
    monkeypatch.setenv(PASSPHRASE, "wrong horse")
    with pytest.raises(BadInput, match=f"in {PASSPHRASE} does not open"):
        protection_of(paths).open()
    assert paths.database_file.read_bytes() == before
    assert titles(paths, WORDS) == [TITLE]


def test_a_lost_key_is_one_sentence_and_nothing_is_touched(paths: AppPaths, keychain: MemoryKeychain) -> None:
    fill_encrypted(paths)
    before = {one: one.read_bytes() for one in paths.data.iterdir() if one.is_file()}
    kept = dict(keychain.kept)
    keychain.kept.clear()
    with pytest.raises(KeyLost, match="holds no key for it"):
        protection_of(paths).open()
    keyring.set_keyring(NoKeychain())
    with pytest.raises(KeyLost, match="keychain that holds its key is not there"):
        protection_of(paths).open()
    keyring.set_keyring(keychain)
    keychain.broken = True
    with pytest.raises(KnownError, match="unlock it and try again"):
        protection_of(paths).open()
    keychain.broken = False
    keychain.kept = dict.fromkeys(kept, "not a key")
    with pytest.raises(KeyLost, match="is damaged"):
        protection_of(paths).open()
    assert {one: one.read_bytes() for one in paths.data.iterdir() if one.is_file()} == before
    keychain.kept = kept
    assert titles(paths) == [TITLE]


def test_a_damaged_file_of_a_sealed_key_is_told(paths: AppPaths) -> None:
    begin(paths).database.close()
    protection = begin(paths)
    protection.encrypt(WORDS)
    protection.database.close()
    (sealed,) = paths.data.glob("*.key")
    sealed.write_text("{}")
    with pytest.raises(KeyLost, match="is damaged"):
        protection_of(paths).open(WORDS)


def test_it_is_never_made_anew_without_encryption(paths: AppPaths, keychain: MemoryKeychain) -> None:
    fill_encrypted(paths)
    aside = paths.database_file.rename(paths.data / "aside")
    keyring.set_keyring(NoKeychain())
    with pytest.raises(StorageError, match="is missing"):
        protection_of(paths).open()
    assert not paths.database_file.exists()
    Database.open(paths.database_file).close()  # somebody puts a plain one in its place
    with pytest.raises(StorageError, match="another one was put in its place"):
        protection_of(paths).open()
    keyring.set_keyring(keychain)
    assert titles(paths) == []
    assert salt(paths) is not None
    shutil.move(aside, paths.database_file)
    assert titles(paths) == [TITLE]  # its key was kept all the while


def test_a_damaged_record_counts_as_a_wish_for_encryption(paths: AppPaths, keychain: MemoryKeychain) -> None:
    begin(paths).database.close()
    paths.protection_file.write_text('{"version": 1, "wish": "plain"')
    paths.database_file.unlink()
    keyring.set_keyring(NoKeychain())
    with pytest.raises(StorageError, match="is missing"):
        protection_of(paths).open()


def test_it_can_be_decrypted_and_encrypted_again(paths: AppPaths, keychain: MemoryKeychain) -> None:
    protection = begin(paths)
    fill(protection.database)
    protection.decrypt()
    assert ConversationRepository(protection.database).list() != []  # it goes on at once
    protection.database.close()
    assert keychain.kept == {}
    assert titles(paths) == [TITLE]
    assert salt(paths) is None
    status = protection_of(paths).status()
    assert (status.encrypted, status.wished_plain) == (False, True)
    assert "storage encrypt" in status.next_step
    protection = begin(paths)
    protection.encrypt()
    protection.database.close()
    assert files_with(paths.data, SECRET) == []
    assert titles(paths) == [TITLE]
    assert nothing_left(paths)
    with pytest.raises(BadInput, match="already"):
        begin(paths).encrypt()


def test_another_key_opens_and_the_old_one_opens_no_more(paths: AppPaths, keychain: MemoryKeychain) -> None:
    protection = begin(paths)
    fill(protection.database)
    old_copy = paths.data / "stolen"
    shutil.copy(paths.database_file, old_copy)
    old = protection.key
    protection.change_key()
    assert protection.key != old
    assert len(keychain.kept) == 1
    protection.change_key(WORDS)
    assert keychain.kept == {}
    protection.database.close()
    old_copy.unlink()
    assert titles(paths, WORDS) == [TITLE]
    protection = begin(paths, WORDS)
    protection.change_key("another horse")
    protection.database.close()
    with pytest.raises(BadInput):
        protection_of(paths).open(WORDS)
    assert titles(paths, "another horse") == [TITLE]
    protection = begin(paths, "another horse")
    protection.change_key()
    protection.database.close()
    assert list(paths.data.glob("*.key")) == []
    assert titles(paths) == [TITLE]


def test_a_change_is_not_made_while_others_use_the_database(paths: AppPaths, keychain: MemoryKeychain) -> None:
    protection = begin(paths)
    fill(protection.database)
    with Database.open(paths.database_file, protection.key), pytest.raises(StorageError, match="in use"):
        protection.decrypt()
    assert [one.title for one in ConversationRepository(protection.database).list()] == [TITLE]
    protection.database.close()
    assert nothing_left(paths)
    keyring.set_keyring(NoKeychain())
    protection = protection_of(paths)
    other = UseLock(paths.database_file)
    other.share(1.0)
    keyring.set_keyring(keychain)
    assert protection.open() == NOTHING
    other.release()


def test_a_plain_one_that_others_use_is_encrypted_another_time(paths: AppPaths, keychain: MemoryKeychain) -> None:
    fill_plain(paths)
    with Database.open(paths.database_file):
        protection = protection_of(paths)
        assert "in use" in str(protection.open())
        protection.database.close()
    assert salt(paths) is None
    assert titles(paths) == [TITLE]
    assert salt(paths) is not None


def test_a_keychain_that_takes_nothing_leaves_it_plain_and_that_is_said(
    paths: AppPaths, keychain: MemoryKeychain
) -> None:
    fill_plain(paths)
    keychain.broken = True
    protection = protection_of(paths)
    assert "did not take the key" in str(protection.open())
    assert ConversationRepository(protection.database).list() != []
    protection.database.close()
    assert nothing_left(paths)
    assert json.loads(paths.protection_file.read_text())["keys"] == []


def test_a_keychain_that_forgets_at_once_is_not_trusted(paths: AppPaths, keychain: MemoryKeychain) -> None:
    fill_plain(paths)
    keychain.get_password = lambda service, username: "00" * 32  # type: ignore[method-assign]
    protection = protection_of(paths)
    assert "does not keep what it is given" in str(protection.open())
    protection.database.close()
    assert salt(paths) is None


def test_a_full_disk_leaves_it_plain_and_that_is_said(
    paths: AppPaths, keychain: MemoryKeychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_plain(paths)
    monkeypatch.setattr(copying, "SPARE", 10**18)
    protection = protection_of(paths)
    assert "not enough room" in str(protection.open())
    protection.database.close()
    assert keychain.kept == {}
    assert nothing_left(paths)
    monkeypatch.undo()
    keyring.set_keyring(keychain)
    assert titles(paths) == [TITLE]
    assert salt(paths) is not None


def test_the_user_may_put_it_off(paths: AppPaths, keychain: MemoryKeychain) -> None:
    fill_plain(paths)
    cancel = CancelToken()
    cancel.cancel()
    protection = protection_of(paths)
    assert "next start" in str(protection.open(cancel=cancel))
    protection.database.close()
    assert nothing_left(paths)
    assert titles(paths) == [TITLE]


def test_a_newer_one_and_what_is_none_are_left_as_they_are(paths: AppPaths, keychain: MemoryKeychain) -> None:
    keyring.set_keyring(NoKeychain())
    fill_plain(paths)
    keyring.set_keyring(keychain)
    connection = sqlite.connect(paths.database_file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = paths.database_file.read_bytes()
    with pytest.raises(DatabaseTooNew):
        protection_of(paths).open()
    assert paths.database_file.read_bytes() == before
    paths.database_file.write_text("Dear diary,\n" * 500)
    with pytest.raises(StorageError, match="is not a database"):
        protection_of(paths).open()
    assert paths.database_file.read_text() == "Dear diary,\n" * 500


def test_forgetting_all_keys_makes_every_copy_unreadable(paths: AppPaths, keychain: MemoryKeychain) -> None:
    protection = begin(paths)
    protection.database.close()
    paths.database_file.rename(paths.data / "moved by hand")
    begin(paths).database.close()
    assert len(keychain.kept) == 2
    protection_of(paths).forget_keys()
    assert keychain.kept == {}
    with pytest.raises(KeyLost):
        protection_of(paths).open()


def test_the_cost_of_a_guess() -> None:
    assert sealing.SCRYPT_N == 2**17


@pytest.mark.parametrize("what", ["encrypt", "decrypt", "change-key"])
@pytest.mark.parametrize("steps", [pytest.param(1, marks=pytest.mark.slow), 23])
def test_killed_at_any_step_the_data_are_whole(
    tmp_path: Path, what: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at its n-th dealing with a file, or telling of progress, for each n (in quick tests, a few), until it
    is killed no more."""
    kept_in = tmp_path / "keychain.json"
    environment = {**os.environ, **use_file_keychain(kept_in)}
    monkeypatch.setenv(FILE_KEYCHAIN, str(kept_in))
    made = paths_in(tmp_path / "made")
    if what == "encrypt":
        kept_in.write_text("{}")
        fill_plain(made)
    keyring.set_keyring(FileKeychain())
    if what != "encrypt":
        fill_encrypted(made)
    keychain = kept_in.read_text()
    for step in range(steps, 10_000, steps):
        home = tmp_path / f"step{step}"
        shutil.copytree(made.data.parent, home)
        kept_in.write_text(keychain)
        ended = run_and_kill(home, what, step, environment)
        paths = paths_in(home)
        assert titles(paths) == [TITLE], step
        assert nothing_left(paths), step
        now = salt(paths)
        assert now is not None or what == "decrypt"
        only = [] if now is None else [now.hex()]
        assert json.loads(paths.protection_file.read_text())["keys"] == only, step
        assert sorted(json.loads(kept_in.read_text())) == [f"{SERVICE} {one}" for one in only], step
        assert (files_with(paths.data, SECRET) == []) is (now is not None), step
        shutil.rmtree(home)
        if ended:
            assert step > 20
            return
    pytest.fail("it never ended")
