"""Data that a passphrase protects, or that are encrypted the first time, behind a window that is shown already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application, open_application, prepare
from costeer.foundation.cancel import CancelToken
from costeer.foundation.paths import AppPaths
from costeer.gui.application import close_services, load_in_background
from costeer.gui.jobs import Jobs
from costeer.gui.joins.opening import OpeningJoin
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look, window_icon
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.storage import sqlite
from tests.gui.conftest import PATIENCE_MS
from tests.privacy.keychains import MemoryKeychain, NoKeychain
from tests.services.at_rest.homes import TITLE, fill, fill_plain, paths_in

WORDS = "correct horse battery"

Begin = Callable[[], tuple[MainWindow, OpeningJoin]]


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    monkeypatch.delenv("COSTEER_PASSPHRASE", raising=False)
    # Models are of no interest here, and take long.
    monkeypatch.setattr(Application, "warm_up", lambda *_: None)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path)


@pytest.fixture
def begin(paths: AppPaths, look: Look, qtbot: QtBot) -> Iterator[Begin]:
    """Shows the window, and only then has the data opened."""
    jobs, app = Jobs(), prepare(paths)
    made: list[tuple[MainWindow, OpeningJoin]] = []

    def start() -> tuple[MainWindow, OpeningJoin]:
        window = MainWindow(app, jobs, look, window_icon())
        opening = OpeningJoin(app, window.notices, paths.log_file, window)
        opening.opened.connect(lambda: load_in_background(app, jobs, window, CancelToken()))
        made.append((window, opening))
        window.show()
        qtbot.waitExposed(window)
        opening.begin()
        return window, opening

    yield start
    for window, opening in made:
        window.leave()
        assert opening.close(20.0)
        window.close()
    close_services(app, jobs)
    qtbot.waitUntil(lambda: jobs.running == 0, timeout=PATIENCE_MS)
    for window, _ in made:
        window.deleteLater()


def titles(window: MainWindow) -> list[str]:
    return [one.title for one in window.conversations.listed]


def seal(paths: AppPaths) -> None:
    with open_application(paths) as app:
        fill(app.protection.database)
        app.protection.encrypt(WORDS)


def test_the_passphrase_is_asked_for_and_a_wrong_one_is_told(paths: AppPaths, begin: Begin, qtbot: QtBot) -> None:
    seal(paths)
    window, opening = begin()
    qtbot.waitUntil(lambda: opening.dialog is not None, timeout=PATIENCE_MS)
    dialog = opening.dialog
    assert dialog is not None
    assert not dialog.problem.isVisible()
    QTest.keyClicks(dialog.first, "wrong horse")
    QTest.keyClick(dialog.first, Qt.Key.Key_Return)
    assert not dialog.accept_button.isEnabled()  # one at a time
    qtbot.waitUntil(dialog.problem.isVisible, timeout=PATIENCE_MS)
    assert "does not open the database" in dialog.problem.text()
    assert dialog.first.hasSelectedText()
    QTest.keyClicks(dialog.first, WORDS)
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(dialog.first, Qt.Key.Key_Return)
    assert titles(window) == [TITLE]
    assert opening.dialog is None


def test_one_may_quit_instead(paths: AppPaths, begin: Begin, qtbot: QtBot) -> None:
    seal(paths)
    before = paths.database_file.read_bytes()
    window, opening = begin()
    window.conversations.load()  # whatever is asked for meanwhile does not keep it from ending
    qtbot.waitUntil(lambda: opening.dialog is not None, timeout=PATIENCE_MS)
    assert opening.dialog is not None
    with qtbot.waitSignal(opening.given_up, timeout=PATIENCE_MS):
        opening.dialog.cancel_button.click()
    assert opening.close(20.0)
    assert paths.database_file.read_bytes() == before


def test_plain_data_are_encrypted_while_the_window_is_there(paths: AppPaths, begin: Begin, qtbot: QtBot) -> None:
    fill_plain(paths)
    keyring.set_keyring(MemoryKeychain())
    window, opening = begin()
    with qtbot.waitSignals([opening.opened, window.conversations.loaded], timeout=PATIENCE_MS):
        pass
    assert titles(window) == [TITLE]
    assert sqlite.salt_of(paths.database_file) is not None
    assert window.notices.isHidden()


def test_why_they_are_not_encrypted_is_said(paths: AppPaths, begin: Begin, qtbot: QtBot) -> None:
    fill_plain(paths)
    keychain = MemoryKeychain()
    keychain.broken = True
    keyring.set_keyring(keychain)
    window, _ = begin()
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
        pass
    assert titles(window) == [TITLE]
    assert "did not take the key" in window.notices.text.text()


def test_what_cannot_be_opened_is_one_sentence(paths: AppPaths, begin: Begin, qtbot: QtBot) -> None:
    paths.database_file.write_text("Dear diary,\n" * 500)
    window, opening = begin()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=PATIENCE_MS)
    (box,) = window.findChildren(QMessageBox)
    assert "is not a database" in box.text()
    with qtbot.waitSignal(opening.given_up, timeout=PATIENCE_MS):
        box.close()
    assert paths.database_file.read_text() == "Dear diary,\n" * 500


def press(window: MainWindow, words: str, qtbot: QtBot) -> str:
    """A button of the box that is shown; returns what that said."""

    def shown() -> list[QMessageBox]:
        return [one for one in window.findChildren(QMessageBox) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()), timeout=PATIENCE_MS)
    (box,) = shown()
    said = box.text()
    next(one for one in box.buttons() if one.text().replace("&", "") == words).click()
    return said


def passphrase_dialog(window: MainWindow, qtbot: QtBot) -> PassphraseDialog:
    def shown() -> list[PassphraseDialog]:
        return [one for one in window.findChildren(PassphraseDialog) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()), timeout=PATIENCE_MS)
    (asked,) = shown()
    return asked


def type_passphrase(window: MainWindow, passphrase: str, qtbot: QtBot) -> None:
    asked = passphrase_dialog(window, qtbot)
    for field in (asked.first, asked.second):
        field.setText(passphrase)
    asked.accept_button.click()


def test_a_backup_is_restored_where_the_key_is_lost(
    tmp_path: Path, paths: AppPaths, begin: Begin, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    keychain, backup, own = MemoryKeychain(), tmp_path / "backup", "of the backup"
    keyring.set_keyring(keychain)
    with open_application(paths) as app:
        fill(app.protection.database)
        app.backups.back_up(backup, own)
    before = paths.database_file.read_bytes()
    keychain.kept.clear()
    window, opening = begin()
    # The system's dialog for files is not ours to test.
    monkeypatch.setattr(opening.questions, "ask", lambda *, own: opening.questions.ask_about(backup, own=own))
    assert "holds no key for it" in press(window, "Restore a backup…", qtbot)
    type_passphrase(window, "another", qtbot)
    assert "does not open the backup" in press(window, "Restore a backup…", qtbot)
    assert paths.database_file.read_bytes() == before
    with qtbot.waitSignals([opening.opened, window.conversations.loaded], timeout=PATIENCE_MS):
        type_passphrase(window, own, qtbot)
    assert titles(window) == [TITLE]
    kept = paths.data / "costeer-unreadable-1.sqlite3"
    assert str(kept) in window.notices.text.text()
    assert kept.read_bytes() == before


def test_a_backup_is_restored_where_the_passphrase_is_forgotten(
    tmp_path: Path, paths: AppPaths, begin: Begin, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes their mind on the way is asked for the passphrase again."""
    backup, own, new = tmp_path / "backup", "of the backup", "a new one for here"
    seal(paths)
    with open_application(paths, ask=lambda _: WORDS) as app:
        app.backups.back_up(backup, own)
    before = paths.database_file.read_bytes()
    window, opening = begin()
    # The system's dialog for files is not ours to test.
    monkeypatch.setattr(opening.questions, "ask", lambda *, own: opening.questions.ask_about(backup, own=own))

    def choose_restoring() -> None:
        qtbot.waitUntil(lambda: opening.dialog is not None and opening.dialog.isVisible(), timeout=PATIENCE_MS)
        assert opening.dialog is not None
        opening.dialog.other_button.click()

    choose_restoring()
    passphrase_dialog(window, qtbot).cancel_button.click()
    choose_restoring()
    type_passphrase(window, "another", qtbot)
    type_passphrase(window, new, qtbot)
    assert "does not open the backup" in press(window, "Enter the passphrase…", qtbot)
    assert paths.database_file.read_bytes() == before
    choose_restoring()
    type_passphrase(window, own, qtbot)
    with qtbot.waitSignals([opening.opened, window.conversations.loaded], timeout=PATIENCE_MS):
        type_passphrase(window, new, qtbot)
    assert titles(window) == [TITLE]
    kept = paths.data / "costeer-unreadable-1.sqlite3"
    assert str(kept) in window.notices.text.text()
    assert kept.read_bytes() == before
