"""The settings that protect what is stored: encrypting, another key, backups, the way back, as one clicks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application, open_application
from costeer.foundation.errors import StorageError
from costeer.foundation.paths import AppPaths
from costeer.gui.application import close_services
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look, window_icon
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from costeer.gui.widgets.settings.protection_rows import ProtectionRows
from costeer.gui.widgets.settings_dialog import SettingsDialog
from costeer.privacy import backup_file, key_file, sealing
from costeer.services.own_data import erase
from costeer.storage.database import Database
from tests.gui.conftest import PATIENCE_MS
from tests.privacy.keychains import MemoryKeychain, NoKeychain
from tests.services.at_rest.homes import SECRET, TITLE, files_with, fill, paths_in

WORDS, OWN = "correct horse battery", "a passphrase of the backup's own"


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    monkeypatch.delenv("COSTEER_PASSPHRASE", raising=False)
    for module in (key_file, backup_file):
        monkeypatch.setattr(module, "key_from", lambda words, salt, n: sealing.key_from(words, salt, 2**4))
    yield
    keyring.set_keyring(before)


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path / "home")


@pytest.fixture
def own_app(paths: AppPaths) -> Iterator[Application]:
    app = open_application(paths)
    fill(app.protection.database)
    yield app
    app.close()


@pytest.fixture
def window(own_app: Application, look: Look, qtbot: QtBot) -> Iterator[MainWindow]:
    jobs = Jobs()
    made = MainWindow(own_app, jobs, look, window_icon())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.leave()
    made.close()
    close_services(own_app, jobs)
    qtbot.waitUntil(lambda: jobs.running == 0, timeout=PATIENCE_MS)
    made.deleteLater()


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> SettingsDialog:
    with qtbot.waitSignals([window.protection.loaded, window.own_data.loaded], timeout=PATIENCE_MS):
        window.settings_join.open()
    return window.settings_join.dialog


@pytest.fixture
def rows(dialog: SettingsDialog) -> ProtectionRows:
    found = [one for page in dialog.pages for one in page.findChildren(ProtectionRows)]
    return found[0]


def type_passphrase(dialog: SettingsDialog, passphrase: str, qtbot: QtBot) -> None:
    def shown() -> list[PassphraseDialog]:
        return [one for one in dialog.findChildren(PassphraseDialog) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()), timeout=PATIENCE_MS)
    (asked,) = shown()
    asked.first.setText(passphrase)
    if not asked.second.isHidden():
        assert not asked.accept_button.isEnabled()
        asked.second.setText(passphrase)
    asked.accept_button.click()
    qtbot.waitUntil(lambda: asked not in shown(), timeout=PATIENCE_MS)


def press(dialog: SettingsDialog, words: str, qtbot: QtBot) -> None:
    def shown() -> list[QMessageBox]:
        return [one for one in dialog.findChildren(QMessageBox) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()), timeout=PATIENCE_MS)
    button = next(one for one in shown()[-1].buttons() if one.text().replace("&", "") == words)
    button.click()


def until_done(window: MainWindow, act: Callable[[], object], qtbot: QtBot) -> None:
    """`act` begins something; wait until it is over and how it is now has been read."""
    act()
    qtbot.waitUntil(lambda: not window.protection.busy, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.protection.loaded, timeout=PATIENCE_MS):
        window.protection.load()


def test_a_passphrase_is_chosen_where_there_is_no_keychain(
    window: MainWindow, dialog: SettingsDialog, rows: ProtectionRows, paths: AppPaths, qtbot: QtBot
) -> None:
    assert "not encrypted" in rows.encryption.meaning.text()
    assert not rows.key.isVisibleTo(dialog)
    assert files_with(paths.data, SECRET) != []
    rows.change.click()
    with qtbot.waitSignal(window.protection.said, timeout=PATIENCE_MS):
        type_passphrase(dialog, WORDS, qtbot)
    until_done(window, lambda: None, qtbot)
    assert "Your passphrase is asked for" in rows.encryption.meaning.text()
    assert "encrypted now" in dialog.notices.text.text()
    assert files_with(paths.data, SECRET) == []
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):  # it goes on as before
        window.conversations.load()
    assert [one.title for one in window.conversations.listed] == [TITLE]


def test_another_key_and_the_way_back(
    window: MainWindow, dialog: SettingsDialog, rows: ProtectionRows, paths: AppPaths, qtbot: QtBot
) -> None:
    keychain = MemoryKeychain()
    keyring.set_keyring(keychain)
    until_done(window, lambda: None, qtbot)
    assert "The next start does it" in rows.encryption.meaning.text()
    with qtbot.waitSignal(window.protection.said, timeout=PATIENCE_MS):
        rows.change.click()
    until_done(window, lambda: None, qtbot)
    assert "Test keychain" in rows.encryption.meaning.text()
    before = dict(keychain.kept)
    rows.key.click()
    with qtbot.waitSignal(window.protection.said, timeout=PATIENCE_MS):
        press(dialog, "Test keychain", qtbot)
    until_done(window, lambda: None, qtbot)
    assert len(keychain.kept) == 1
    assert keychain.kept != before
    rows.change.click()
    with qtbot.waitSignal(window.protection.said, timeout=PATIENCE_MS):
        press(dialog, "Decrypt", qtbot)
    until_done(window, lambda: None, qtbot)
    assert "as you wished" in rows.encryption.meaning.text()
    assert keychain.kept == {}
    assert files_with(paths.data, SECRET) != []


def test_a_backup_and_the_way_back(
    window: MainWindow,
    own_app: Application,
    dialog: SettingsDialog,
    rows: ProtectionRows,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    file = tmp_path / "mine.costeer-backup"
    join = window.settings_join.protection_join
    join.back_up(file)
    with qtbot.waitSignal(window.protection.said, timeout=PATIENCE_MS) as said:
        type_passphrase(dialog, OWN, qtbot)
    assert str(file) in said.args[0]
    assert files_with(file.parent, OWN) == []
    own_app.chat.purge(own_app.chat.conversations()[0].id)
    join.restore(file)
    with qtbot.waitSignal(window.protection.failed, timeout=PATIENCE_MS):
        type_passphrase(dialog, "wrong", qtbot)
    assert "does not open the backup" in dialog.notices.text.text()
    join.restore(file)
    with qtbot.waitSignal(window.protection.restored, timeout=PATIENCE_MS):
        type_passphrase(dialog, OWN, qtbot)
    assert [one.title for one in own_app.chat.conversations()] == [TITLE]
    with qtbot.waitSignal(window.settings_join.restart_wanted, timeout=PATIENCE_MS):
        press(dialog, "OK", qtbot)
    assert not window.isVisible()


def test_nothing_is_restored_while_an_answer_is_written(
    window: MainWindow, dialog: SettingsDialog, rows: ProtectionRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(window.chat), "busy", property(lambda _: True))
    rows.restore.click()
    assert "An answer is being written" in dialog.notices.text.text()
    monkeypatch.undo()


def test_backups_that_deleting_everything_leaves_are_named_first(
    window: MainWindow, own_app: Application, dialog: SettingsDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "mine.costeer-backup"
    own_app.backups.back_up(file, OWN)
    file.rename(tmp_path / "elsewhere")
    with qtbot.waitSignal(window.own_data.forgotten, timeout=PATIENCE_MS):
        window.own_data.forget_all()
    (box,) = [one for one in dialog.findChildren(QMessageBox) if one.isVisible()]
    assert box.informativeText() == str(file)
    with qtbot.waitSignal(window.settings_join.erase_wanted, timeout=PATIENCE_MS):
        press(dialog, "OK", qtbot)


def test_nothing_is_deleted_while_another_program_has_the_data_open(
    window: MainWindow, own_app: Application, dialog: SettingsDialog, paths: AppPaths, tmp_path: Path, qtbot: QtBot
) -> None:
    """As on the command line: neither keys nor backups, and the window goes on."""
    keychain = MemoryKeychain()
    keyring.set_keyring(keychain)
    own_app.protection.encrypt()
    file = tmp_path / "mine.costeer-backup"
    own_app.backups.back_up(file, OWN)
    kept, other = dict(keychain.kept), Database.open(paths.database_file, own_app.protection.key)
    with (
        other,
        qtbot.assertNotEmitted(window.own_data.forgotten),
        qtbot.waitSignal(window.own_data.failed, timeout=PATIENCE_MS),
    ):
        window.own_data.forget_all()
    assert "another program" in dialog.notices.text.text()
    assert (keychain.kept, file.exists()) == (kept, True)
    assert [one.title for one in own_app.chat.conversations()] == [TITLE]
    with qtbot.waitSignal(window.own_data.forgotten, timeout=PATIENCE_MS):
        window.own_data.forget_all()
    assert (keychain.kept, file.exists()) == ({}, False)


def test_what_is_deleted_is_overwritten_wherever_it_is(paths: AppPaths, tmp_path: Path) -> None:
    """A second name of the same blocks shows what became of them."""
    with Database.open(paths.database_file):
        pass
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text(SECRET, encoding="utf-8")
    telling, model = paths.data / "evaluations" / "1" / "answers.json", paths.models / "own.gguf"
    for file in (telling, model, paths.cache / "endpoints.json", paths.log / "costeer.log"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SECRET, encoding="utf-8")
        (tmp_path / file.name).hardlink_to(file)
    (telling.parent / "link").symlink_to(outside / "kept")
    (telling.parent / "folder").symlink_to(outside, target_is_directory=True)
    erase(paths)
    assert not paths.data.exists()
    assert set(files_with(tmp_path, SECRET)) == {"kept", "own.gguf"}


def test_folders_that_another_program_uses_stay(paths: AppPaths) -> None:
    """Started while the window was being closed, say."""
    with Database.open(paths.database_file), pytest.raises(StorageError):
        erase(paths)
    assert paths.database_file.exists()
    erase(paths)
    assert not paths.data.exists()
