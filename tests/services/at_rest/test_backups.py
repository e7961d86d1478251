"""Backups: made while others write, read anywhere with their passphrase, told apart when they cannot be."""

from __future__ import annotations

import dataclasses
import io
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.material.large_library import write_large_library
from tests.privacy.keychains import MemoryKeychain, NoKeychain
from tests.services.at_rest.homes import OWN, SECRET, TITLE, files_with, fill, fill_plain, paths_in, protection_of

from costeer.bootstrap import Application, open_application, prepare
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, DatabaseTooNew, KnownError, StorageError
from costeer.foundation.given_secrets import PASSPHRASE
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress, ignore_progress
from costeer.foundation.settings import EndpointSettings
from costeer.foundation.translatable import Translatable
from costeer.privacy import backup_file, key_file, sealing
from costeer.services.at_rest import backups
from costeer.services.endpoints import key_of
from costeer.storage import revisions, sqlite
from costeer.storage.copying import copy_database
from costeer.storage.database import upgrade
from costeer.storage.repositories import ConversationRepository

WORDS = "correct horse battery"
KEY = "sk-a-key-of-a-cloud-4711"


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    monkeypatch.delenv(PASSPHRASE, raising=False)
    monkeypatch.setattr(key_file, "key_from", lambda words, salt, n: sealing.key_from(words, salt, 2**4))
    monkeypatch.setattr(backup_file, "key_from", lambda words, salt, n: sealing.key_from(words, salt, 2**4))
    yield
    keyring.set_keyring(before)


@pytest.fixture
def keychain() -> MemoryKeychain:
    made = MemoryKeychain()
    keyring.set_keyring(made)
    return made


@pytest.fixture
def backup(tmp_path: Path, keychain: MemoryKeychain) -> Path:
    """Of an encrypted home, which it stands beside."""
    file = tmp_path / "disk" / "mine.costeer-backup"
    file.parent.mkdir()
    with open_application(paths_in(tmp_path / "old")) as app:
        fill(app.protection.database)
        endpoint = EndpointSettings("mine", "https://cloud.example")
        app.keys.store(key_of(endpoint), KEY)
        app.change_settings(lambda settings: dataclasses.replace(settings, endpoints=(endpoint,)))
        app.backups.back_up(file, OWN)
    return file


def restored(paths: AppPaths, backup: Path, passphrase: str = OWN, own: str = "") -> tuple[list[str], Path | None]:
    """Titles, and what is kept beside."""
    app = prepare(paths)
    try:
        kept = app.backups.restore(backup, passphrase, own)
        app.open(own)
        assert app.protection.database.problems() == []
        assert app.audit.verify().ok
        return [one.title for one in app.chat.conversations()], kept
    finally:
        app.close()


def titles(app: Application) -> list[str]:
    return [one.title for one in app.chat.conversations()]


def test_a_backup_is_restored_on_another_computer(tmp_path: Path, backup: Path, keychain: MemoryKeychain) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [one.name for one in backup.parent.iterdir()] == [backup.name]
    assert files_with(backup.parent, SECRET, KEY, OWN) == []
    keychain.kept.clear()
    new = paths_in(tmp_path / "new")
    assert restored(new, backup) == ([TITLE], None)
    assert files_with(new.data, SECRET, OWN) == []
    assert sqlite.salt_of(new.database_file) is not None
    with open_application(new) as app:
        assert titles(app) == [TITLE]


def test_the_keys_are_not_in_it(tmp_path: Path, backup: Path, keychain: MemoryKeychain) -> None:
    """Neither those of clouds nor that of the database, not even within its encryption."""
    out = io.BytesIO()
    keys = backup_file.read_backup(backup, OWN, out, lambda _: None)
    inside = tmp_path / "inside"
    inside.write_bytes(out.getvalue())
    plain = tmp_path / "plain" / "inside"
    plain.parent.mkdir()
    copy_database(
        inside,
        keys.database,
        plain,
        None,
        tell=ignore_progress,
        cancel=CancelToken(),
        what=Translatable("Copying"),
    )
    assert files_with(plain.parent, SECRET) == ["inside"]
    assert len(keychain.kept) == 2
    for secret in keychain.kept.values():
        assert files_with(plain.parent, secret) == []
        assert secret == KEY or bytes.fromhex(secret) not in plain.read_bytes()


def test_the_present_database_makes_way_only_for_a_sound_backup(
    tmp_path: Path, backup: Path, keychain: MemoryKeychain
) -> None:
    """Wrong passphrase, damage of any kind: one sentence each, and nothing is touched."""
    here = paths_in(tmp_path / "here")
    with open_application(here) as app:
        app.chat.create("what is here already")
        ConversationRepository(app.protection.database).create("mine")
    before = {one: one.read_bytes() for one in here.data.iterdir() if one.is_file()}
    whole = backup.read_bytes()
    middle = len(whole) // 2
    damages = {
        "The passphrase does not open": whole,
        "is not a backup of CoSteer": b"PK\x03\x04" + whole,
        "its end is missing": whole[:middle],
        "its end is missing ": whole[:-1],
        "it is longer than it was": whole + b"!",
        "something in it was changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "something in it was changed ": whole[:-5] + bytes([whole[-5] ^ 128]) + whole[-4:],
        "its beginning was changed": whole.replace(b'"n": ', b'"n": 1', 1),
        "its beginning was changed ": whole[: len(backup_file.MAGIC) + 10],
        "is not a backup of CoSteer ": b"",
    }
    for sentence, data in damages.items():
        broken = tmp_path / "broken"
        broken.write_bytes(data)
        with pytest.raises(KnownError, match=sentence.strip()) as caught:
            restored(here, broken, "wrong" if data == whole else OWN)
        assert caught.value.user_message.count(".") <= 2
    with pytest.raises(BadInput, match="cannot be read"):
        restored(here, tmp_path / "nothing")
    now = {one: one.read_bytes() for one in here.data.iterdir() if one.is_file()}
    now.pop(here.data / "costeer.sqlite3.restored.lock")  # which is empty
    assert now == before
    assert restored(here, backup) == ([TITLE], None)
    assert "mine" not in titles_of(here)


def titles_of(paths: AppPaths) -> list[str]:
    with open_application(paths) as app:
        return titles(app)


def test_every_flipped_bit_is_found(tmp_path: Path, backup: Path) -> None:
    whole = bytearray(backup.read_bytes())
    broken = tmp_path / "broken"
    for place in range(0, len(whole), len(whole) // 150):
        whole[place] ^= 1 << place % 8
        broken.write_bytes(whole)
        with pytest.raises(KnownError, match=r"is damaged|is not a backup"):
            backup_file.read_backup(broken, OWN, None, lambda _: None)
        whole[place] ^= 1 << place % 8


def test_it_is_made_while_others_write(tmp_path: Path, keychain: MemoryKeychain) -> None:
    file, stop = tmp_path / "backup", threading.Event()
    told: list[Progress] = []
    with open_application(paths_in(tmp_path / "home")) as app:
        write_large_library(app.protection.database, conversations=40, tokens=300)
        conversations = ConversationRepository(app.protection.database)
        conversation = conversations.create("grows")

        def write() -> None:
            parent = None
            while not stop.is_set():
                parent = conversations.add_message(conversation.id, parent, "user", "more").id

        writer = threading.Thread(target=write)
        writer.start()
        try:
            made = app.backups.back_up(file, OWN, tell=told.append)
        finally:
            stop.set()
            writer.join(60)
        assert made.size == file.stat().st_size > 100_000
    assert {one.what for one in told} == {backups.COPYING, backups.WRITING, backups.CHECKING}
    found, _ = restored(paths_in(tmp_path / "new"), file)
    assert len(found) > 30


def test_a_backup_that_fails_leaves_the_one_before(
    tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = backup.read_bytes()
    with open_application(paths_in(tmp_path / "old")) as app:
        with pytest.raises(BadInput, match="empty passphrase"):
            app.backups.back_up(backup, "")
        cancel = CancelToken()
        with pytest.raises(Cancelled):
            app.backups.back_up(backup, OWN, tell=lambda _: cancel.cancel(), cancel=cancel)
        write = backup_file.write_backup

        def write_wrongly(out: io.BytesIO, *rest: object) -> None:
            write(out, *rest)  # type: ignore[arg-type]
            out.seek(1000)
            out.write(b"?")

        monkeypatch.setattr(backup_file, "write_backup", write_wrongly)
        with pytest.raises(KnownError, match="something in it was changed"):
            app.backups.back_up(backup, OWN)
        with pytest.raises(BadInput, match="folder of yours"):
            app.backups.back_up(tmp_path / "no such folder" / "backup", OWN)
        with pytest.raises(BadInput, match="folder of yours"):
            app.backups.back_up(app.paths.data / "backup", OWN)
        assert [one.name for one in app.paths.data.glob("costeer.sqlite3.b*")] == ["costeer.sqlite3.backup.lock"]
    assert backup.read_bytes() == before
    assert [one.name for one in backup.parent.iterdir()] == [backup.name]


def test_a_newer_backup_is_refused(tmp_path: Path, keychain: MemoryKeychain) -> None:
    file = tmp_path / "backup"
    with open_application(paths_in(tmp_path / "old")) as app:
        with app.protection.database.writing() as session:
            session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        app.backups.back_up(file, OWN)
    here = paths_in(tmp_path / "here")
    with open_application(here) as app:
        fill(app.protection.database)
    with pytest.raises(DatabaseTooNew):
        restored(here, file)
    assert titles_of(here) == [TITLE]


def test_one_that_cannot_be_read_is_kept_beside(tmp_path: Path, backup: Path, keychain: MemoryKeychain) -> None:
    here = paths_in(tmp_path / "here")
    with open_application(here) as app:
        fill(app.protection.database)
    lost = dict(keychain.kept)
    keychain.kept.clear()
    found, kept = restored(here, backup)
    assert found == [TITLE]
    assert kept is not None
    keychain.kept.update(lost)  # the keychain came back
    here.database_file.unlink()
    kept.rename(here.database_file)
    assert titles_of(here) == [TITLE]


def test_what_was_encrypted_is_restored_encrypted(tmp_path: Path, backup: Path, keychain: MemoryKeychain) -> None:
    here = paths_in(tmp_path / "here")
    with open_application(here) as app:
        app.protection.change_key(WORDS)
    keyring.set_keyring(NoKeychain())
    with pytest.raises(BadInput, match="opens your data from now on"):
        restored(here, backup)
    keyring.set_keyring(keychain)  # which changes nothing: who has chosen a passphrase keeps one
    with pytest.raises(BadInput, match="opens your data from now on"):
        restored(here, backup)
    found, kept = restored(here, backup, own=WORDS)
    assert protection_of(here).status().place == "passphrase"
    assert (found, kept) == ([TITLE], None)
    assert files_with(here.data, SECRET) == []
    # One whose passphrase is forgotten is kept, and the other gets the new one.
    found, kept = restored(here, backup, own="another passphrase")
    assert found == [TITLE]
    assert kept is not None
    assert sqlite.salt_of(kept) is not None


def test_a_plain_home_without_a_keychain_stays_plain(tmp_path: Path, backup: Path) -> None:
    keyring.set_keyring(NoKeychain())
    here = paths_in(tmp_path / "here")
    fill_plain(here)
    assert restored(here, backup) == ([TITLE], None)
    assert sqlite.salt_of(here.database_file) is None
    keyring.set_keyring(MemoryKeychain())
    with open_application(here):  # nobody has wished it plain
        assert sqlite.salt_of(here.database_file) is not None


def test_an_older_backup_is_brought_up_to_date_before_it_is_used(
    tmp_path: Path, keychain: MemoryKeychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that cannot be leaves what was there."""
    old, file = paths_in(tmp_path / "old"), tmp_path / "backup"
    with open_application(old) as app:
        fill(app.protection.database)
        key = app.protection.key
    upgrade(old.database_file, key, target="0005")
    monkeypatch.setattr(revisions, "HEAD", "0005")
    with open_application(old) as app:
        app.backups.back_up(file, OWN)
    monkeypatch.undo()
    monkeypatch.setattr(backup_file, "key_from", lambda words, salt, n: sealing.key_from(words, salt, 2**4))
    here = paths_in(tmp_path / "here")
    open_application(here).close()
    before = here.database_file.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(revisions, "migrate", fail)
        with pytest.raises(StorageError, match="disk is full"):
            restored(here, file)
    assert here.database_file.read_bytes() == before
    assert restored(here, file) == ([TITLE], None)


def test_what_a_killed_program_left_is_removed_at_the_next_start(
    tmp_path: Path, backup: Path, keychain: MemoryKeychain
) -> None:
    here = paths_in(tmp_path / "here")
    open_application(here).close()
    left = [here.data / f"costeer.sqlite3.{one}" for one in ("backup", "backup-journal", "restored")]
    for one in left:
        one.write_bytes(backup.read_bytes())
    open_application(here).close()
    assert [one for one in left if one.exists()] == []


def test_backups_that_are_elsewhere_are_named(tmp_path: Path, backup: Path, keychain: MemoryKeychain) -> None:
    with open_application(paths_in(tmp_path / "old")) as app:
        moved, replaced = tmp_path / "moved", tmp_path / "replaced"
        for one in (moved, replaced):
            app.backups.back_up(one, OWN)
        moved.rename(tmp_path / "elsewhere")
        replaced.write_text("a diary by now")
        assert app.backups.remove_made() == [moved]
    assert not backup.exists()
    assert replaced.read_text() == "a diary by now"


def test_it_is_restored_into_the_open_application(tmp_path: Path, backup: Path) -> None:
    with open_application(paths_in(tmp_path / "here")) as app:
        app.chat.create()
        assert app.backups.restore(backup, OWN) is None
        assert titles(app) == [TITLE]
        assert app.audit.verify().ok


def test_not_while_another_program_has_it_open(tmp_path: Path, backup: Path) -> None:
    here = paths_in(tmp_path / "here")
    with open_application(here), pytest.raises(StorageError, match="in use"):
        restored(here, backup)
