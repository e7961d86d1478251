"""Questions asked anew and answers written anew stay reachable, by arrows and by keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.message_editor import MessageEditor
from costeer.gui.widgets.message_frame import MessageFrame
from costeer.gui.widgets.question import QuestionWidget
from costeer.storage.records import Message
from tests.gui.conftest import LONG, PATIENCE_MS, SetLength

Ask = Callable[[str], None]
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def question(window: MainWindow, index: int) -> QuestionWidget:
    widget = window.transcript.question(window.chat.messages[index].id)
    assert widget is not None
    return widget


def frame(window: MainWindow, index: int) -> MessageFrame:
    widget = window.transcript.widget_of(window.chat.messages[index].id)
    assert widget is not None
    return widget


def place(window: MainWindow, index: int) -> str:
    """What the arrows of message number `index` say; empty when there are none."""
    arrows = frame(window, index).branches
    return arrows.place.text() if arrows.isVisible() else ""


def texts(messages: list[Message]) -> list[str]:
    return [one.text for one in messages]


def editor_of(widget: QuestionWidget) -> MessageEditor:
    assert widget.editor is not None
    return widget.editor


def resend(window: MainWindow, qtbot: QtBot, widget: QuestionWidget, text: str) -> None:
    """In the open editor."""
    editor = editor_of(widget)
    editor.text.setPlainText(text)
    with qtbot.waitSignals([window.chat.answer_finished, window.chat.branches_changed], timeout=PATIENCE_MS):
        QTest.keyClick(editor.text, Qt.Key.Key_Return, CONTROL)


def test_an_edited_question_is_another_version(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a colour.")
    ask("And a second one.")
    before = list(window.chat.messages)
    question(window, 0).edit_button.click()
    assert editor_of(question(window, 0)).text.toPlainText() == "Name a colour."
    resend(window, qtbot, question(window, 0), "Name a river.")
    assert len(window.chat.messages) == 2
    assert window.chat.messages[0].text == "Name a river."
    assert window.chat.messages[0].parent is None
    assert len(window.transcript.built()) == 2
    qtbot.waitUntil(lambda: place(window, 0) == "2 / 2", timeout=PATIENCE_MS)
    assert frame(window, 0).branches.place.accessibleName() == "Version 2 of 2"

    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        frame(window, 0).branches.previous.click()
    assert window.chat.messages == before
    assert place(window, 0) == "1 / 2"
    assert texts(app.chat.thread(before[0].conversation)) == texts(before)
    assert not frame(window, 0).branches.previous.isEnabled()

    # What is asked now goes below the branch that is shown.
    ask("And a third one.")
    assert texts(window.chat.messages)[::2] == ["Name a colour.", "And a second one.", "And a third one."]
    assert texts(app.chat.thread(before[0].conversation)) == texts(window.chat.messages)


def test_any_answer_can_be_written_anew(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a fish.")
    ask("Name a bird.")
    before = list(window.chat.messages)
    first = window.transcript.answer(before[1].id)
    assert first is not None
    with qtbot.waitSignals([window.chat.answer_finished, window.chat.branches_changed], timeout=PATIENCE_MS):
        first.regenerate_button.click()
    assert len(window.chat.messages) == 2
    assert window.chat.messages[1].parent == before[0].id
    qtbot.waitUntil(lambda: place(window, 1) == "2 / 2", timeout=PATIENCE_MS)
    window.transcript.focus_message(window.chat.messages[1].id)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Left, ALT)
    assert window.chat.messages == before
    # The focus stays with the message whose version was changed.
    assert window.transcript.current == before[1].id
    assert frame(window, 1).hasFocus()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Right, ALT)
    assert len(window.chat.messages) == 2


def test_arrows_keep_the_focus_and_the_place(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    window.resize(1000, 420)
    ask("Name a tree.")
    ask("Name a stone.")
    question(window, 2).begin_edit()
    resend(window, qtbot, question(window, 2), "Name a star.")
    qtbot.waitUntil(lambda: place(window, 2) == "2 / 2", timeout=PATIENCE_MS)
    ask("Write a few words about the sea and its many fish.")
    arrows = frame(window, 2).branches
    window.transcript.bring_in_view(window.chat.messages[2].id)
    arrows.previous.setFocus()
    before = window.transcript.top_of(frame(window, 2))
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(arrows.previous, Qt.Key.Key_Space)
    assert texts(window.chat.messages)[2] == "Name a stone."
    after = frame(window, 2).branches
    assert (after.next if not after.previous.isEnabled() else after.previous).hasFocus()
    bar = window.transcript.verticalScrollBar()
    # It stays where it was, or as near as the shorter branch lets it.
    qtbot.waitUntil(
        lambda: window.transcript.top_of(frame(window, 2)) == before or bar.value() == bar.maximum(),
        timeout=PATIENCE_MS,
    )


def test_without_focus_the_keys_take_the_last_that_has_versions(
    window: MainWindow, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a herb.")
    with qtbot.waitSignals([window.chat.answer_finished, window.chat.branches_changed], timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_R, CONTROL)
    shown = window.chat.messages[1].id
    window.composer.setFocus()
    assert not window.commands["branch.next"].action.isEnabled()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(window.composer.text, Qt.Key.Key_Left, ALT)
    assert window.chat.messages[1].id != shown
    assert window.commands["branch.next"].action.isEnabled()
    assert not window.commands["branch.previous"].action.isEnabled()


def test_another_branch_can_be_read_while_an_answer_is_written(
    window: MainWindow, ask: Ask, set_length: SetLength, qtbot: QtBot
) -> None:
    ask("Tell me a story about a lighthouse.")
    before = list(window.chat.messages)
    set_length(LONG)
    with qtbot.waitSignals([window.chat.answer_started, window.chat.branches_changed], timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_R, CONTROL)
    writing = window.chat.writing_id
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Left, ALT)
    assert window.chat.messages == before
    with qtbot.waitSignal(window.chat.message_put, raising=False, timeout=300):
        pass  # what is written now is of the other branch
    assert window.chat.messages == before
    assert len(window.transcript.built()) == 2
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Right, ALT)
    assert window.chat.messages[1].id == writing
    with qtbot.waitSignal(window.chat.message_put, timeout=PATIENCE_MS):
        pass
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.chat.messages[1].state == "stopped"


def test_up_in_an_empty_field_edits_the_last_question_and_escape_leaves_it(
    window: MainWindow, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a city.")
    ask("Name a lake.")
    window.composer.text.setPlainText("x")
    QTest.keyClick(window.composer.text, Qt.Key.Key_Up)
    assert question(window, 2).editor is None
    window.composer.text.clear()
    QTest.keyClick(window.composer.text, Qt.Key.Key_Up)
    editor = editor_of(question(window, 2))
    assert editor.text.hasFocus()
    QTest.keyClicks(editor.text, " E and C are letters here.")
    assert editor.text.toPlainText() == "Name a lake. E and C are letters here."
    QTest.keyClick(editor.text, Qt.Key.Key_Escape)
    assert question(window, 2).editor is None
    assert question(window, 2).hasFocus()
    assert question(window, 2).view.toPlainText() == "Name a lake."
    QTest.keyClick(question(window, 2), Qt.Key.Key_E)
    assert editor_of(question(window, 2)).text.toPlainText() == "Name a lake."
    editor_of(question(window, 2)).cancel.click()
    assert question(window, 2).editor is None


def test_escape_closes_the_editor_before_it_stops_an_answer(
    window: MainWindow, ask: Ask, set_length: SetLength, qtbot: QtBot
) -> None:
    ask("Name a moon.")
    set_length(LONG)
    window.composer.text.setPlainText("Tell me a long story about the moon.")
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        QTest.keyClick(window.composer.text, Qt.Key.Key_Return)
    question(window, 0).begin_edit()
    editor = editor_of(question(window, 0))
    editor.text.setPlainText("Name a planet.")
    QTest.keyClick(editor.text, Qt.Key.Key_Return, CONTROL)
    assert "still being written" in window.notices.text.text()
    assert editor_of(question(window, 0)).text.toPlainText() == "Name a planet."
    QTest.keyClick(editor.text, Qt.Key.Key_Escape)
    assert question(window, 0).editor is None
    assert window.chat.busy_here
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(question(window, 0), Qt.Key.Key_Escape)
    assert window.chat.messages[-1].state == "stopped"


def test_an_edit_that_is_refused_is_not_lost(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a wind.")
    question(window, 0).begin_edit()
    editor = editor_of(question(window, 0))
    long = "twelve words\n" * 153_847
    editor.text.setPlainText(long)
    with qtbot.waitSignal(window.chat.failed, timeout=PATIENCE_MS):
        editor.send.click()
    assert "2000000 are allowed" in window.notices.text.text()
    assert editor_of(question(window, 0)).text.toPlainText() == long
    assert window.chat.messages[0].text == "Name a wind."
