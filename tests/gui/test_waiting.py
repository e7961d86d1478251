"""What is seen and said before the first word, at a limit, and while another conversation is answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.gui.main_window import MainWindow
from costeer.gui.view_models.sections import SectionsModel
from costeer.gui.widgets.message import AnswerWidget
from tests.gui.conftest import LONG, PATIENCE_MS, SetLength, press_enter

Ask = Callable[[str], None]


def shown(window: MainWindow) -> AnswerWidget:
    answer = window.chat.last_answer
    assert answer is not None
    widget = window.transcript.answer(answer.id)
    assert widget is not None
    return widget


def begin(window: MainWindow, text: str) -> None:
    window.composer.text.setPlainText(text)
    press_enter(window)


def test_an_answer_at_its_limit_says_so_and_can_go_on(
    window: MainWindow, ask: Ask, set_length: SetLength, qtbot: QtBot
) -> None:
    ask("Tell me a long story about the sea.")
    answer = window.chat.last_answer
    assert answer is not None
    assert answer.state == "complete"
    assert "limit" in str(answer.detail)
    widget = shown(window)
    assert widget.detail.text() == str(answer.detail)
    assert widget.detail.isVisible()
    assert widget.figures_button.isVisible()

    set_length(LONG)
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        widget.continue_button.click()
    assert not shown(window).figures_button.isVisible()
    assert not shown(window).detail.isVisible()
    assert not shown(window).continue_button.isVisible()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert shown(window).figures_button.isVisible()
    assert shown(window).message.text.startswith(answer.text)


@pytest.mark.thorough
def test_before_the_first_word_the_view_says_what_happens(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a fish.")
    said: list[str] = []
    window.chat.phase_changed.connect(lambda _: said.append(shown(window).state.text()))
    window.composer.text.setPlainText("Name the longest of these words.\n" + "seagull lighthouse\n" * 60)
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        press_enter(window)
    bar = window.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum(), timeout=PATIENCE_MS)
    assert shown(window).state.isVisible()
    assert shown(window).state.text()
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=PATIENCE_MS)
    assert "The cloud is reading the prompt…" in said


def test_another_conversation_is_neither_stopped_nor_asked(
    window: MainWindow, ask: Ask, set_length: SetLength, qtbot: QtBot
) -> None:
    ask("Name a fish.")
    window.chat.open_new()
    set_length(LONG)
    begin(window, "Tell me a long story about a lighthouse.")
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 2, timeout=PATIENCE_MS)
    window.composer.text.setPlainText("half a thought")
    story, other = window.conversations.listed
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(other)
    assert window.sections.index(1).data(SectionsModel.WhenRole) == "Writing…"
    assert window.composer.text.toPlainText() == ""
    assert window.composer.button.accessibleName() == "Send"

    begin(window, "And a bird.")
    assert window.notices.isVisible()
    assert "“Tell me a long story about a lighthouse.”" in window.notices.text.text()
    assert window.composer.text.toPlainText() == "And a bird."
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.chat.busy

    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(story)
    assert window.composer.text.toPlainText() == "half a thought"
    assert window.composer.button.accessibleName() == "Stop"
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.sections.index(1).data(SectionsModel.WritingRole)
    assert window.notices.isHidden()


def test_long_lines_of_code_are_wrapped(window: MainWindow, ask: Ask) -> None:
    ask("Name a stone.")
    view = shown(window).view
    view.show_markdown("```\n" + "primes = [number for number in range] " * 10 + "\n```")
    assert view.document().size().width() <= view.viewport().width()
    assert view.document().begin().layout().lineCount() > 1
