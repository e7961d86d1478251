"""Asking, stopping, going on and asking again, in a real window with the real demo cloud."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.message import AnswerWidget
from costeer.storage.records import Message
from tests.gui.conftest import LONG, PATIENCE_MS, SHORT, SetLength, press_enter

Ask = Callable[[str], None]


def last(window: MainWindow) -> Message:
    answer = window.chat.last_answer
    assert answer is not None
    return answer


def shown(window: MainWindow) -> AnswerWidget:
    widget = window.transcript.answer(last(window).id)
    assert widget is not None
    return widget


def wait_for_words(window: MainWindow, qtbot: QtBot, beyond: str = "") -> None:
    """Until the answer being written has more text than `beyond`."""
    qtbot.waitUntil(
        lambda: bool(window.chat.writing_id) and len(last(window).text) > len(beyond), timeout=PATIENCE_MS
    )


def test_a_new_window_says_what_to_do(window: MainWindow) -> None:
    assert window.transcript.empty.isVisible()
    assert window.sidebar.empty.isVisible()
    assert window.header.endpoint.accessibleName() == "Answered by Demo cloud (this computer)"
    assert window.composer.text.hasFocus()
    assert not window.composer.button.isEnabled()
    assert window.notices.isHidden()


def test_enter_sends_and_the_answer_is_stored(window: MainWindow, app: Application, ask: Ask) -> None:
    ask("What is the capital of France?")
    answer = last(window)
    assert answer.state == "complete"
    assert answer.text
    assert shown(window).view.toPlainText().split() == answer.text.split()
    assert window.composer.text.toPlainText() == ""
    conversation = app.chat.conversations()[0]
    assert [one.text for one in app.chat.thread(conversation.id)] == [
        "What is the capital of France?",
        answer.text,
    ]
    assert not window.transcript.empty.isVisible()
    assert shown(window).continue_button.isVisible() == bool(answer.detail)
    assert shown(window).regenerate_button.isVisible()


def test_shift_enter_starts_a_line(window: MainWindow) -> None:
    QTest.keyClicks(window.composer.text, "one")
    QTest.keyClick(window.composer.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(window.composer.text, "two")
    assert window.composer.text.toPlainText() == "one\ntwo"
    assert not window.chat.busy


def test_escape_stops_and_continue_goes_on(
    window: MainWindow, app: Application, set_length: SetLength, qtbot: QtBot
) -> None:
    set_length(LONG)
    window.composer.text.setPlainText("Tell me a long story about the sea.")
    press_enter(window)
    wait_for_words(window, qtbot)
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    stopped = last(window)
    assert stopped.state == "stopped"
    stored = app.chat.thread(app.chat.conversations()[0].id)[-1]
    assert (stored.text, stored.state) == (stopped.text, "stopped")
    assert shown(window).state.text() == "Stopped"

    set_length(SHORT)
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        shown(window).continue_button.click()
    assert last(window).id == stopped.id
    assert last(window).text.startswith(stopped.text)
    assert len(last(window).text) > len(stopped.text)
    assert shown(window).continue_button.isVisible() == bool(last(window).detail)


def test_regenerate_writes_a_sibling(window: MainWindow, app: Application, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a colour.")
    first = last(window)
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    second = last(window)
    assert second.id != first.id
    assert second.parent == first.parent
    assert [one.id for one in window.chat.messages][-1] == second.id
    assert len(window.chat.messages) == 2
    assert window.transcript.answer(first.id) is None
    thread = app.chat.thread(app.chat.conversations()[0].id)
    assert [one.id for one in thread] == [one.id for one in window.chat.messages]


def test_conversations_newest_first_open_and_delete(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("First question")
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.transcript.empty.isVisible()
    ask("Second question")
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 2, timeout=PATIENCE_MS)
    titles = [one.title for one in window.conversations.listed]
    assert titles == ["Second question", "First question"]

    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.sidebar.list.clicked.emit(window.sections.index(2))  # below the heading
    assert window.chat.messages[0].text == "First question"
    assert window.header.title.whole == "First question"

    window.sidebar.list.setFocus()
    window.sidebar.list.setCurrentIndex(window.sections.index(2))
    with qtbot.waitSignal(window.conversations.deleted, timeout=PATIENCE_MS):
        QTest.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 1, timeout=PATIENCE_MS)
    assert [one.title for one in app.chat.conversations()] == ["Second question"]
    assert window.chat.messages == []

    assert "“First question” was deleted" in window.notices.text.text()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.notices.action.click()
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 2, timeout=PATIENCE_MS)
    assert window.chat.messages[0].text == "First question"
    assert window.notices.isHidden()


def test_another_conversation_can_be_read_while_an_answer_is_written(
    window: MainWindow, ask: Ask, set_length: SetLength, qtbot: QtBot
) -> None:
    ask("Name a fish.")
    window.chat.open_new()
    set_length(LONG)
    window.composer.text.setPlainText("Tell me a long story about a lighthouse.")
    press_enter(window)
    wait_for_words(window, qtbot)
    writing = window.chat.writing_id
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 2, timeout=PATIENCE_MS)
    story, other = window.conversations.listed
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(other)
    assert window.chat.messages[0].text == "Name a fish."
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(story)
    before = last(window).text
    assert before
    wait_for_words(window, qtbot, beyond=before)
    assert last(window).id == writing

    # Deleting the conversation that is being written stops its answer first.
    with qtbot.waitSignal(window.conversations.deleted, timeout=PATIENCE_MS):
        window.header.delete.click()
    assert not window.chat.busy
    assert "was deleted" in window.notices.text.text()


def test_a_failure_is_said_once_and_the_text_is_not_lost(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a bird.")
    app.chat.purge(app.chat.conversations()[0].id)
    window.composer.text.setPlainText("And another one.")
    with qtbot.waitSignal(window.chat.failed, timeout=PATIENCE_MS):
        press_enter(window)
    assert window.notices.isVisible()
    assert window.notices.text.text().startswith("This conversation no longer exists")
    assert window.composer.text.toPlainText() == "And another one."
    window.notices.dismiss.click()
    assert window.notices.isHidden()


def test_an_answer_that_fails_stays_with_what_was_asked(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("word " * 30_000)
    assert last(window).state == "failed"
    assert "shorten the message" in window.notices.text.text()
    assert shown(window).state.text() == "Not finished"
    assert "shorten the message" in shown(window).state.toolTip()


def test_what_is_not_foreseen_is_said_without_its_innards(window: MainWindow) -> None:
    window.chat.failed.emit(RuntimeError("index 7 of secret text"))
    said = window.notices.text.text()
    assert "costeer.log" in said
    assert "secret text" not in said


def test_the_window_stays_free_while_an_answer_is_written(
    window: MainWindow, set_length: SetLength, qtbot: QtBot
) -> None:
    """Nothing blocks the window's thread: its timers fire, and no service is called on it."""
    set_length(40)
    beats: list[int] = []
    heart = QTimer(window)
    heart.timeout.connect(lambda: beats.append(1))
    heart.start(10)
    callers: set[int] = set()
    window._app.traffic.subscribe(lambda _: callers.add(threading.get_ident()))
    window.composer.text.setPlainText("Tell me about rivers.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        press_enter(window)
    assert len(beats) > 10
    assert callers
    assert threading.get_ident() not in callers


@pytest.mark.parametrize("hostile", ["![x](file:///etc/hostname)", "<img src='file:///etc/hostname'>", "<b>x</b>"])
def test_answers_load_nothing_and_run_no_markup(window: MainWindow, ask: Ask, hostile: str) -> None:
    ask("Name a stone.")
    view = shown(window).view
    view.show_markdown(hostile)
    assert view.document().allFormats()
    assert "<b>" not in hostile or "<b>" in view.toPlainText()


def test_links_are_not_followed_unasked(window: MainWindow, ask: Ask) -> None:
    ask("Name a river.")
    shown(window).view.anchorClicked.emit(QUrl("https://example.org/path"))
    box = window.findChild(QMessageBox)
    assert box is not None
    assert box.informativeText() == "https://example.org/path"
    box.reject()
    shown(window).view.anchorClicked.emit(QUrl("file:///etc/hostname"))
    assert not any(one.isVisible() for one in window.findChildren(QMessageBox))
