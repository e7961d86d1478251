"""The script that a stranger checks an export with, against real exports, and against the program's own check."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.conftest import paths_in
from tests.migrations.test_ledger import write_first_format
from tests.storage.material import record

from costeer.bootstrap import Application, open_application
from costeer.foundation.errors import BadInput
from costeer.privacy.chain import check_chain
from costeer.services import ledger_file
from costeer.storage.database import upgrade
from costeer.storage.repositories import LedgerRepository
from costeer.storage.repositories.ledger_upkeep import LedgerUpkeep

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify_ledger.py"
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def verified(file: Path, *noted: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file), *noted],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={"PYTHONUTF8": "1"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Application]:
    """A ledger with entries of both formats, two of them without words, behind two that were removed."""
    paths = paths_in(tmp_path / "home").create()
    upgrade(paths.database_file, target="0003")
    write_first_format(paths.database_file, 4)
    with open_application(paths) as app:
        ledger, upkeep = LedgerRepository(app._database), LedgerUpkeep(app._database)
        for number in range(5, 10):
            message = "gone" if number in (6, 7) else None
            ledger.append(record(number, body=f"Grüße “{number}” \x00\x7f\u2028 \ud83d", message_id=message))
        assert upkeep.forget(None, NOW) == 2
        assert upkeep.prune(2, NOW) == 2
        yield app


@pytest.fixture
def export(quiet: Application, tmp_path: Path) -> Path:
    file = tmp_path / "ledger.json"
    quiet.audit.export_to(file)
    return file


def test_it_is_short_and_needs_an_old_python_and_nothing_else() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    taken = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert taken == {"hashlib", "json", "sys"}
    assert not any(isinstance(node, ast.ImportFrom | ast.Assert) for node in ast.walk(tree)), "-O drops assertions"
    assert text.count("\n") <= 50


def test_a_real_export_is_intact(quiet: Application, export: Path) -> None:
    head = quiet.audit.head()
    said = "Intact: 9 entries, 2 without words; 1 to 2 were removed.\n"
    assert verified(export) == (0, said)
    assert verified(export, str(head)) == (0, said)
    status, text = verified(export, f"5:{'0' * 64}")
    assert status == 1
    assert "not there as it was noted" in text


def test_an_empty_ledger_is_intact(tmp_path: Path) -> None:
    with open_application(paths_in(tmp_path)) as app:
        app.audit.export_to(tmp_path / "empty.json")
    assert verified(tmp_path / "empty.json") == (0, "Intact: 0 entries, 0 without words; 1 to 0 were removed.\n")


def test_an_export_of_the_first_format_is_intact(tmp_path: Path) -> None:
    file = paths_in(tmp_path).create().database_file
    upgrade(file, target="0003")
    write_first_format(file, 3)
    with open_application(paths_in(tmp_path)) as app:
        app.audit.export_to(tmp_path / "new.json")
    value = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))
    later = ledger_file._SECOND
    entries = [{name: one[name] for name in one if name not in later} for one in value["entries"]]
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"format": "costeer-ledger-1", "entries": entries}), encoding="utf-8")
    assert verified(old) == (0, "Intact: 3 entries, 0 without words; 1 to 0 were removed.\n")
    entries[1]["body"] = ""
    old.write_text(json.dumps({"format": "costeer-ledger-1", "entries": entries}), encoding="utf-8")
    assert verified(old) == (1, "NOT INTACT: entry 2 was changed\n")


Entries = list[dict[str, Any]]


def edit(at: int, **values: object) -> Callable[[Entries], object]:
    return lambda entries: entries[at].update(values)


def renumber(entries: Entries) -> None:
    del entries[4]
    for place, one in enumerate(entries):
        one["sequence"] = 3 + place


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (edit(0, body="other"), "entry 3 was changed"),
        (edit(1, sent=1), "entry 4 was changed"),
        (edit(1, format=2, salt="", body_hash=""), "entry 4 was changed"),
        (edit(2, body="other"), "entry 5 was changed"),
        (edit(2, url="http://elsewhere"), "entry 5 was changed"),
        (edit(2, size=0), "entry 5 was changed"),
        (edit(2, header_names=[]), "entry 5 was changed"),
        (edit(2, more="fields"), "entry 5 was changed"),
        (edit(3, body="words"), "entry 6 was changed"),
        (edit(5, body="", salt=None), "the words of entry 8 are not as announced"),
        (edit(7, body='{"entries": [[6, 6]]}'), "entry 10 was changed"),
        (lambda entries: entries.pop(4), "entry 7 is missing or out of its place"),
        (lambda entries: entries.pop(0), "entry 3 is missing, and no entry says"),
        (lambda entries: entries.pop(), "entry 1 is missing, and no entry says"),
        (lambda entries: entries.insert(3, entries.pop(4)), "entry 6 is missing or out of its place"),
        (lambda entries: entries.append(entries[-1]), "entry 12 is missing or out of its place"),
        (renumber, "entry 7 is missing or out of its place"),
        (lambda entries: entries.clear(), "the end is missing"),
    ],
)
def test_a_tampered_export_is_not(export: Path, tamper: Callable[[Entries], object], said: str) -> None:
    value = json.loads(export.read_text(encoding="utf-8"))
    tamper(value["entries"])
    export.write_text(json.dumps(value), encoding="utf-8")
    status, text = verified(export)
    assert status == 1
    assert said in text
    with ledger_file.reading(export) as file:  # the program itself says the same
        try:
            assert check_chain(file.entries, file.head).broken is not None
        except BadInput:
            assert "fields" in value["entries"][2].get("more", "")


@pytest.mark.parametrize(
    "tamper",
    [
        lambda text: text.replace('"url": ', '"url": "http://elsewhere", "url": ', 1),
        lambda text: text.replace('"entries": [', '"entries": [{"body": "other"}], "entries": [', 1),
    ],
)
def test_what_stands_twice_is_not_read_one_way_and_checked_another(
    export: Path, tamper: Callable[[str], str]
) -> None:
    export.write_text(tamper(export.read_text(encoding="utf-8")), encoding="utf-8")
    status, said = verified(export)
    assert (status, "stands twice" in said) == (1, True)
    with pytest.raises(BadInput), ledger_file.reading(export) as file:
        check_chain(file.entries, file.head)


@pytest.mark.parametrize("head", [None, {"sequence": 99}])
def test_an_end_is_missed_where_nothing_says_where_it_is(export: Path, head: dict[str, int] | None) -> None:
    value = json.loads(export.read_text(encoding="utf-8"))
    value["head"] = None if head is None else value["head"] | head
    export.write_text(json.dumps(value), encoding="utf-8")
    assert verified(export) == (1, "NOT INTACT: the end is missing\n")


def test_removing_does_not_launder_a_broken_beginning(quiet: Application, export: Path) -> None:
    with quiet._database.writing() as session:
        session.execute(text("DROP TRIGGER ledger_keeps_entries"))
        session.execute(text("UPDATE ledger SET url = 'http://elsewhere' WHERE sequence = 3"))
    assert LedgerUpkeep(quiet._database).prune(4, NOW) == 2
    quiet.audit.export_to(export)
    status, said = verified(export)
    assert (status, "some were not as they were written" in said) == (0, True)


def test_an_end_that_was_cut_off_is_missed(export: Path, quiet: Application) -> None:
    LedgerRepository(quiet._database).append(record(12))
    quiet.audit.export_to(export)
    value = json.loads(export.read_text(encoding="utf-8"))
    del value["entries"][-1]
    export.write_text(json.dumps(value), encoding="utf-8")
    assert verified(export) == (1, "NOT INTACT: the end is missing\n")
