"""Steering of one conversation alone, and answers side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.steering.policy import CONTEXT, MIXTURE
from tests.gui.conftest import PATIENCE_MS

Ask = Callable[[str], None]


@pytest.fixture
def known(app: Application, window: MainWindow) -> None:
    app.profile.add("fact", "My sister is called Zephyrine and keeps alpacas in Tromso.")


def test_each_conversation_is_steered_in_its_own_way(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    usual = window.steering.strength
    window.steering.set_gain(MIXTURE, 0.5)
    ask("Name a river.")
    first = window.chat.conversation_id
    assert first is not None
    assert window.steering.gains == {MIXTURE: 0.5}, "chosen before it was stored"
    window.steering_bar.strength.slider.setValue(250)
    window.steering_bar.switch.click()
    window.steering_bar.options.gains[CONTEXT].setValue(2.0)
    options = window.steering.options()
    assert (options.enabled, options.strength) == (False, 0.25)
    assert options.gains == {MIXTURE: 0.5, CONTEXT: 2.0}
    assert app.settings.steering.strength == usual, "the others stay as they are"

    window.chat_join.open_new()
    assert (window.steering.enabled, window.steering.strength) == (True, usual)
    assert window.steering.gains == {}
    assert not window.steering.is_own
    qtbot.waitUntil(lambda: app.chat.settings(first).strength == 0.25, timeout=PATIENCE_MS)

    with qtbot.waitSignal(window.steering.changed, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(first))
    qtbot.waitUntil(lambda: window.steering.strength == 0.25, timeout=PATIENCE_MS)
    assert not window.steering_bar.switch.isChecked()
    window.steering_bar.more.click()
    assert window.steering_bar.options.as_usual.isVisible()
    window.steering_bar.options.as_usual.click()
    assert (window.steering.enabled, window.steering.strength) == (True, usual)
    window.steering.flush()
    qtbot.waitUntil(lambda: app.chat.settings(first).strength is None, timeout=PATIENCE_MS)


def test_what_one_conversation_has_becomes_usual(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    usual = app.settings.steering
    ask("Name a lake.")
    window.steering.set_strength(0.75)
    window.steering.make_usual()
    window.steering.flush()
    assert not window.steering.is_own
    qtbot.waitUntil(lambda: app.settings.steering.strength == 0.75, timeout=PATIENCE_MS)
    window.steering.set_strength(usual.strength)
    window.steering.make_usual()
    window.steering.flush()


@pytest.mark.usefixtures("known")
def test_two_answers_side_by_side_and_the_pick_is_kept(
    window: MainWindow, app: Application, ask: Ask, set_length: Callable[[int], None], qtbot: QtBot
) -> None:
    set_length(16)
    ask("Write a birthday note to my sister.")
    steered = window.chat.last_answer
    assert steered is not None
    with qtbot.waitSignal(window.comparing.changed, timeout=PATIENCE_MS):
        QTest.keyClick(
            window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
    dialog = window.compare_join.dialog
    assert dialog.isVisible()
    assert dialog.strength.strength == 0.0
    qtbot.waitUntil(lambda: not window.comparing.running, timeout=PATIENCE_MS)
    plain = window.comparing.right
    assert plain is not None
    assert plain.message.text != steered.text
    assert "not steered" in dialog.right.title.text()
    assert "strength 0.50" in dialog.left.title.text()
    assert dialog.left.view.toPlainText().strip()
    assert dialog.right.view.toPlainText().split() == plain.message.text.split()

    dialog.strength.slider.setValue(1000)
    dialog.write.click()
    qtbot.waitUntil(lambda: not window.comparing.running, timeout=PATIENCE_MS)
    tried = window.comparing.right
    assert tried is not None
    assert (tried.strength, tried.message.parent) == (1.0, steered.parent)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        dialog.right.pick.click()
    assert not dialog.isVisible()
    assert window.chat.last_answer is not None
    assert window.chat.last_answer.id == tried.message.id
    (kept,) = app.preferences.list()
    assert (kept.kind, kept.chosen, kept.rejected) == ("compare", tried.message.id, steered.id)
    assert len(app.chat.siblings(tried.message.id)) == 3


@pytest.mark.usefixtures("known")
def test_leaving_without_a_pick_goes_back(window: MainWindow, app: Application, ask: Ask, qtbot: QtBot) -> None:
    ask("Write a line to my sister.")
    before = window.chat.last_answer
    assert before is not None
    window.commands["steering.compare"].action.trigger()
    qtbot.waitUntil(lambda: window.comparing.right is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(window.compare_join.dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.comparing.running, timeout=PATIENCE_MS)
    assert window.chat.last_answer is not None
    assert window.chat.last_answer.id == before.id
    assert app.preferences.list() == []
