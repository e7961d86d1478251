"""The ledger in the window: checked, exported, reported, shortened, made to forget; each time as the user said."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.view_models.payloads import text_of
from costeer.gui.view_models.settings import with_field
from costeer.gui.widgets.settings.ledger_page import LedgerPage
from costeer.privacy.chain import check_chain
from costeer.services import ledger_file
from tests.gui.conftest import PATIENCE_MS
from tests.gui.ledger_material import exchange, put_into_ledger

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def usual_settings(app: Application) -> Iterator[None]:
    before = app.settings
    yield
    app.change_settings(lambda _: before)


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> LedgerPage:
    with qtbot.waitSignal(window.ledger.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Comma, CONTROL)
    dialog = window.settings_join.dialog
    made = next(one for one in dialog.pages if isinstance(one, LedgerPage))
    dialog.open_page(made)
    return made


def box(qtbot: QtBot) -> QMessageBox:
    """The question that is open."""

    def shown() -> list[QMessageBox]:
        tops = QApplication.topLevelWidgets()
        return [one for one in tops if isinstance(one, QMessageBox) and one.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1, timeout=PATIENCE_MS)
    return shown()[0]


def press(asked: QMessageBox, words: str) -> None:
    next(one for one in asked.buttons() if one.text().replace("&", "") == words).click()


def said_after(window: MainWindow, act: Callable[[], object], qtbot: QtBot) -> str:
    with qtbot.waitSignal(window.ledger.said, timeout=PATIENCE_MS) as said:
        act()
    assert said.args is not None
    qtbot.waitUntil(lambda: not window.ledger.busy, timeout=PATIENCE_MS)
    return str(said.args[0])


def test_the_check_says_when_it_was(window: MainWindow, page: LedgerPage, app: Application, qtbot: QtBot) -> None:
    put_into_ledger(app, exchange(None, "{}"))
    assert "intact" in said_after(window, page.verify.click, qtbot)
    entries = app.audit.verify().entries
    qtbot.waitUntil(lambda: f"intact, {entries} entries" in page.checked.text(), timeout=PATIENCE_MS)
    assert page.checked.text().startswith("Checked ")
    assert page.checked.accessibleDescription() == page.checked.text()
    assert page.verify.text() == "Verify"


def test_a_check_can_be_stopped(window: MainWindow, page: LedgerPage, app: Application, qtbot: QtBot) -> None:
    put_into_ledger(app, [one for _ in range(3000) for one in exchange(None, "{}")])
    before = app.audit.last_check()
    page.verify.click()
    assert page.verify.text() == "Stop"
    assert not page.export.isEnabled()
    page.verify.click()
    qtbot.waitUntil(lambda: not window.ledger.busy, timeout=PATIENCE_MS)
    assert app.audit.last_check() == before
    assert page.verify.text() == "Verify"


def test_how_far_a_check_is(window: MainWindow, page: LedgerPage, app: Application, qtbot: QtBot) -> None:
    put_into_ledger(app, exchange(None, "{}"))
    seen: list[str] = []
    window.ledger.advanced.connect(lambda: seen.append(page.checked.text()))
    said_after(window, page.verify.click, qtbot)
    assert seen
    assert all(one.startswith("Checking the ledger… ") and one.endswith(" %") for one in seen)


def test_the_export(window: MainWindow, app: Application, page: LedgerPage, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "record.json"
    said = said_after(window, lambda: window.ledger.export(file), qtbot)
    assert str(file) in said
    with ledger_file.reading(file) as export:
        assert check_chain(export.entries, export.head).broken is None


def test_the_report(window: MainWindow, app: Application, page: LedgerPage, tmp_path: Path, qtbot: QtBot) -> None:
    put_into_ledger(app, exchange(None, '{"content": "<b>Where is Zürich?</b>"}'))
    file = tmp_path / "report.html"
    said_after(window, lambda: window.ledger.report(file), qtbot)
    text = file.read_text(encoding="utf-8")
    assert "&lt;b&gt;Where is Zürich?" in text
    assert "What left this computer" in text
    with qtbot.waitSignal(window.ledger.failed, timeout=PATIENCE_MS):
        window.ledger.report(tmp_path / "report.pdf")
    assert "let it end in .html or .md" in window.settings_join.dialog.notices.text.text()


def test_a_month_has_a_report_of_its_own(
    window: MainWindow, app: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    window.records_join.open_timeline()
    button = window.records_join.dialog.timeline.report
    assert button.isVisible()
    file = tmp_path / "month.md"
    month = window.records_join.timeline.month.first
    with qtbot.waitSignal(window.records_join.ledger.said, timeout=PATIENCE_MS):
        window.records_join.ledger.report(file, month)
    assert f"In the month {month:%Y-%m}" in file.read_text(encoding="utf-8")
    assert str(file) in window.records_join.dialog.notices.text.text()


def test_old_entries_are_removed_when_the_user_says_so(
    window: MainWindow, page: LedgerPage, app: Application, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    put_into_ledger(app, exchange(None, "{}"))
    monkeypatch.setattr(app.upkeep, "_clock", lambda: datetime.now(UTC) + timedelta(days=60))
    assert "nothing is removed" in page.old.text()
    assert not page.remove.isEnabled()
    keep = page.keep.control
    assert isinstance(keep, QComboBox)
    with qtbot.waitSignal(window.ledger.loaded, timeout=PATIENCE_MS):
        keep.setCurrentIndex(keep.findData(30))
        keep.activated.emit(keep.currentIndex())
    qtbot.waitUntil(lambda: load_settings(app.paths.settings_file).ledger_days == 30, timeout=PATIENCE_MS)
    there = app.audit.verify().entries
    gone = app.upkeep.removable(app.upkeep.days_ago(30)).entries
    assert gone >= 2
    assert page.old.text().startswith(f"{gone} entries with ")
    page.remove.click()
    asked = box(qtbot)
    assert "older than 30 days" in asked.text()
    press(asked, "Cancel")
    assert app.audit.verify().entries == there
    page.remove.click()
    said = said_after(window, lambda: press(box(qtbot), "Remove"), qtbot)
    assert said == f"{gone} entries were removed."
    checked = app.audit.verify()
    assert checked.ok
    assert checked.entries < there - gone + 10, "but for the entries that say so"
    qtbot.waitUntil(lambda: page.old.text() == "There are none.", timeout=PATIENCE_MS)


def test_a_number_of_days_of_ones_own_is_shown(
    window: MainWindow, app: Application, page: LedgerPage, qtbot: QtBot
) -> None:
    keep = page.keep.control
    assert isinstance(keep, QComboBox)
    for days, shown in ((45, "For 45 days"), (1, "For 1 day"), (-3, "For ever"), (0, "For ever")):
        window.settings.put(partial(with_field, name="ledger_days", value=days))
        assert keep.currentText() == shown


def test_words_of_deleted_conversations_are_forgotten(
    window: MainWindow, page: LedgerPage, app: Application, qtbot: QtBot
) -> None:
    app.upkeep.forget(None)
    gone = uuid.uuid4().hex
    put_into_ledger(app, exchange(gone, '{"content": "glockenspiel"}'))
    with qtbot.waitSignal(window.ledger.loaded, timeout=PATIENCE_MS):
        window.ledger.load(0)
    assert "On record with their words: 2 entries" in page.words.text()
    page.forget.click()
    asked = box(qtbot)
    assert "This cannot be undone." in asked.informativeText()
    assert said_after(window, lambda: press(asked, "Forget"), qtbot) == (
        "The words of 2 entries of the record were forgotten."
    )
    request = app.audit.entries(message_id=gone)[-1]
    assert request.forgotten
    assert "no longer on record" in text_of(app.audit, request.record.exchange, "sent")
    assert "no longer on record" in text_of(app.audit, request.record.exchange, "received")
    assert app.audit.verify().ok
    qtbot.waitUntil(lambda: page.words.text() == "There are none on record.", timeout=PATIENCE_MS)


def test_who_deletes_a_conversation_is_told_what_stays(
    window: MainWindow, app: Application, ask: Callable[[str], None], qtbot: QtBot
) -> None:
    ask("Who is Gwendolyn?")
    conversation = window.chat.conversation_id
    assert conversation is not None
    words = app.upkeep.words(conversation)
    assert words.entries > 0
    delete(window, qtbot)
    assert "stays on record" in window.notices.text.text()
    assert window.notices.other.text() == "Forget the words…"
    window.notices.other.click()
    asked = box(qtbot)
    assert "“Who is Gwendolyn?”" in asked.text()
    press(asked, "Cancel")
    qtbot.waitUntil(lambda: window.notices.other.isVisible(), timeout=PATIENCE_MS)
    assert app.upkeep.words(conversation) == words
    window.notices.other.click()
    with qtbot.waitSignal(window.forgetting.said, timeout=PATIENCE_MS):
        press(box(qtbot), "Forget")
    assert app.upkeep.words(conversation).entries == 0
    assert app.audit.verify().ok
    assert window.notices.action.text() == "Undo", "the conversation itself may still come back"
    with qtbot.waitSignal(window.conversations.made, timeout=PATIENCE_MS):
        window.notices.action.click()
    assert [one.id for one in app.chat.conversations()] == [conversation]


def test_of_a_temporary_conversation_there_is_nothing_to_forget(
    window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    conversation = app.chat.create("A word", temporary=True)
    window.conversations.delete(conversation)
    qtbot.waitUntil(lambda: "without the words" in window.notices.text.text(), timeout=PATIENCE_MS)
    assert not window.notices.other.isVisible()


def delete(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.conversations.deleted, timeout=PATIENCE_MS):
        window.header.delete_wanted.emit()
