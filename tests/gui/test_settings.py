"""The settings: each row changes what it says, at once and for good, and can be reset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QComboBox, QMessageBox, QSpinBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import Settings, WindowSettings, load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.widgets.settings.appearance_page import AppearancePage
from costeer.gui.widgets.settings.endpoints_page import EndpointsPage
from costeer.gui.widgets.settings.models_page import ModelsPage
from costeer.gui.widgets.settings.rows import SettingRow, SettingsPage
from costeer.gui.widgets.settings.shortcuts_page import ShortcutsPage
from costeer.gui.widgets.settings.storage_page import StoragePage
from costeer.gui.widgets.settings_dialog import SettingsDialog
from costeer.gui.widgets.text_view import TextView
from tests.gui.conftest import PATIENCE_MS

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def usual_settings(app: Application, look: Look) -> Iterator[None]:
    before = app.settings
    yield
    app.change_settings(lambda settings: replace(before, window=WindowSettings()))
    look.take(WindowSettings())
    look.use("light")


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> SettingsDialog:
    with qtbot.waitSignal(window.own_data.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Comma, CONTROL)
    made = window.settings_join.dialog
    assert made.isVisible()
    return made


def page(dialog: SettingsDialog, kind: type[SettingsPage]) -> SettingsPage:
    return next(one for one in dialog.pages if isinstance(one, kind))


def choose(row: SettingRow, value: object) -> None:
    box = row.control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def stored(app: Application) -> Settings:
    return load_settings(app.paths.settings_file)


def answer(qtbot: QtBot, words: str) -> None:
    """Press the button called so in the question that is open."""

    def question() -> QMessageBox | None:
        shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]
        return shown[-1] if shown else None

    qtbot.waitUntil(lambda: question() is not None)
    box = question()
    assert box is not None
    button = next(one for one in box.buttons() if one.text().replace("&", "") == words)
    button.click()
    qtbot.waitUntil(lambda: question() is not box)


def test_the_pages_are_there(dialog: SettingsDialog) -> None:
    assert [one.title for one in dialog.pages] == [
        *("Clouds", "Models", "Appearance", "Shortcuts", "Storage", "Privacy", "Record"),
    ]
    assert dialog.search.hasFocus()


def test_theme_and_text_size_change_at_once_and_are_kept(
    window: MainWindow, dialog: SettingsDialog, app: Application, look: Look, qtbot: QtBot
) -> None:
    appearance = page(dialog, AppearancePage)
    assert isinstance(appearance, AppearancePage)
    usual = QApplication.font().pointSizeF()
    choose(appearance.theme, "dark")
    assert look.theme.name == "dark"
    assert not appearance.theme.reset.isHidden()
    size = appearance.text_size.control
    assert isinstance(size, QSpinBox)
    size.setValue(150)
    assert QApplication.font().pointSizeF() == pytest.approx(usual * 1.5)
    assert window.composer.text.font().pointSizeF() == pytest.approx(usual * 1.5)
    qtbot.waitUntil(
        lambda: (stored(app).window.theme, stored(app).window.text_size) == ("dark", 150), timeout=PATIENCE_MS
    )
    appearance.text_size.reset.click()
    assert size.value() == 100
    assert appearance.text_size.reset.isHidden()
    assert QApplication.font().pointSizeF() == pytest.approx(usual)
    dialog.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_Minus, CONTROL)
    assert look.text_size == 90
    QTest.keyClick(window, Qt.Key.Key_0, CONTROL)
    assert look.text_size == 100


def test_the_font_for_code_is_used_where_code_is_shown(
    window: MainWindow, dialog: SettingsDialog, look: Look
) -> None:
    appearance = page(dialog, AppearancePage)
    assert isinstance(appearance, AppearancePage)
    box = appearance.code_font.control
    assert isinstance(box, QComboBox)
    wanted = str(box.itemData(box.count() - 1))
    choose(appearance.code_font, wanted)
    assert look.code_font().families()[0] == wanted
    assert window.privacy_panel.exchange.body.font().families()[0] == wanted
    view = TextView(look)
    view.show_markdown("Some `code` here.")
    view.finish()
    assert wanted in {family for families in families_in(view) for family in families}
    view.deleteLater()


def families_in(view: TextView) -> Iterator[list[str]]:
    """The families of the fonts of every run of letters in the first paragraph."""
    runs = view.document().begin().begin()
    while not runs.atEnd():
        yield runs.fragment().charFormat().font().families()
        runs += 1


def test_a_size_beyond_bounds_in_the_file_is_bounded(look: Look) -> None:
    look.take(WindowSettings(text_size=5000))
    assert look.text_size == 200
    look.take(WindowSettings(text_size=0))
    assert look.text_size == 80


def test_a_check_box_stays_beside_its_words_in_large_text(
    window: MainWindow, dialog: SettingsDialog, look: Look, qtbot: QtBot
) -> None:
    window.settings.put_window(text_size=150)
    models = page(dialog, ModelsPage)
    dialog.open_page(models)

    def below(row: SettingRow) -> bool:
        assert row.control is not None
        return row.control.mapTo(row, row.control.rect().topLeft()).y() > row.meaning.geometry().bottom()

    assert look.text_size == 150
    boxes = [one for one in models.rows if isinstance(one.control, QCheckBox)]
    choices = [one for one in models.rows if isinstance(one.control, QComboBox)]
    qtbot.waitUntil(lambda: all(below(one) for one in choices))
    assert boxes
    assert not any(below(one) for one in boxes)
    for one in choices:
        assert isinstance(one.control, QComboBox)
        assert one.control.toolTip() == one.control.currentText()


def test_search_leaves_only_what_fits(dialog: SettingsDialog, qtbot: QtBot) -> None:
    QTest.keyClicks(dialog.search, "text size compared")
    listed = [dialog.list.item(row).text() for row in range(6) if not dialog.list.item(row).isHidden()]
    assert listed == ["Appearance"]
    assert dialog.stack.currentWidget() is page(dialog, AppearancePage)
    shown = [row.title.text() for row in page(dialog, AppearancePage).rows if row.isVisible()]
    assert shown == ["Text size"]
    dialog.search.setText("no such thing at all")
    assert dialog.nothing.isVisible()
    dialog.search.clear()
    assert dialog.nothing.isHidden()
    assert all(row.isVisible() for row in page(dialog, AppearancePage).rows)


def test_keys_are_changed_by_pressing_them(
    window: MainWindow, dialog: SettingsDialog, app: Application, qtbot: QtBot
) -> None:
    shortcuts = page(dialog, ShortcutsPage)
    assert isinstance(shortcuts, ShortcutsPage)
    dialog.open_page(shortcuts)
    field, row = shortcuts.fields["chat.new"], shortcuts.by_command["chat.new"]
    field.setKeySequence(QKeySequence("Ctrl+R"))
    field.editingFinished.emit()
    assert "already used for “Regenerate the answer”" in row.problem.text()
    assert field.keySequence() == QKeySequence("Ctrl+N")
    QTest.keyClick(field, Qt.Key.Key_J, CONTROL)
    qtbot.waitUntil(lambda: window.commands.keys_of("chat.new") == "Ctrl+J", timeout=PATIENCE_MS)
    assert row.problem.isHidden()
    qtbot.waitUntil(lambda: stored(app).window.shortcuts == {"chat.new": "Ctrl+J"}, timeout=PATIENCE_MS)
    row.reset.click()
    assert window.commands.keys_of("chat.new") == "Ctrl+N"
    field.clear()
    field.editingFinished.emit()
    assert window.commands.keys_of("chat.new") == ""
    window.settings.reset_shortcuts()
    assert window.commands.keys_of("chat.new") == "Ctrl+N"


def test_models_on_this_computer_are_listed_and_one_is_chosen(
    window: MainWindow, dialog: SettingsDialog, app: Application, model_file: Path, qtbot: QtBot
) -> None:
    models = page(dialog, ModelsPage)
    assert isinstance(models, ModelsPage)
    box = models.local.control
    assert isinstance(box, QComboBox)
    assert box.currentData() == app.settings.local_model
    assert any(one.file == model_file and one.kind == "shipped" for one in window.own_data.models)
    own = app.paths.models / "mine.gguf"
    own.symlink_to(model_file)
    with qtbot.waitSignal(window.own_data.loaded, timeout=PATIENCE_MS):
        window.own_data.load()
    choose(models.local, str(own))
    qtbot.waitUntil(lambda: app.settings.local_model == str(own), timeout=PATIENCE_MS)
    assert app.find_model(app.settings.local_model) == own
    models.local.reset.click()
    own.unlink()
    window.settings_join.use_model("/elsewhere/other.gguf")
    assert box.currentText() == "other.gguf"
    models.local.reset.click()
    assert box.currentData() == Settings().local_model


def test_copies_are_removed(window: MainWindow, dialog: SettingsDialog, app: Application, qtbot: QtBot) -> None:
    models = page(dialog, ModelsPage)
    assert isinstance(models, ModelsPage)
    copy = app.paths.cache / "fast-models" / "some.copy.gguf"
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(b"x" * 5000)
    with qtbot.waitSignal(window.own_data.loaded, timeout=PATIENCE_MS):
        window.own_data.load()
    with qtbot.waitSignal(window.own_data.loaded, timeout=PATIENCE_MS):
        models.remove.click()
    assert not copy.exists()
    assert "freed" in dialog.notices.text.text()


def test_the_switch_for_fast_copies(dialog: SettingsDialog, app: Application, qtbot: QtBot) -> None:
    row = next(one for one in page(dialog, ModelsPage).rows if one.title.text() == "Keep fast copies")
    assert isinstance(row.control, QCheckBox)
    row.control.click()
    qtbot.waitUntil(lambda: not app.settings.fast_copies, timeout=PATIENCE_MS)
    row.reset.click()
    qtbot.waitUntil(lambda: app.settings.fast_copies, timeout=PATIENCE_MS)


def test_the_bin_is_emptied(window: MainWindow, app: Application, dialog: SettingsDialog, qtbot: QtBot) -> None:
    app.chat.delete(app.chat.create("gone").id)
    storage = page(dialog, StoragePage)
    assert isinstance(storage, StoragePage)
    with qtbot.waitSignal(window.own_data.loaded, timeout=PATIENCE_MS):
        window.own_data.load()
    assert "in the bin" in storage.bin.meaning.text()
    with qtbot.waitSignal(window.own_data.said, timeout=PATIENCE_MS):
        storage.empty.click()
    qtbot.waitUntil(lambda: storage.bin.meaning.text() == "The bin is empty.", timeout=PATIENCE_MS)
    assert app.chat.bin() == []
    assert str(app.paths.data) in storage.where.meaning.text()


def test_everything_is_deleted_only_when_confirmed_twice(
    window: MainWindow, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    storage = page(dialog, StoragePage)
    assert isinstance(storage, StoragePage)
    wanted: list[None] = []
    window.settings_join.erase_wanted.connect(lambda: wanted.append(None))
    storage.erase.click()
    answer(qtbot, "Cancel")
    storage.erase.click()
    answer(qtbot, "Continue")
    answer(qtbot, "Cancel")
    assert wanted == []
    storage.erase.click()
    answer(qtbot, "Continue")
    answer(qtbot, "Delete everything")
    qtbot.waitUntil(lambda: len(wanted) == 1, timeout=PATIENCE_MS)


def test_what_goes_wrong_is_said_in_the_dialog(
    window: MainWindow, dialog: SettingsDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.ledger.failed, timeout=PATIENCE_MS):
        window.ledger.export(tmp_path / "not there" / "record.json")
    assert "cannot be written" in dialog.notices.text.text()
    assert window.notices.isHidden()


def test_endpoints_lead_to_the_clouds(window: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    endpoints = page(dialog, EndpointsPage)
    assert isinstance(endpoints, EndpointsPage)
    qtbot.waitUntil(lambda: "Demo cloud" in endpoints.used.meaning.text(), timeout=PATIENCE_MS)
    button = endpoints.known.control
    assert isinstance(button, QAbstractButton)
    button.click()
    assert window.clouds_dialog.isVisible()
    assert window.clouds_dialog.pages.currentWidget() is window.clouds_dialog.form
