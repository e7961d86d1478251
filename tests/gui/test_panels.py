"""Steering, profile and privacy: what is set is stored, what is shown is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.profile_section import SectionPage
from costeer.steering.strength import COSTEER_GAIN, LIGHT_GAIN
from tests.gui.conftest import PATIENCE_MS, SetLength

Ask = Callable[[str], None]

SECRET = "My dog Biscuit and I live in Heidelberg."


@pytest.fixture
def with_profile(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.profile.add("fact", SECRET)
    app.profile.add("style", "I like short, warm sentences.")


def test_slider_and_switch_are_kept(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    bar = window.steering_bar
    bar.strength.slider.setValue(30)
    for button, _ in bar.strength.marks:
        button.click()
    assert bar.value.text() == "1.78"
    assert window.steering.strength == COSTEER_GAIN
    assert window.steering.options().strength == COSTEER_GAIN
    QTest.keyClick(bar.strength.slider, Qt.Key.Key_Left)
    assert bar.value.text() == "1.73"
    bar.switch.click()
    assert not window.steering.options().enabled
    assert not bar.strength.isEnabled()

    def stored() -> bool:
        steering = load_settings(app.paths.settings_file).steering
        return (steering.enabled, steering.strength) == (False, 1.733)

    qtbot.waitUntil(stored, timeout=PATIENCE_MS)
    bar.switch.click()
    bar.strength.marks[0][0].click()
    assert bar.value.text() == "0.48"
    window.steering.flush()
    qtbot.waitUntil(
        lambda: load_settings(app.paths.settings_file).steering.strength == LIGHT_GAIN, timeout=PATIENCE_MS
    )


def test_a_click_on_the_track_goes_there_and_dragging_holds_on_to_the_marks(window: MainWindow) -> None:
    slider = window.steering_bar.strength.slider

    def at(gain: float) -> QPoint:
        handle = slider.handle().width()
        return QPoint(round(handle / 2 + gain / 2.5 * (slider.width() - handle)), slider.height() // 2)

    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=at(2.2))
    assert slider.strength == pytest.approx(2.2, abs=0.02)
    QTest.mouseMove(slider, at(1.77))
    assert slider.strength == COSTEER_GAIN
    QTest.mouseMove(slider, at(1.0))
    assert slider.strength == pytest.approx(1.0, abs=0.02)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at(1.0))
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=at(0.47))
    assert slider.strength == LIGHT_GAIN
    assert window.steering_bar.value.text() == "0.48"


def test_earlier_messages_steer_only_when_wanted(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    assert not window.steering.options().history
    window.open_profile()
    qtbot.waitUntil(lambda: window.editor.pages["fact"].field.hasFocus())
    window.editor.history.click()
    assert window.steering.options().history
    window.steering.flush()
    qtbot.waitUntil(lambda: load_settings(app.paths.settings_file).steering.history, timeout=PATIENCE_MS)
    window.editor.history.click()
    window.steering.flush()
    qtbot.waitUntil(lambda: not load_settings(app.paths.settings_file).steering.history, timeout=PATIENCE_MS)


def test_marks_stand_where_the_handle_would(window: MainWindow) -> None:
    slider = window.steering_bar.strength
    for button, gain in slider.marks:
        share = gain / 2.5
        middle = button.geometry().center().x()
        assert middle == pytest.approx(share * slider.width(), abs=12)


def test_profile_is_edited_in_the_window(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert window.editor.isVisible()
    for name, page in window.editor.pages.items():
        with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
            page.field.setPlainText(f"  A {name}.  ")
            QTest.keyClick(page.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda page=page: page.field.toPlainText() == "")  # type: ignore[misc]
    assert [(one.kind, one.text) for one in app.profile.entries()] == [
        ("fact", "A fact."),
        ("style", "A style."),
        ("note", "A note."),
    ]
    assert [one.text for one in app.profile.memories()] == ["A memory."]

    page = window.editor.pages["fact"]
    choose(page, 0)
    page.edit.click()
    assert page.save.text() == "Save change"
    page.field.setPlainText("A better fact.")
    with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
        page.save.click()
    assert app.profile.entries()[0].text == "A better fact."
    assert page.save.text() == "Add"

    memories = window.editor.pages["memory"]
    window.editor.tabs.setCurrentWidget(memories)
    choose(memories, 0)
    with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(memories.list, Qt.Key.Key_Space)
    assert not app.profile.memories()[0].used
    with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
        memories.list.setFocus()
        QTest.keyClick(memories.list, Qt.Key.Key_Delete)
    assert app.profile.memories() == []
    assert memories.empty.isVisibleTo(memories)


def test_profile_error_is_said_in_the_editor_and_nothing_is_lost(window: MainWindow, qtbot: QtBot) -> None:
    window.open_profile()
    page = window.editor.pages["note"]
    page.field.setPlainText("x" * 5000)
    with qtbot.waitSignal(window.profile.failed, timeout=PATIENCE_MS):
        page.save.click()
    assert "4000 are allowed" in window.editor.notices.text.text()
    assert window.notices.isHidden()
    assert len(page.field.toPlainText()) == 5000


@pytest.mark.usefixtures("with_profile")
def test_show_steering_marks_what_was_changed(
    window: MainWindow, app: Application, ask: Ask, set_length: SetLength, qtbot: QtBot
) -> None:
    set_length(32)
    window.steering.set_strength(1.78)
    ask("Write about my home and my dog.")
    answer = window.chat.last_answer
    assert answer is not None
    widget = window.transcript.answer(answer.id)
    assert widget is not None
    assert widget.view.marked() == []
    QTest.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    spans = widget.view.marked()
    changed = [one for one in app.chat.traces(answer.id) if one.changed and one.text.strip()]
    assert changed, "steering at 1.78 changed nothing"
    assert {one.trace.index for one in spans} <= {one.index for one in app.chat.traces(answer.id)}
    for span in spans:
        text = widget.view.toPlainText()[span.start : span.end]
        assert text.strip() == span.trace.text.strip()

    span = next(one for one in spans if one.trace.cloud_text.strip())
    hover(widget.view, span.start)
    tip = QToolTip.text()
    assert span.trace.cloud_text.strip() in tip
    assert span.trace.text.strip() in tip
    assert "%" in tip
    assert "your profile" in tip

    # A conversation of an earlier day: the traces come from the disk.
    conversation = app.chat.conversations()[0]
    window.traces.follow(())
    with qtbot.waitSignal(window.traces.traces_changed, timeout=PATIENCE_MS):
        window.chat.open(conversation)
    reopened = window.transcript.answer(answer.id)
    assert reopened is not None
    assert [one.trace.index for one in reopened.view.marked()] == [one.trace.index for one in spans]
    window.steering_bar.show_steering.click()
    assert reopened.view.marked() == []


def test_everything_that_can_be_used_has_a_name(window: MainWindow, ask: Ask) -> None:
    ask("Name a planet.")
    window.open_profile()
    nameless = [
        one
        for top in (window, window.editor)
        for one in interactive(top)
        if not (one.accessibleName() or (isinstance(one, QAbstractButton) and one.text()))
    ]
    assert nameless == []


def test_tab_reaches_the_slider_and_the_profile(window: MainWindow) -> None:
    reached: set[QWidget] = set()
    for _ in range(30):
        focused = QApplication.focusWidget() or window
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    wanted = {window.composer.text, window.steering_bar.strength.slider, window.sidebar.profile_button}
    assert wanted <= reached


def interactive(top: QWidget) -> Iterator[QWidget]:
    kinds = (QAbstractButton, QAbstractSlider, QAbstractItemView, QLineEdit, QPlainTextEdit, QTextEdit, QTabBar)
    for one in top.findChildren(QWidget):
        # Scroll bars, the scroll buttons of a tab bar and a tab widget's own bar are named by what they belong to.
        part = (
            isinstance(one, QScrollBar) or isinstance(one.parent(), QTabBar) or one.objectName().startswith("qt_")
        )
        if isinstance(one, kinds) and not part:
            yield one


def choose(page: SectionPage, row: int) -> None:
    page.list.setCurrentIndex(page.list.model().index(row, 0))


def hover(view: QTextEdit, position: int) -> None:
    """What Qt sends when the mouse rests on a character."""
    cursor = QTextCursor(view.document())
    cursor.setPosition(position)
    where = view.cursorRect(cursor).center() + QPoint(2, 0)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, where, view.viewport().mapToGlobal(where))
    QApplication.sendEvent(view.viewport(), event)
