"""Exports: written while they are read, readable by anybody, and trusted in nothing when they come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.conftest import paths_in
from tests.storage.material import record

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, KnownError
from costeer.foundation.progress import Progress
from costeer.privacy.chain import check_chain
from costeer.privacy.ledger import Head, LedgerEntry
from costeer.services import ledger_file
from costeer.storage.repositories import LedgerRepository


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Application]:
    """An application that starts no process."""
    with open_application(paths_in(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def ledger(quiet: Application) -> LedgerRepository:
    made = LedgerRepository(quiet._database)
    for number in range(1, 8):
        made.append(record(number, body=f'{{"prompt": "Grüße {number}"}}'))
    made.append(replace(record(8), body="half a \ud83d face", endpoint="\udc80"))
    return made


def read(file: Path) -> tuple[Head | None, list[LedgerEntry]]:
    with ledger_file.reading(file) as found:
        return found.head, list(found.entries)


def test_an_export_holds_every_entry_word_for_word(
    quiet: Application, ledger: LedgerRepository, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.json"
    told: list[Progress] = []
    assert quiet.audit.export_to(file, told.append) == 8
    head, entries = read(file)
    assert entries == list(ledger.all())
    assert head == quiet.audit.head()
    assert check_chain(entries, head).broken is None
    whole = json.loads(file.read_text(encoding="utf-8"))
    assert (whole["format"], len(whole["entries"])) == ("costeer-ledger-2", 8)
    assert "Grüße 3" in file.read_text(encoding="utf-8")
    assert "".join(quiet.audit.export()).splitlines()[1:] == file.read_text(encoding="utf-8").splitlines()[1:]
    assert (told[-1].done, told[-1].total) == (8, 8)


def test_an_empty_ledger_is_exported_too(quiet: Application, tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"
    assert quiet.audit.export_to(file) == 0
    head, entries = read(file)
    assert (head, entries) == (Head(0, "0" * 64), [])


def test_a_stopped_export_leaves_the_file_as_it_was(
    quiet: Application, ledger: LedgerRepository, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.json"
    file.write_text("before", encoding="utf-8")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        quiet.audit.export_to(file, cancel=cancel)
    assert file.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.glob(".ledger*")) == []
    with pytest.raises(Cancelled):
        quiet.audit.verify(cancel=cancel)


def test_an_export_is_a_witness(quiet: Application, ledger: LedgerRepository, tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"
    quiet.audit.export_to(file)
    ledger.append(record(9))
    checked = quiet.audit.verify(against=file)
    assert (checked.ok, checked.report.compared, checked.entries) == (True, 8, 9)
    head = quiet.audit.head()
    assert head is not None
    assert quiet.audit.verify(head).ok
    assert quiet.audit.verify(replace(head, sequence=10)).fault == "missing"
    assert quiet.audit.verify(replace(head, hash="0" * 64)).fault == "unlike"


def test_a_ledger_written_anew_is_unlike_its_export(
    quiet: Application, ledger: LedgerRepository, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.json"
    quiet.audit.export_to(file)
    with open_application(paths_in(tmp_path / "other")) as other:
        anew = LedgerRepository(other._database)
        for number in range(1, 10):
            anew.append(record(number, body="nothing to see"))
        assert other.audit.verify().ok
        found = other.audit.verify(against=file)
        assert (found.ok, found.first_broken, found.fault) == (False, 1, "unlike")


def test_a_damaged_export_is_no_witness(quiet: Application, ledger: LedgerRepository, tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"
    quiet.audit.export_to(file)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([*lines[:3], *lines[4:]]), encoding="utf-8")
    with pytest.raises(KnownError, match="entry 3 is not as it was written"):
        quiet.audit.verify(against=file)
    file.write_text("".join([*lines[:5], lines[5].rstrip(",\n") + "\n", lines[-1]]), encoding="utf-8")
    with pytest.raises(KnownError, match="entry 6 is not as it was written"):  # it says itself where it ended
        quiet.audit.verify(against=file)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": "costeer-ledger-2"}',
        '{"format": "costeer-ledger-3", "entries": []}',
        '{"format": "costeer-ledger-2", "entries": [\n',
        '{"format": "costeer-ledger-2", "head": {"sequence": "1", "hash": ""}, "entries": [\n]}\n',
        '{"format": "costeer-ledger-2", "entries": [\n{"sequence": 1}\n]}\n',
        '{"format": "costeer-ledger-2", "entries": [\n]}\nmore',
        '{"format": "costeer-ledger-1", "entries": [1]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "some.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"some\.json"):
        read(file)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    for name in ("missing.json", "bytes.json"):
        with pytest.raises(BadInput, match="cannot be read"):
            read(tmp_path / name)


def test_an_export_of_the_first_format_is_read(tmp_path: Path) -> None:
    one = record(1)
    plain = {name: value for name, value in one.fields().items() if name not in ledger_file._SECOND}
    entry = {"sequence": 1, **plain, "previous": "0" * 64, "hash": "?"}
    file = tmp_path / "old.json"
    file.write_text(json.dumps({"format": "costeer-ledger-1", "entries": [entry]}, indent=1), encoding="utf-8")
    head, (found,) = read(file)
    assert (head, found.format, found.record) == (None, 1, one)


def test_what_a_check_found_is_remembered(quiet: Application, ledger: LedgerRepository) -> None:
    assert quiet.audit.last_check() is None
    quiet.audit.verify()
    last = quiet.audit.last_check()
    assert last is not None
    assert (last.entries, last.broken) == (8, None)
    quiet.audit.verify(Head(99, "0" * 64))
    assert quiet.audit.last_check() == last, "what was noted elsewhere may be wrong"
