"""Closing and coming back: where the window was is kept, and closing asks only where something would be lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import WindowSettings
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.window_state import WindowState, place_on_screen, read_state, write_state
from tests.gui.conftest import LONG, PATIENCE_MS, SetLength, press_enter

SCREENS = [QRect(0, 0, 1920, 1040), QRect(1920, 200, 1280, 984)]
STATE = WindowState((40, 60, 700, 500), False, (250, 450, 0), True, False, ("chat.new",))


@pytest.fixture(autouse=True)
def usual_settings(app: Application) -> Iterator[None]:
    yield
    app.change_settings(lambda settings: replace(settings, window=WindowSettings()))


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((100, 100, 1200, 800), QRect(100, 100, 1200, 800)),
        ((2000, 300, 900, 700), QRect(2000, 300, 900, 700)),  # on the second screen
        ((1800, 300, 900, 700), QRect(1800, 300, 900, 700)),  # across both
        ((5000, 300, 900, 700), QRect(510, 170, 900, 700)),  # on a screen that is gone
        ((100, -300, 900, 700), QRect(510, 170, 900, 700)),  # its title bar above the screen
        ((0, 0, 4000, 3000), QRect(0, 0, 1920, 1040)),  # larger than any
        ((-2000, 0, 4000, 3000), QRect(-2000, 0, 1920, 1040)),
    ],
)
def test_it_comes_back_where_it_can_be_grasped(place: tuple[int, ...], expected: QRect) -> None:
    put = place_on_screen(place, SCREENS, SCREENS[0])
    if place[0] == -2000:
        assert put.size() == expected.size()
    else:
        assert put == expected


def test_a_round_trip(tmp_path: Path) -> None:
    write_state(tmp_path / "window.json", STATE)
    assert read_state(tmp_path / "window.json") == STATE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"place": 3}',
        json.dumps({"place": [1, 2, 3]}),
        json.dumps({"place": [1, 2, 3, 1e12]}),
        "\0",
    ],
)
def test_what_cannot_be_read_counts_as_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "window.json").write_text(text, encoding="utf-8")
    assert read_state(tmp_path / "window.json") is None


def test_there_is_none_at_the_first_start(tmp_path: Path) -> None:
    assert read_state(tmp_path / "window.json") is None


def test_a_window_takes_up_what_another_left(
    window: MainWindow, app: Application, look: Look, qtbot: QtBot
) -> None:
    window.setGeometry(20, 50, 760, 560)
    window.header.list_toggle.setChecked(False)
    window.commands["chat.write"].action.trigger()
    left = window.state()
    jobs = Jobs()
    made = MainWindow(app, jobs, look, QIcon())
    made.restore(left)
    made.show()
    qtbot.waitExposed(made)
    taken = made.state()
    assert taken.place == (20, 50, 760, 560)
    assert (taken.list, taken.privacy) == (False, True)
    assert taken.recent[0] == "chat.write"
    assert taken.widths[0] == 0
    made.leave()
    made.close()
    assert jobs.wait_for_all(20)
    made.deleteLater()


def begin_long(window: MainWindow, set_length: SetLength, qtbot: QtBot) -> None:
    set_length(LONG)
    window.composer.text.setPlainText("Tell me a long story.")
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        press_enter(window)


def press(window: MainWindow, words: str, qtbot: QtBot) -> None:
    box = window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    with qtbot.waitSignal(box.destroyed):
        next(one for one in box.buttons() if one.text().replace("&", "") == words).click()


def test_closing_asks_while_an_answer_is_written(window: MainWindow, set_length: SetLength, qtbot: QtBot) -> None:
    begin_long(window, set_length, qtbot)
    with qtbot.assertNotEmitted(window.closed):
        window.close()
        press(window, "Cancel", qtbot)
    assert window.isVisible()
    assert window.chat.busy
    window.commands["application.quit"].action.trigger()
    with qtbot.waitSignal(window.closed):
        press(window, "Stop and close", qtbot)
    assert not window.isVisible()
    window.chat.stop_everywhere()
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=PATIENCE_MS)


def test_closing_asks_nothing_otherwise(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.closed):
        window.close()
    assert window.findChild(QMessageBox) is None


def test_in_the_tray_an_answer_goes_on(window: MainWindow, set_length: SetLength, qtbot: QtBot) -> None:
    """This system shows no tray; that it had one is all that is made up."""
    window.closing_join.tray.available = True
    window.settings.put_window(keep_in_tray=True)
    set_length(24)
    window.composer.text.setPlainText("Name a fish.")
    with (
        qtbot.assertNotEmitted(window.closed),
        qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS),
    ):
        press_enter(window)
        window.close()
        assert not window.isVisible()
    assert window.chat.messages[-1].state == "complete"
    window.closing_join.toggle()
    assert window.isVisible()
    with qtbot.waitSignal(window.closed):
        window.commands["application.quit"].action.trigger()


def test_quit_ends_the_program_from_the_tray_as_well(window: MainWindow, qtbot: QtBot) -> None:
    window.closing_join.tray.available = True
    window.settings.put_window(keep_in_tray=True)
    window.close()
    assert not window.isVisible()
    with qtbot.waitSignal(window.closed):
        window.commands["application.quit"].action.trigger()


def test_without_a_tray_nothing_is_hidden_in_it(window: MainWindow, qtbot: QtBot) -> None:
    window.settings.put_window(keep_in_tray=True)
    with qtbot.waitSignal(window.closed):
        window.close()


def test_the_menu_of_the_tray_is_made_of_commands(window: MainWindow) -> None:
    known = {one.action for one in window.commands.all()}
    offered = {one for one in window.closing_join.tray.menu.actions() if not one.isSeparator()}
    assert len(offered) == 3
    assert offered <= known


def test_nothing_is_asked_when_the_session_ends(window: MainWindow, set_length: SetLength, qtbot: QtBot) -> None:
    begin_long(window, set_length, qtbot)
    window.closing_join.ask_no_more()
    begun = time.monotonic()
    with qtbot.waitSignal(window.closed):
        window.close()
    assert time.monotonic() - begun < 30.0
    window.chat.stop_everywhere()
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=PATIENCE_MS)
