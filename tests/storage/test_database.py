"""Opening: the file's mode and pragmas, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

import costeer
from costeer.foundation.child_process import end_process, spawn_context
from costeer.foundation.errors import BugError, DatabaseTooNew, StorageError
from costeer.storage import revisions
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository
from costeer.storage.sqlite import dbapi as sqlite3
from tests.storage.material import open_and_leave

SOURCE = Path(costeer.__file__).parent


def run_python(code: str, *arguments: str, source: Path = SOURCE.parent) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_files_are_for_the_user_only(database: Database) -> None:
    ConversationRepository(database).create("a title")
    files = sorted(database.file.parent.iterdir())
    assert [one.name.removeprefix(database.file.name) for one in files] == ["", "-shm", "-wal", ".lock"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    Database.open(file).close()
    file.chmod(0o644)
    Database.open(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_connection_has_the_pragmas(database: Database) -> None:
    with database.reading() as first, database.reading() as second:
        for session in (first, second):
            connection = session.connection()
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
            }
            assert found == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "busy_timeout": 10_000,
                "secure_delete": 1,
            }


def test_the_folder_is_created(tmp_path: Path) -> None:
    with Database.open(tmp_path / "some where" / "50% über?#" / "a.sqlite3") as database:
        assert database.problems() == []


def test_data_survives_reopening(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with Database.open(file) as database:
        created = ConversationRepository(database).create("a title")
    with Database.open(file) as database:
        assert ConversationRepository(database).list() == [created]
        assert database.problems() == []


def test_an_up_to_date_database_opens_without_alembic(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    Database.open(file).close()
    code = """if True:
        import sys, time
        from pathlib import Path
        from costeer.storage.database import Database
        from costeer.storage.repositories import ConversationRepository
        start = time.perf_counter()
        database = Database.open(Path(sys.argv[1]))
        seconds = time.perf_counter() - start
        ConversationRepository(database).interrupt_unfinished()
        database.close()
        assert "alembic" not in sys.modules
        print(f"{1000 * seconds:.1f}")
    """
    finished = run_python(code, str(file))
    assert finished.returncode == 0, finished.stderr
    print(f"opening an up-to-date database: {finished.stdout.strip()} ms")  # noqa: T201 - a figure, not a test


def test_migrations_run_from_a_copy_of_the_package_and_print_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site 100%"
    shutil.copytree(SOURCE, site / "costeer", ignore=shutil.ignore_patterns("__pycache__"))
    code = """if True:
        import logging, sys
        from pathlib import Path
        import costeer
        from costeer.storage.database import Database
        assert "site 100%" in costeer.__file__
        logging.basicConfig(level=logging.WARNING)
        handlers, level = list(logging.root.handlers), logging.root.level
        Database.open(Path(sys.argv[1])).close()
        assert "alembic" in sys.modules
        assert (logging.root.handlers, logging.root.level) == (handlers, level)
    """
    finished = run_python(code, str(tmp_path / "a.sqlite3"), source=site)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


def make_newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("CREATE TABLE from_the_future (x)")


def test_a_newer_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    Database.open(file).close()
    make_newer(file)
    file.chmod(0o640)
    before = file.read_bytes()
    with pytest.raises(DatabaseTooNew) as caught:
        Database.open(file)
    assert caught.value.user_message == (
        f"The database {file} was written by a newer version of CoSteer Desktop; update the application. "
        "Nothing was changed."
    )
    assert file.read_bytes() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_newer_database_whose_writer_was_killed_is_left_as_it_is(tmp_path: Path) -> None:
    original, file = tmp_path / "a.sqlite3", tmp_path / "killed" / "a.sqlite3"
    Database.open(original).close()
    file.parent.mkdir()
    with closing(sqlite3.connect(original)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        with writer:
            writer.execute("UPDATE alembic_version SET version_num = '9999'")
        for suffix in ("", "-wal"):  # what a crash leaves: the new revision is in the write-ahead log only
            shutil.copy(f"{original}{suffix}", f"{file}{suffix}")
    before = file.read_bytes(), Path(f"{file}-wal").read_bytes()
    with pytest.raises(DatabaseTooNew):
        Database.open(file)
    assert (file.read_bytes(), Path(f"{file}-wal").read_bytes()) == before


def refused(file: Path) -> str:
    with pytest.raises(StorageError) as caught:
        Database.open(file)
    assert not isinstance(caught.value, DatabaseTooNew)
    assert str(file) in caught.value.user_message
    return caught.value.user_message


def test_what_is_not_a_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    file.write_text("Dear diary,\n" * 500)
    assert "is not a database" in refused(file)
    assert file.read_text() == "Dear diary,\n" * 500


def test_somebody_elses_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("CREATE TABLE songs (title)")
    before = file.read_bytes()
    assert "not a database of CoSteer Desktop" in refused(file)
    assert file.read_bytes() == before


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").mkdir()
    assert "not a file" in refused(tmp_path / "a.sqlite3")


def test_a_file_in_place_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert "cannot be created" in refused(tmp_path / "data" / "a.sqlite3")


@pytest.mark.parametrize("damage", ["torn", "scribbled"])
def test_a_damaged_database_is_refused(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "a.sqlite3"
    Database.open(file).close()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage == "torn" else whole[:100] + b"\xaa" * (len(whole) - 100))
    assert "is damaged" in refused(file)


def test_damage_found_later_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with Database.open(file) as database:
        repository = ConversationRepository(database)
        kept = repository.create("kept")
        for number in range(50):
            repository.add_message(kept.id, None, "user", f"{number} " * 4000)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] + b"\xaa" * (len(whole) // 2))
    with Database.open(file) as database:
        with pytest.raises(StorageError, match="is damaged"):
            ConversationRepository(database).search("7", 10)
        assert database.problems() != []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="the child gives up root to be refused")
@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o666, 0o555), (0o000, 0o777)])
def test_what_must_not_be_written_is_refused(tmp_path: Path, file_mode: int, folder_mode: int) -> None:
    folder = Path("/tmp") / f"costeer-{os.getpid()}-{file_mode:o}-{folder_mode:o}"  # nobody can reach tmp_path
    folder.mkdir()
    try:
        file = folder / "a.sqlite3"
        Database.open(file).close()
        file.chmod(file_mode)
        folder.chmod(folder_mode)
        code = """if True:
            import os, sys
            from pathlib import Path
            from costeer.foundation.errors import StorageError
            from costeer.storage.database import Database
            os.setuid(65534)
            try:
                Database.open(Path(sys.argv[1]))
            except StorageError as error:
                print(error.user_message)
        """
        finished = run_python(code, str(file))
        assert finished.stderr == ""
        assert "check its permissions" in finished.stdout
    finally:
        shutil.rmtree(folder)


def test_a_lock_that_another_program_keeps_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with Database.open(file, patience=0.05) as database, closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="in use by another program"):
            ConversationRepository(database).create("never")
        other.rollback()
        ConversationRepository(database).create("now")


def test_a_constraint_that_fails_is_a_bug_of_ours(database: Database) -> None:
    repository = ConversationRepository(database)
    conversation = repository.create("a")
    with pytest.raises(BugError, match="CHECK constraint failed: ck_messages_role"):
        repository.add_message(conversation.id, None, "system", "x")  # type: ignore[arg-type]
    assert repository.thread(conversation.id) == []


def test_a_closed_database_is_not_opened_again_by_accident(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "a.sqlite3")
    database.close()
    database.close()
    with pytest.raises(BugError):
        ConversationRepository(database).list()


def test_many_threads_use_one_database(database: Database) -> None:
    repository = ConversationRepository(database)
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            for _ in range(20):
                conversation = repository.create(str(number))
                repository.add_message(conversation.id, None, "user", "hello")
                assert len(repository.thread(conversation.id)) == 1
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    print(f"16 threads, 640 writing transactions: {time.perf_counter() - start:.2f} s")  # noqa: T201 - a figure, not a test
    assert failures == []
    assert len(repository.list()) == 320
    assert database.problems() == []


def test_processes_that_start_at_once_create_one_database(tmp_path: Path) -> None:
    context = spawn_context()
    pipes = [context.Pipe(duplex=False) for _ in range(4)]
    file, together = tmp_path / "a.sqlite3", context.Barrier(4)
    children = [context.Process(target=open_and_leave, args=(file, together, send)) for _, send in pipes]
    try:
        for child in children:
            child.start()
        for child in children:
            child.join(60)
        assert [child.exitcode for child in children] == [0, 0, 0, 0]
        assert all(receive.poll(0) and receive.recv() for receive, _ in pipes)
    finally:
        for child in children:
            end_process(child)
        for receive, send in pipes:
            receive.close()
            send.close()


def test_a_migration_that_fails_leaves_the_file_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.sqlite3"
    migrate = revisions.migrate

    def migrate_and_break(connection: Connection, *, target: str = "head") -> None:
        migrate(connection, target=target)
        raise OSError("the plug was pulled")

    with monkeypatch.context() as patched:
        patched.setattr(revisions, "migrate", migrate_and_break)
        with pytest.raises(OSError, match="plug"):
            Database.open(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    with Database.open(file) as database:
        assert database.problems() == []
