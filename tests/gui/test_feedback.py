"""Thumbs and changed answers: by mouse, by keys, from the menu; kept, and there again when shown again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.widgets.message import AnswerWidget
from costeer.gui.widgets.message_editor import MessageEditor
from costeer.gui.widgets.plain_field import as_field
from costeer.gui.wording import figures_line, going_on_words
from costeer.storage.records import BY_THE_USER, AnswerFigures
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


def test_going_on_below_a_second_answer_prefers_it(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a bush.")
    first = answer(window).message.id
    answer(window).thumbs.up.click()
    # Asked again without a temperature it says the same, and the same words are no choice.
    app._shelves.stored.conversations.update_answer(first, "A rose.", (), "complete")
    with qtbot.waitSignals([window.chat.answer_finished, window.chat.branches_changed], timeout=PATIENCE_MS):
        answer(window).regenerate_button.click()
    second = answer(window)
    assert thumbs(second) == (False, False)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        second.branches.previous.click()
    assert thumbs(answer(window)) == (True, False), "each version has its own"
    answer(window).thumbs.up.click()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        answer(window).branches.next.click()
    ask("And a herb?")
    (kept,) = app.preferences.list()
    assert (kept.kind, kept.chosen, kept.rejected) == ("regenerated", second.message.id, first)


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


def edit(window: MainWindow, widget: AnswerWidget) -> MessageEditor:
    """By its key."""
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_E, SHIFT)
    assert widget.editor is not None
    return widget.editor


def save(editor: MessageEditor, text: str) -> None:
    editor.text.setPlainText(text)
    QTest.keyClick(editor.text, Qt.Key.Key_Return, CONTROL)


def is_edited(widget: AnswerWidget) -> bool:
    return widget.editor is not None


def place(widget: AnswerWidget) -> str:
    return widget.branches.place.text() if widget.branches.isVisible() else ""


def test_a_changed_answer_is_another_version(window: MainWindow, app: Application, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a metal.")
    ask("Name a gas.")
    original = answer(window, 1).message
    editor = edit(window, answer(window, 1))
    assert editor.text.hasFocus()
    assert editor.text.toPlainText() == as_field(original.text)
    assert editor.text.accessibleName() == "The answer, to be changed"
    assert editor.note.text() == "When you go on, the cloud is told this text as its answer."
    assert [one for one in QApplication.topLevelWidgets() if one.isVisible()] == [window]
    assert not answer(window, 1).view.isVisible()
    assert not answer(window, 1).thumbs.isVisible()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        save(editor, "**Copper** it is.")
    written = answer(window, 1)
    assert written.hasFocus()
    assert (written.message.text, written.editor, len(window.chat.messages)) == ("**Copper** it is.", None, 2)
    assert (place(written), written.view.toPlainText()) == ("2 / 2", "Copper it is.")
    assert written.figures_button.text() == "Written by you; the cloud is told it when you go on"
    written.figures_button.click()
    assert written.figures is not None
    assert dict(written.figures.rows)["Written by"] == "you"
    assert not written.continue_button.isVisible()
    (kept,) = app.preferences.list()
    assert (kept.kind, kept.chosen, kept.rejected) == ("edited", written.message.id, original.id)

    ask("Is it red?")
    assert [one.text for one in app.chat.thread(original.conversation)][1] == "**Copper** it is."
    newest = window.chat.messages[-1]
    bodies = [one.record.body for one in app.audit.entries(message_id=newest.id) if one.record.kind == "request"]
    assert any("**Copper** it is." in one for one in bodies)
    assert app.preferences.list() == [kept]
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        answer(window, 1).branches.previous.click()
    assert answer(window, 1).message.id == original.id, "the original is one arrow away"
    assert len(window.chat.messages) == 4


def test_giving_up_and_saving_the_same_store_nothing(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a tree.")
    widget = answer(window)
    text = "One\u00a0tree\u2028or two.\n"
    app._shelves.stored.conversations.update_answer(widget.message.id, text, (), "complete")
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(widget.message.conversation))
    widget = answer(window)
    QTest.keyClick(edit(window, widget).text, Qt.Key.Key_Escape)
    assert (widget.editor, widget.hasFocus(), widget.view.isVisible()) == (None, True, True)
    editor = edit(window, widget)
    assert editor.text.toPlainText() != text, "a field has blanks and ends of lines of its own"
    editor.send.click()
    assert not is_edited(widget)
    editor = edit(window, widget)
    editor.text.setPlainText(" \n")
    assert not editor.send.isEnabled()
    QTest.keyClick(editor.text, Qt.Key.Key_Return, CONTROL)
    assert is_edited(widget)
    qtbot.waitUntil(lambda: window._jobs.running == 0, timeout=PATIENCE_MS)
    assert len(app.chat.siblings(widget.message.id)) == 1
    assert app.preferences.list() == []


def test_what_is_half_changed_is_there_again(window: MainWindow, app: Application, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a river.")
    there = window.chat.conversation_id
    assert there is not None
    editor = edit(window, answer(window))
    editor.text.setPlainText("The Rhine, of")
    window.chat_join.open_new()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(there))
    again = answer(window).editor
    assert again is not None
    assert again.text.toPlainText() == "The Rhine, of"


def test_words_that_could_not_be_kept_come_back(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a stone.")
    widget = answer(window)
    app.chat.delete(widget.message.conversation)  # as another window may have done
    save(edit(window, widget), "Granite.")
    qtbot.waitUntil(lambda: widget.editor is not None, timeout=PATIENCE_MS)
    assert widget.editor is not None
    assert widget.editor.text.toPlainText() == "Granite."
    assert "in the bin" in window.notices.text.text()


def test_while_an_answer_is_written_nothing_is_kept(
    window: MainWindow, app: Application, ask: Ask, set_length: Callable[[int], None], qtbot: QtBot
) -> None:
    ask("Name a lake.")
    editor = edit(window, answer(window))
    set_length(400)
    window.chat.send("Write a long story.")
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        pass
    save(editor, "Lake Geneva.")
    assert answer(window, 1).editor is editor
    assert "still being written" in window.notices.text.text()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        window.chat.stop()
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        save(editor, "Lake Geneva.")
    assert answer(window).message.text == "Lake Geneva."


def test_a_changed_answer_is_compared_as_what_it_is(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a shell.")
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        save(edit(window, answer(window)), "A cowrie.")
    window.commands["steering.compare"].action.trigger()
    dialog = window.compare_join.dialog
    assert "your own words" in dialog.left.title.text()
    qtbot.waitUntil(lambda: window.comparing.right is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        dialog.reject()
    qtbot.waitUntil(lambda: not window.comparing.running, timeout=PATIENCE_MS)
    assert answer(window).message.text == "A cowrie."


def test_what_the_cloud_hears_of_it_is_said() -> None:
    mine = AnswerFigures(written_by=BY_THE_USER)
    assert "is told this text" in going_on_words(None)
    assert "is told this text" in going_on_words(AnswerFigures(tokens=3))
    assert "its own draft" in going_on_words(AnswerFigures(tier="B", sketch="A draft."))
    assert "nothing of this" in going_on_words(AnswerFigures(tier="D"))
    assert figures_line(replace(mine, tier="D")) == "Written by you; the cloud is not told it"


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
