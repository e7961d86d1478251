"""What is half written stays with its conversation, and over a restart; that of a temporary one in no file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.widgets.question import QuestionWidget
from costeer.services import chat
from costeer.storage.records import Draft
from tests.gui.conftest import PATIENCE_MS, press_enter, second_window

Ask = Callable[[str], None]


def question(window: MainWindow, index: int = 0) -> QuestionWidget:
    widget = window.transcript.question(window.chat.messages[index].id)
    assert widget is not None
    return widget


def edited(window: MainWindow, index: int = 0) -> str | None:
    editor = question(window, index).editor
    return editor.text.toPlainText() if editor is not None else None


def open_again(window: MainWindow, conversation_id: str, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open_at(conversation_id, None)


def test_drafts_and_open_editors_stay_with_their_conversation(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a fish.")
    first = window.chat.messages[0].conversation
    question(window).edit_button.click()
    editor = question(window).editor
    assert editor is not None
    editor.text.setPlainText("Name a bird")
    window.composer.text.setPlainText("And its col")

    window.chat.open_new()
    assert window.composer.text.toPlainText() == ""
    window.composer.text.setPlainText("Something else alto")
    open_again(window, first, qtbot)
    assert window.composer.text.toPlainText() == "And its col"
    assert window.composer.text.textCursor().atEnd()
    assert edited(window) == "Name a bird"
    window.chat.open_new()
    assert window.composer.text.toPlainText() == "Something else alto"

    # Closed, it is gone; so is what was sent.
    open_again(window, first, qtbot)
    editor = question(window).editor
    assert editor is not None
    QTest.keyClick(editor.text, Qt.Key.Key_Escape)
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        press_enter(window)
    window.chat.open_new()
    open_again(window, first, qtbot)
    assert edited(window) is None
    assert window.composer.text.toPlainText() == ""


def test_they_are_there_after_a_restart(
    window: MainWindow, app: Application, look: Look, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a tree.")
    first, asked = window.chat.messages[0].conversation, window.chat.messages[0].id
    question(window).begin_edit("Name a bush")
    window.composer.text.setPlainText("And how tall")
    kept = [Draft(first, asked, "Name a bush"), Draft(first, None, "And how tall")]
    # Without any closing: what rests for a moment is stored.
    qtbot.waitUntil(lambda: app.chat.drafts() == kept, timeout=PATIENCE_MS)
    window.chat.open_new()
    window.composer.text.setPlainText("A letter to")
    window.leave()
    qtbot.waitUntil(lambda: Draft(None, None, "A letter to") in app.chat.drafts(), timeout=PATIENCE_MS)

    with second_window(app, look, qtbot) as next_start:
        assert next_start.composer.text.toPlainText() == "A letter to"
        open_again(next_start, first, qtbot)
        assert next_start.composer.text.toPlainText() == "And how tall"
        assert edited(next_start) == "Name a bush"


def test_a_new_conversation_takes_what_was_begun_meanwhile_with_it(
    window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    window.composer.text.setPlainText("Name a star.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        press_enter(window)
        window.composer.text.setPlainText("And its pla")
    first = window.chat.conversation_id
    window.chat.open_new()
    assert window.composer.text.toPlainText() == ""
    window.drafts.flush()
    qtbot.waitUntil(lambda: app.chat.drafts() == [Draft(first, None, "And its pla")], timeout=PATIENCE_MS)


def test_what_is_written_in_temporary_chats_is_stored_nowhere(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    window.composer.text.setPlainText("for the file")
    window.chat_join.open_new(temporary=True)
    assert window.composer.text.toPlainText() == ""
    window.composer.text.setPlainText("for no file")
    window.chat.open_new()
    assert window.composer.text.toPlainText() == "for the file"
    window.chat_join.open_new(temporary=True)
    assert window.composer.text.toPlainText() == "for no file"
    ask("Name a secret.")
    question(window).begin_edit("Name another")
    window.composer.text.setPlainText("and more")
    there = window.chat.conversation_id
    assert there is not None
    window.chat.open_new()
    open_again(window, there, qtbot)
    assert (window.composer.text.toPlainText(), edited(window)) == ("and more", "Name another")
    window.drafts.flush()
    qtbot.waitUntil(lambda: window.chat._jobs.running == 0, timeout=PATIENCE_MS)
    assert app.chat.drafts() == [Draft(None, None, "for the file")]


def test_what_cannot_be_asked_goes_back_to_where_it_was_written(
    window: MainWindow, ask: Ask, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "LONGEST_PROMPT", 100)
    ask("Name a stone.")
    first, asked = window.chat.messages[0].conversation, window.chat.messages[0].id
    long = "too long " * 12
    with qtbot.waitSignal(window.chat.edit_returned, timeout=PATIENCE_MS):
        window.chat.edit(asked, long)
        window.chat.open_new()
    open_again(window, first, qtbot)
    assert edited(window) == long
