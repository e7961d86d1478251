"""An encrypted database: nothing of it can be read, it is copied faithfully, and damage is told."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled, StorageError
from costeer.foundation.progress import Progress, ignore_progress
from costeer.foundation.translatable import Translatable
from costeer.privacy.database_key import DatabaseKey
from costeer.storage import copying, sqlite
from costeer.storage.copying import copy_database, wipe
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository
from costeer.storage.swapping import come_to_rest, former_of, is_interrupted, new_of, settle, swap_in
from costeer.storage.use_lock import UseLock
from tests.material.large_library import write_large_library
from tests.storage.material import record

SECRET = "my sister Zephyrine keeps alpacas"


def fill(database: Database) -> None:
    conversations = ConversationRepository(database)
    conversation = conversations.create(f"{SECRET} in the title")
    conversations.add_message(conversation.id, None, "user", f"{SECRET} in a message")
    LedgerRepository(database).append(record(body=f'{{"prompt": "{SECRET}"}}'))


def holds_secret(folder: Path) -> list[str]:
    return [one.name for one in folder.rglob("*") if one.is_file() and SECRET.encode() in one.read_bytes()]


def titles(file: Path, key: DatabaseKey | None) -> list[str]:
    with Database.open(file, key) as database:
        assert database.problems() == []
        return [one.title for one in ConversationRepository(database).list()]


def copy(source: Path, key: DatabaseKey | None, target: Path, new: DatabaseKey | None) -> None:
    copy_database(
        source, key, target, new, tell=ignore_progress, cancel=CancelToken(), what=Translatable("Copying")
    )


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    file = tmp_path / "plain" / "costeer.sqlite3"
    with Database.open(file) as database:
        fill(database)
    return file


def test_nothing_can_be_read_without_the_key(tmp_path: Path) -> None:
    file, key = tmp_path / "a.sqlite3", DatabaseKey.new()
    with Database.open(file, key) as database:
        fill(database)
        assert file.with_name("a.sqlite3-wal").stat().st_size > 0
        assert holds_secret(tmp_path) == []
        assert sqlite.salt_of(file) == key.salt
    assert holds_secret(tmp_path) == []
    assert titles(file, key) == [f"{SECRET} in the title"]
    for wrong in (None, DatabaseKey.new(), DatabaseKey(DatabaseKey.new().secret, key.salt)):
        before = file.read_bytes()
        with pytest.raises(StorageError, match="not a database"):
            Database.open(file, wrong)
        assert file.read_bytes() == before
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_a_plain_one_is_readable_which_is_what_the_others_are_compared_with(plain: Path) -> None:
    assert holds_secret(plain.parent) == ["costeer.sqlite3"]
    assert sqlite.salt_of(plain) is None
    assert sqlite.salt_of(plain.with_name("nothing")) is None


def test_a_copy_holds_the_same_under_any_key(plain: Path, tmp_path: Path) -> None:
    first, second = DatabaseKey.new(), DatabaseKey.new()
    ways = [(None, first), (first, second), (second, None)]
    files = [plain, *(tmp_path / f"copy{number}" for number in range(3))]
    for (old, new), source, target in zip(ways, files, files[1:], strict=False):
        copy(source, old, target, new)
        assert sqlite.salt_of(target) == (new.salt if new else None)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert (SECRET.encode() in target.read_bytes()) is (new is None)
        assert titles(target, new) == [f"{SECRET} in the title"]
    with Database.open(files[-1]) as database:
        assert [one.record.body for one in LedgerRepository(database).all()] == [f'{{"prompt": "{SECRET}"}}']
        assert [one.conversation for one in ConversationRepository(database).find("alpacas", 9)] != []


def test_a_copy_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    file, key, target = tmp_path / "a.sqlite3", DatabaseKey.new(), tmp_path / "copy"
    stop = threading.Event()
    with Database.open(file, key) as database:
        write_large_library(database, conversations=40, tokens=300)
        conversations = ConversationRepository(database)
        conversation = conversations.create("grows")

        def write() -> None:
            parent = None
            while not stop.is_set():
                parent = conversations.add_message(conversation.id, parent, "user", "more").id

        writer = threading.Thread(target=write)
        writer.start()
        try:
            copy(file, key, target, DatabaseKey.new())
        finally:
            stop.set()
            writer.join(60)
        assert database.problems() == []


def test_what_a_library_of_any_kind_holds_is_proved_the_same(tmp_path: Path) -> None:
    file, target, key = tmp_path / "a.sqlite3", tmp_path / "copy", DatabaseKey.new()
    with Database.open(file) as database:
        write_large_library(database, conversations=30, tokens=2000)
    told: list[Progress] = []
    copy_database(file, None, target, key, tell=told.append, cancel=CancelToken(), what=Translatable("Copying"))
    assert told[-1].done == told[-1].total
    assert [one.done for one in told] == sorted(one.done for one in told)
    with closing(sqlite.connect(file)) as one, closing(sqlite.connect(target, key)) as other:
        query = "SELECT number, id, text FROM messages ORDER BY number"
        assert one.execute(query).fetchall() == other.execute(query).fetchall()
        header = "SELECT * FROM pragma_application_id, pragma_user_version"
        assert one.execute(header).fetchall() == other.execute(header).fetchall()


def test_a_copy_that_is_not_the_same_is_not_used(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = copying._export

    def export_and_lose(source: Path, key: object, target: Path, new: DatabaseKey, watch: object) -> bytes:
        digest = export(source, key, target, new, watch)  # type: ignore[arg-type]
        with closing(sqlite.connect(target, new)) as connection:
            connection.execute("UPDATE messages SET text = text || ' '")
        return digest

    monkeypatch.setattr(copying, "_export", export_and_lose)
    with pytest.raises(BugError, match="does not hold what was copied"):
        copy(plain, None, tmp_path / "copy", DatabaseKey.new())
    assert not (tmp_path / "copy").exists()


def test_a_copy_can_be_stopped_and_leaves_nothing(plain: Path, tmp_path: Path) -> None:
    cancel, told = CancelToken(), []

    def tell(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        copy_database(plain, None, tmp_path / "copy", None, tell=tell, cancel=cancel, what=Translatable("Copying"))
    assert [one.name for one in tmp_path.iterdir()] == ["plain"]


def test_a_copy_needs_room(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "SPARE", 10**18)
    with pytest.raises(StorageError, match="not enough room") as caught:
        copy(plain, None, tmp_path / "copy", None)
    assert str(tmp_path) in caught.value.user_message


@pytest.mark.parametrize("damage", ["flipped", "truncated", "torn", "first page"])
def test_damage_is_told_and_changes_nothing(tmp_path: Path, damage: str) -> None:
    file, key = tmp_path / "a.sqlite3", DatabaseKey.new()
    with Database.open(file, key) as database:
        write_large_library(database, conversations=30, tokens=300)
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2
    if damage == "flipped":
        whole[middle] ^= 1
    elif damage == "first page":
        whole[1000] ^= 1
    else:
        del whole[middle if damage == "torn" else middle // 4096 * 4096 :]
    file.write_bytes(whole)
    with pytest.raises(StorageError, match=r"damaged|not a database"):
        copying.check_whole(file, key)
    with pytest.raises(StorageError, match=r"damaged|not a database"):
        copy(file, key, tmp_path / "copy", None)
    assert not (tmp_path / "copy").exists()
    assert file.read_bytes() == bytes(whole)
    if damage == "flipped":
        with Database.open(file, key) as database:
            assert database.problems() != []


def test_what_is_wiped_is_overwritten(tmp_path: Path) -> None:
    file, other_name = tmp_path / "a", tmp_path / "b"
    file.write_text(f"SQLite format 3\0{SECRET}")
    os.link(file, other_name)
    wipe(file)  # it is still used under its other name
    assert SECRET in other_name.read_text()
    with other_name.open("rb") as still_open:
        wipe(other_name)
        assert still_open.read() == bytes(16 + len(SECRET))
    assert list(tmp_path.iterdir()) == []
    wipe(tmp_path / "nothing")


@pytest.fixture
def swapped(plain: Path) -> Iterator[tuple[Path, DatabaseKey]]:
    key = DatabaseKey.new()
    with UseLock(plain).alone(1.0):
        come_to_rest(plain, None)
        copy(plain, None, new_of(plain), key)
        yield plain, key


def test_a_swap_is_settled_to_the_new_one(swapped: tuple[Path, DatabaseKey]) -> None:
    file, key = swapped
    swap_in(file)
    assert is_interrupted(file)
    settle(file)
    assert not is_interrupted(file)
    assert holds_secret(file.parent) == []
    assert sqlite.salt_of(file) == key.salt


def test_a_swap_that_was_broken_off_is_settled_to_the_old_one(swapped: tuple[Path, DatabaseKey]) -> None:
    file, _ = swapped
    file.rename(former_of(file))
    settle(file)
    assert not is_interrupted(file)
    assert sqlite.salt_of(file) is None
    assert sorted(one.name for one in file.parent.iterdir()) == ["costeer.sqlite3", "costeer.sqlite3.lock"]


def test_the_log_of_a_killed_program_is_moved_into_the_file_and_overwritten(plain: Path) -> None:
    """Its hard link is what is overwritten; until then it is one with the live log, and must not be touched."""
    with closing(sqlite.connect(plain)) as killed:
        killed.execute("UPDATE conversations SET title = 'from the log'")
        copies = {one: one.read_bytes() for one in plain.parent.glob("costeer.sqlite3*")}
    for one, data in copies.items():
        one.write_bytes(data)
    log = plain.with_name("costeer.sqlite3-wal")
    aside = former_of(plain).with_name("costeer.sqlite3.former-wal")
    os.link(log, aside)
    settle(plain)  # killed after the link was made
    assert b"from the log" in log.read_bytes()
    with UseLock(plain).alone(1.0):
        come_to_rest(plain, None)
        assert b"from the log" in aside.read_bytes()
        assert not log.exists()
        settle(plain)
    assert titles(plain, None) == ["from the log"]


def test_who_uses_the_file_keeps_others_from_replacing_it(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    in_use = pytest.raises(StorageError, match="in use")
    with Database.open(file), Database.open(file), in_use, UseLock(file).alone(0.0):
        pytest.fail("it was in use")
    with UseLock(file).alone(0.0), pytest.raises(StorageError, match="in use"):
        Database.open(file, patience=0.0)


def test_who_asks_before_it_is_open_waits(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite3")
    seen: list[object] = []
    waiting = threading.Thread(target=lambda: seen.append(ConversationRepository(database).list()))
    waiting.start()
    assert not (tmp_path / "a.sqlite3").exists()
    database.begin(DatabaseKey.new())
    waiting.join(60)
    assert seen == [[]]
    waiting = threading.Thread(target=lambda: seen.append(ConversationRepository(database).list()))
    key = DatabaseKey.new()
    with database.set_aside(), UseLock(database.file).alone(0.0):
        waiting.start()
        database.file.unlink()
        assert len(seen) == 1
    database.begin(key)
    waiting.join(60)
    assert len(seen) == 2
    database.close()
    assert sqlite.salt_of(database.file) == key.salt


def test_who_still_waits_when_it_is_closed_is_told(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite3")
    told: list[BaseException] = []

    def ask() -> None:
        try:
            ConversationRepository(database).list()
        except Cancelled as error:
            told.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    database.close()
    waiting.join(60)
    assert len(told) == 1
    with pytest.raises(Cancelled):
        database.begin()
    assert not (tmp_path / "a.sqlite3").exists()


def test_it_is_not_set_aside_under_who_uses_it(tmp_path: Path) -> None:
    with Database.open(tmp_path / "a.sqlite3", patience=0.05) as database:
        with database.reading(), pytest.raises(StorageError, match="in use"), database.set_aside():
            pytest.fail("it was in use")
        ConversationRepository(database).create("as before")
