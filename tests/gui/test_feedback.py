"""Thumbs and changed answers: by mouse, by keys, from the menu; kept, and there again when shown again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.widgets.message import AnswerWidget
from tests.gui.conftest import PATIENCE_MS, second_window

Ask = Callable[[str], None]
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def answer(window: MainWindow, index: int = -1) -> AnswerWidget:
    widget = window.transcript.answer(window.chat.messages[index].id)
    assert widget is not None
    return widget


def given(app: Application) -> list[tuple[str, int | None]]:
    return [(one.chosen, one.value) for one in app.preferences.list()]


def thumbs(widget: AnswerWidget) -> tuple[bool, bool]:
    return widget.thumbs.up.isChecked(), widget.thumbs.down.isChecked()


def state_of(widget: QWidget) -> bool:
    """Whether a screen reader says that it is checked."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    return bool(interface.state().checked)


def test_a_thumb_is_kept_changed_and_taken_back(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a colour.")
    widget = answer(window)
    id = widget.message.id
    assert thumbs(widget) == (False, False)
    assert widget.thumbs.up.accessibleName() == "Good answer"
    assert widget.thumbs.up.toolTip() == "Rate the answer as good, or take that back (U)"
    widget.thumbs.up.click()
    assert thumbs(widget) == (True, False), "at once"
    assert state_of(widget.thumbs.up)
    qtbot.waitUntil(lambda: given(app) == [(id, 1)], timeout=PATIENCE_MS)
    widget.thumbs.down.click()
    assert thumbs(widget) == (False, True)
    qtbot.waitUntil(lambda: given(app) == [(id, -1)], timeout=PATIENCE_MS)
    widget.thumbs.down.click()
    assert thumbs(widget) == (False, False)
    qtbot.waitUntil(lambda: given(app) == [], timeout=PATIENCE_MS)
    for _ in range(5):  # faster than anything is stored
        widget.thumbs.up.click()
    qtbot.waitUntil(lambda: given(app) == [(id, 1)] and window._jobs.running == 0, timeout=PATIENCE_MS)
    assert thumbs(widget) == (True, False)


def test_keys_and_the_menu_rate_the_answer_with_the_focus(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a fish.")
    ask("Name a bird.")
    first, second = answer(window, 1), answer(window, 3)
    window.transcript.focus_message(first.message.id)
    QTest.keyClick(first, Qt.Key.Key_D)
    assert (thumbs(first), thumbs(second)) == ((False, True), (False, False))
    first.menu_button.click()
    menu = next(one for one in window.findChildren(QMenu) if one.isVisible())
    ticked = {one.text(): one.isChecked() for one in menu.actions() if one.text().startswith("Rate")}
    assert list(ticked.values()) == [False, True]
    next(one for one in menu.actions() if one.text().startswith("Rate the answer as good")).trigger()
    menu.close()
    assert thumbs(first) == (True, False)
    window.composer.setFocus()
    window.commands["message.thumb_up"].action.trigger()
    assert thumbs(second) == (True, False), "else the last one"
    qtbot.waitUntil(lambda: sorted(given(app)) == sorted([(one.message.id, 1) for one in (first, second)]))
    QTest.keyClick(window.composer.text, Qt.Key.Key_D)
    assert window.composer.text.toPlainText() == "d", "a letter is a letter where one writes"


def test_they_are_there_again(window: MainWindow, app: Application, ask: Ask, look: Look, qtbot: QtBot) -> None:
    ask("Name a river.")
    there, id = window.chat.conversation_id, answer(window).message.id
    assert there is not None
    answer(window).thumbs.up.click()
    window.chat_join.open_new()
    ask("Name a lake.")
    assert thumbs(answer(window)) == (False, False)
    with qtbot.waitSignal(window.feedback.changed, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(there))
    assert thumbs(answer(window)) == (True, False)
    with second_window(app, look, qtbot) as other:
        with qtbot.waitSignal(other.feedback.changed, timeout=PATIENCE_MS):
            other.chat.open(app.chat.conversation(there))
        assert thumbs(answer(other)) == (True, False)
        answer(other).thumbs.up.click()
        qtbot.waitUntil(lambda: given(app) == [], timeout=PATIENCE_MS)
    answer(window).thumbs.up.click()  # it was taken back there already
    qtbot.waitUntil(lambda: window._jobs.running == 0, timeout=PATIENCE_MS)
    assert (given(app), window.notices.isVisible(), app.chat.message(id).state) == ([], False, "complete")


def test_what_is_not_finished_is_not_rated(
    window: MainWindow, ask: Ask, set_length: Callable[[int], None], qtbot: QtBot
) -> None:
    ask("Name a lake.")
    set_length(400)
    window.chat.send("Write a long story.")
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        pass
    assert not answer(window).thumbs.isVisible()
    assert not window.commands["message.thumb_up"].action.isEnabled()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        window.chat.stop()
    assert answer(window).message.state == "stopped"
    assert not answer(window).thumbs.isVisible()
    assert answer(window, 1).thumbs.isVisible()


def test_a_narrow_window_keeps_the_thumbs_in_view(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a tree.")
    widget = answer(window)
    text = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert widget.regenerate_button.toolButtonStyle() == text
    before = window.size()
    window.resize(window.minimumSize())
    qtbot.waitUntil(lambda: widget.regenerate_button.toolButtonStyle() != text, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: (
            widget.menu_button.mapTo(window.transcript.viewport(), widget.menu_button.rect().topRight()).x()
            < window.transcript.viewport().width()
        ),
        timeout=PATIENCE_MS,
    )
    window.resize(before)
    qtbot.waitUntil(lambda: widget.regenerate_button.toolButtonStyle() == text, timeout=PATIENCE_MS)
