"""Retention and forgetting as the application carries them out: in portions, at a start, at the user's word."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.conftest import paths_in
from tests.storage.material import record

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled
from costeer.foundation.progress import Progress
from costeer.foundation.settings import Settings, save_settings
from costeer.privacy.ledger import Kind
from costeer.services import ledger_upkeep
from costeer.storage.repositories import LedgerRepository


def fill(app: Application, count: int, days_ago: float, message_id: str | None = None) -> None:
    """`count` exchanges of one day."""
    when = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    ledger = LedgerRepository(app._database)
    kinds: tuple[Kind, Kind] = ("request", "response")
    for number in range(count):
        for kind in kinds:
            one = record(number, body="xylophone", message_id=message_id)
            exchange = f"{days_ago}-{number}"
            ledger.append(dataclasses.replace(one, kind=kind, exchange=exchange, time=when))


def test_old_entries_go_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_upkeep, "PORTION", 4)
    with open_application(paths_in(tmp_path)) as app:
        fill(app, 6, 40)
        fill(app, 2, 1)
        before = app.upkeep.days_ago(30)
        assert app.upkeep.removable(before).entries == 12
        told: list[Progress] = []
        assert app.upkeep.remove(before, told.append) == 12
        assert [(one.done, one.total) for one in told] == [(0, 12), (4, 12), (8, 12), (12, 12)]
        assert app.upkeep.remove(before) == 0
        checked = app.audit.verify()
        assert (checked.ok, checked.report.removed, checked.entries) == (True, 12, 7)


def test_removing_is_stopped_between_two_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_upkeep, "PORTION", 4)
    cancel = CancelToken()
    with open_application(paths_in(tmp_path)) as app:
        fill(app, 6, 40)
        with pytest.raises(Cancelled):
            app.upkeep.remove(app.upkeep.days_ago(30), lambda told: cancel.cancel() if told.done else None, cancel)
        checked = app.audit.verify()
        assert (checked.ok, checked.report.removed) == (True, 8)
        fill(app, 1, 30, "gone")
        with pytest.raises(Cancelled):
            app.upkeep.forget(None, cancel=cancel)


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_a_number_of_days_that_makes_no_sense(tmp_path: Path, days: int) -> None:
    with open_application(paths_in(tmp_path)) as app, pytest.raises(BadInput, match="number from 1"):
        app.upkeep.days_ago(days)


def restarted(tmp_path: Path, **settings: object) -> Callable[[], Application]:
    change = dataclasses.replace(Settings(), **settings)  # type: ignore[arg-type]

    def start() -> Application:
        save_settings(paths_in(tmp_path).settings_file, change)
        return open_application(paths_in(tmp_path))

    return start


def tidied(app: Application) -> Application:
    """Once the housekeeping of the start is over."""
    app.housekeeping._thread.join(60)
    return app


def test_a_start_removes_what_is_older_than_the_user_wants_to_keep(tmp_path: Path) -> None:
    with open_application(paths_in(tmp_path)) as app:
        fill(app, 3, 40)
        fill(app, 1, 10)
    with tidied(open_application(paths_in(tmp_path))) as app:
        assert app.audit.verify().entries == 8, "for ever, unless told otherwise"
    for days, left in ((-5, 8), (90, 8), (30, 3), (30, 3)):
        with tidied(restarted(tmp_path, ledger_days=days)()) as app:
            checked = app.audit.verify()
            assert (checked.ok, checked.entries) == (True, left)


def test_words_of_deleted_conversations_go_where_the_user_wants_that(tmp_path: Path) -> None:
    with restarted(tmp_path)() as app:
        ids = []
        for _ in range(2):
            conversation = app.chat.create("one").id
            ids.append(conversation)
            question = app.chat._shelves.stored.conversations.add_message(conversation, None, "user", "x")
            fill(app, 2, 3, question.id)
        app.chat.delete(ids[0])
        assert app.housekeeping.empty_bin() == 1
        assert app.upkeep.words(None).entries == 4
        assert app.audit.verify().report.forgotten == 0
    with tidied(restarted(tmp_path, forget_deleted=True)()) as app:
        assert app.audit.verify().report.forgotten == 4
        app.chat.delete(ids[1])
        assert app.upkeep.words(ids[1]).entries == 4, "in the bin it may still come back"
        app.housekeeping.empty_bin()
        checked = app.audit.verify()
        assert (checked.ok, checked.report.forgotten) == (True, 8)
    stored = b"".join(one.read_bytes() for one in tmp_path.rglob("costeer.sqlite3*"))
    assert b"xylophone" not in stored
