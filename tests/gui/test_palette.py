"""The palette: a few letters lead to a command or a conversation, with the keyboard alone."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.fuzzy import ranking
from costeer.gui.main_window import MainWindow
from costeer.gui.view_models.palette import MOST_OFFERED, PaletteEntry, PaletteModel
from costeer.gui.widgets.command_palette import CommandPalette
from tests.gui.conftest import PATIENCE_MS

CONTROL = Qt.KeyboardModifier.ControlModifier


def open_palette(window: MainWindow, qtbot: QtBot) -> CommandPalette:
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = window.palette_join.palette
    qtbot.waitUntil(lambda: QApplication.focusWidget() is palette.field)
    return palette


def titles(palette: CommandPalette) -> list[str]:
    model = palette.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("typed", "best", "also", "never"),
    [
        ("new", "new conversation", "renew it", "open"),
        ("con", "continue the answer", "new conversation", "delete"),
        ("cv", "conversations", "continue driving", "clouds"),
        ("answer stop", "stop the answer", "", "regenerate"),
        ("ANSWER", "answer", "the answer", "steering"),
        ("été", "l'été", "", "hiver"),
        ("a.b", "a.b", "", "axb"),
    ],
)
def test_what_fits_best(typed: str, best: str, also: str, never: str) -> None:
    rank = ranking(typed)
    first = rank(best)
    assert first is not None
    second = rank(also) if also else (9, 0)
    assert second is not None
    assert first < second
    assert rank(never) is None


def test_letters_lead_to_a_command(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    before = window.steering.enabled
    QTest.keyClicks(palette.field, "steer on")
    assert titles(palette)[0] == "Steering on or off"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.steering.enabled is not before
    window.steering.set_enabled(before)


def test_what_was_used_lately_comes_first(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["view.privacy"].action.trigger()
    window.commands["view.privacy"].action.trigger()
    palette = open_palette(window, qtbot)
    assert titles(palette)[0] == "Show what leaves this computer"
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_keys_are_shown_and_said(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    QTest.keyClicks(palette.field, "full screen")
    index = palette.list.currentIndex()
    assert index.data(PaletteModel.KeysRole) == "F11"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Full screen, View, F11"
    assert palette.field.accessibleDescription() == "Full screen, View, F11. 1 fits"
    QTest.keyClicks(palette.field, "xyz")
    assert palette.nothing.isVisible()
    assert palette.field.accessibleDescription() == palette.nothing.text()
    palette.close()


def test_what_cannot_be_done_now_is_not_offered(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    assert "Regenerate the answer" not in titles(palette)
    assert "New conversation" in titles(palette)
    palette.close()


def test_a_conversation_is_opened_by_its_title(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.chat.create("Baking bread")
    wanted = app.chat.create("A trip to Kyoto")
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
        window.conversations.load()
    palette = open_palette(window, qtbot)
    QTest.keyClicks(palette.field, "kyo")
    assert titles(palette) == ["A trip to Kyoto"]
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(palette.field, Qt.Key.Key_Enter)
    assert window.chat.conversation_id == wanted.id
    palette = open_palette(window, qtbot)
    assert titles(palette)[0] == "A trip to Kyoto"
    palette.close()


def test_the_arrows_go_round(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window, qtbot)
    last = palette.list.model().rowCount() - 1
    assert palette.list.currentIndex().row() == 0
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == last
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 0
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.list.currentIndex().row() > 1
    assert palette.field.hasFocus()
    palette.close()


def test_a_letter_more_among_five_thousand_titles_is_quick(qtbot: QtBot) -> None:
    model = PaletteModel()
    words = ("garden", "letter to the landlord", "pasta", "query planner", "birthday", "Rust lifetimes")
    model.offer(
        PaletteEntry("conversation", str(at), f"{words[at % 6]} {at} and more of it", "") for at in range(5000)
    )
    took = []
    for typed in ("l", "le", "let", "lett", "lett 4"):
        begun = time.perf_counter()
        model.filter(typed)
        took.append(time.perf_counter() - begun)
    assert 0 < model.rowCount() <= MOST_OFFERED
    assert min(took) < 0.3  # a guard against searching all of it anew; how fast it is stands in the benchmark
