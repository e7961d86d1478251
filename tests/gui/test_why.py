"""From a word of an answer to the line of the profile behind it; with the real local model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.selected_tokens import tokens_at
from costeer.steering.trace import TokenTrace
from tests.gui.conftest import PATIENCE_MS, SetLength

Ask = Callable[[str], None]

DOG, HOME = "My dog is called Biscuit.", "I live in Heidelberg."


def traces(*texts: str) -> list[TokenTrace]:
    return [TokenTrace(at, at, text, at, text, 1.0, 1.0, True, {}) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 2, (0, 0)), (3, 4, (1, 1)), (1, 7, (0, 2)), (1, 6, (0, 1)), (6, 6, (2, 2)), (2, 3, None), (30, 40, None)],
)
def test_a_selection_covers_tokens(start: int, end: int, expected: tuple[int, int] | None) -> None:
    """The stars of the Markdown are not shown; an emoji counts twice; spaces before words belong to none."""
    told = traces("**Hi", "** 🎉", " you")
    assert tokens_at("Hi 🎉 you", told, start, end) == expected


@pytest.fixture
def answered(window: MainWindow, app: Application, ask: Ask, set_length: SetLength) -> MainWindow:
    """With an answer in which steering wrote the name of the dog."""
    app.profile.add("fact", HOME)
    app.profile.add("fact", DOG)
    window.steering.set_strength(1.78)
    set_length(24)
    ask("Write about my home and my dog.")
    return window


def wait_for_reasons(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.why_join.model.busy, timeout=PATIENCE_MS)


def test_a_selected_word_leads_to_the_fact(answered: MainWindow, app: Application, qtbot: QtBot) -> None:
    answer = answered.chat.last_answer
    assert answer is not None
    widget = answered.transcript.answer(answer.id)
    assert widget is not None
    view = widget.view
    at = view.toPlainText().index("Biscuit")
    cursor = QTextCursor(view.document())
    cursor.setPosition(at)
    cursor.setPosition(at + len("Biscuit"), QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    view.setFocus()
    QTest.keyClick(answered, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog, model = answered.why_join.dialog, answered.why_join.model
    assert dialog.isVisible()
    wait_for_reasons(answered, qtbot)
    told = model.explanation
    assert told is not None
    assert told.text.strip() == "Biscuit"
    assert dialog.words.text() == "“Biscuit”"
    assert "your profile +" in dialog.signals.text()
    first = dialog.chosen
    assert first is not None
    assert first.text == DOG
    nats = [one.nats or 0.0 for one in model.causes.causes]
    assert nats == sorted(nats, reverse=True)
    assert len(nats) == 2

    dialog.show_entry.click()
    facts = answered.editor.pages["fact"]
    qtbot.waitUntil(lambda: facts.chosen is not None and facts.chosen.text == DOG, timeout=PATIENCE_MS)
    assert answered.editor.isVisible()


def test_without_a_selection_it_is_the_word_that_was_moved_most(answered: MainWindow, qtbot: QtBot) -> None:
    answered.composer.setFocus()
    answered.commands["message.why"].action.trigger()
    wait_for_reasons(answered, qtbot)
    model, dialog = answered.why_join.model, answered.why_join.dialog
    assert model.words
    assert dialog.others.count() == len(model.words)
    other = model.words[-1]
    dialog.others.setCurrentIndex(dialog.others.count() - 1)
    dialog.others.activated.emit(dialog.others.currentIndex())
    wait_for_reasons(answered, qtbot)
    assert model.explanation is not None
    assert model.explanation.text.strip() == other.text
    dialog.close()
    answer = answered.chat.last_answer
    assert answer is not None
    answered.why_join.show_why(answer.id, 0, 0)
    wait_for_reasons(answered, qtbot)
    assert model.explanation.first == 0


def test_the_cloud_s_own_words_have_no_line_behind_them(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    window.commands.refresh()
    assert not window.commands["message.why"].action.isEnabled()
    window.steering.set_strength(0.0)
    ask("Name a planet.")
    window.commands["message.why"].action.trigger()
    wait_for_reasons(window, qtbot)
    dialog = window.why_join.dialog
    assert "the cloud's own words" in dialog.hint.text()
    assert not dialog.table.isVisibleTo(dialog)
    assert not dialog.show_entry.isEnabled()


def test_closing_the_dialog_ends_the_question(answered: MainWindow, qtbot: QtBot) -> None:
    answered.commands["message.why"].action.trigger()
    model = answered.why_join.model
    assert model.busy
    answered.why_join.dialog.close()
    wait_for_reasons(answered, qtbot)
