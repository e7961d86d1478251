"""The guide of the first start: shown once, ends in an answer that is steered by what was just entered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import WindowSettings, load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.first_run import FirstRunGuide
from tests.gui.conftest import PATIENCE_MS


@pytest.fixture(autouse=True)
def usual_settings(app: Application) -> Iterator[None]:
    before = app.settings
    yield
    app.change_settings(lambda _: replace(before, window=WindowSettings()))


@pytest.fixture
def guide(window: MainWindow, qtbot: QtBot) -> FirstRunGuide:
    window.guide_if_new()
    made = window.first_run_join.guide
    qtbot.waitUntil(made.isVisible)
    return made


def test_it_ends_in_a_steered_answer(
    window: MainWindow, guide: FirstRunGuide, app: Application, qtbot: QtBot
) -> None:
    assert guide.step.text() == "1 of 3"
    guide.next.click()
    fields = [field for _, field in guide.questions]
    qtbot.waitUntil(lambda: fields[0].hasFocus())
    QTest.keyClicks(fields[0], "I keep bees in Graz.")
    QTest.keyClicks(fields[2], "A hive that swarms.")
    QTest.keyClick(fields[2], Qt.Key.Key_Return)
    assert guide.step.text() == "3 of 3"
    assert guide.demo.isChecked()
    guide.ask.setText("What shall I do on Sunday?")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        guide.next.click()
    assert not guide.isVisible()
    assert [(one.kind, one.text) for one in app.profile.entries()] == [
        ("fact", "I keep bees in Graz."),
        ("note", "A hive that swarms."),
    ]
    question, answer = window.chat.messages
    assert question.text == "What shall I do on Sunday?"
    assert answer.state == "complete"
    figures = window.chat.figures_of(answer.id)
    assert figures is not None
    assert figures.tier == "A"
    assert "context" in {name for one in app.chat.traces(answer.id) for name in one.moved}
    assert window.traces.shown
    assert window.composer.text.toPlainText() == ""


def test_it_is_shown_once(window: MainWindow, guide: FirstRunGuide, app: Application, qtbot: QtBot) -> None:
    QTest.keyClick(guide, Qt.Key.Key_Escape)
    assert not guide.isVisible()
    qtbot.waitUntil(lambda: load_settings(app.paths.settings_file).window.guide_seen, timeout=PATIENCE_MS)
    window.guide_if_new()
    assert not guide.isVisible()
    window.commands["application.guide"].action.trigger()
    assert guide.isVisible()
    assert guide.step.text() == "1 of 3"
    assert app.profile.entries() == []


def test_whoever_has_conversations_is_no_newcomer(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.chat.create("earlier")
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
        window.conversations.load()
    window.guide_if_new()
    assert not window.first_run_join.guide.isVisible()


def test_a_cloud_of_ones_own_is_set_up_next(window: MainWindow, guide: FirstRunGuide, qtbot: QtBot) -> None:
    guide.next.click()
    guide.next.click()
    guide.own.setChecked(True)
    guide.ask.setText("Hello?")
    with qtbot.waitSignal(window.first_run.saved, timeout=PATIENCE_MS):
        guide.next.click()
    assert not guide.isVisible()
    assert window.clouds_dialog.isVisible()
    assert window.clouds_dialog.pages.currentWidget() is window.clouds_dialog.form
    assert window.composer.text.toPlainText() == "Hello?"
    assert not window.chat.busy


def test_what_cannot_be_stored_is_said_and_stays(
    window: MainWindow, guide: FirstRunGuide, app: Application, qtbot: QtBot
) -> None:
    guide.next.click()
    guide.questions[0][1].setText("x" * 5000)
    guide.next.click()
    with qtbot.waitSignal(window.first_run.failed, timeout=PATIENCE_MS):
        guide.next.click()
    assert guide.isVisible()
    assert "4000 are allowed" in guide.notices.text.text()
    assert window.notices.isHidden()
    guide.back.click()
    assert len(guide.questions[0][1].text()) == 5000
    assert app.profile.entries() == []
