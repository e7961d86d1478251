"""The registry of commands: keys, the menu and tool tips come from it, and keys can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import WindowSettings, load_settings
from costeer.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def usual_window_settings(app: Application) -> Iterator[None]:
    yield
    app.change_settings(lambda settings: replace(settings, window=WindowSettings()))


def test_every_key_of_the_window_is_a_command(window: MainWindow) -> None:
    owners = [one.parent() for one in window.findChildren(QShortcut)]
    # A dialog may have keys of its own.
    assert [one for one in owners if isinstance(one, QWidget) and one.window() is window] == []
    keys = [one.action.shortcut().toString() for one in window.commands.all()]
    given = [one for one in keys if one]
    assert len(given) == len(set(given))
    assert {"Ctrl+N", "Esc", "Ctrl+R", "Ctrl+G", "Ctrl+P", "Ctrl+Shift+C", "Ctrl+H", "Ctrl+L", "F9"} <= set(given)


def test_every_command_has_a_name_and_every_usual_key_is_possible(window: MainWindow) -> None:
    for one in window.commands.all():
        assert one.title
        assert one.title != one.id
        assert window.commands.problem(one.id, one.keys) == "", one.id


def test_the_menu_is_made_of_commands(window: MainWindow) -> None:
    known = {one.action for one in window.commands.all()}
    offered = [one for one in window.header.menu.actions() if not one.isSeparator()]
    assert offered
    assert set(offered) <= known


def test_new_keys_work_at_once_are_shown_and_are_kept(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    assert "(Ctrl+N)" in window.sidebar.new_button.toolTip()
    with qtbot.waitSignal(window.commands.changed):
        window.settings.put_shortcut("chat.new", "Ctrl+Shift+J")
    assert "(Ctrl+Shift+J)" in window.sidebar.new_button.toolTip()
    with qtbot.waitSignal(window.commands.ran) as ran:
        QTest.keyClick(window, Qt.Key.Key_J, CONTROL | SHIFT)
    assert ran.args == ["chat.new"]
    with qtbot.assertNotEmitted(window.commands.ran):
        QTest.keyClick(window, Qt.Key.Key_N, CONTROL)
    stored = {"chat.new": "Ctrl+Shift+J"}
    qtbot.waitUntil(lambda: load_settings(app.paths.settings_file).window.shortcuts == stored, timeout=PATIENCE_MS)
    assert not window.commands.is_usual("chat.new")
    window.settings.put_shortcut("chat.new", None)
    assert window.commands.is_usual("chat.new")
    assert window.commands.keys_of("chat.new") == "Ctrl+N"


def test_a_command_can_be_without_keys(window: MainWindow) -> None:
    window.settings.put_shortcut("chat.new", "")
    assert window.commands.keys_of("chat.new") == ""
    assert window.sidebar.new_button.toolTip() == "New conversation"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("Ctrl+R", "already used for “Regenerate the answer”"),
        ("Ctrl+C", "needed for writing"),
        ("A", "in the way of writing"),
        ("Shift+A", "in the way of writing"),
        ("Ctrl+Shift+J", ""),
        ("F5", ""),
        ("Alt+1", ""),
        ("", ""),
    ],
)
def test_why_keys_cannot_be_used_is_one_sentence(window: MainWindow, keys: str, said: str) -> None:
    problem = window.commands.problem("chat.new", keys)
    assert said in problem
    assert bool(problem) == bool(said)
    assert problem.count(".") == bool(said)


def test_what_is_chosen_comes_before_what_is_usual(window: MainWindow) -> None:
    """A settings file may have been written by hand."""
    window.settings.put_shortcut("chat.new", "Ctrl+R")
    assert window.commands.keys_of("chat.new") == "Ctrl+R"
    assert window.commands.keys_of("chat.regenerate") == ""


def test_a_command_is_available_only_when_it_can_do_something(window: MainWindow) -> None:
    assert not window.commands["chat.regenerate"].action.isEnabled()
    assert not window.commands["chat.stop"].action.isEnabled()
    assert window.commands["chat.new"].action.isEnabled()


def test_next_and_previous_conversation(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    made = [app.chat.create(title) for title in ("one", "two")]
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
        window.conversations.load()
    listed = window.conversations.listed
    assert {one.id for one in listed} == {one.id for one in made}
    for wanted in listed:
        with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
            QTest.keyClick(window, Qt.Key.Key_PageDown, CONTROL)
        assert window.chat.conversation_id == wanted.id
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_PageUp, CONTROL)
    assert window.chat.conversation_id == listed[0].id
