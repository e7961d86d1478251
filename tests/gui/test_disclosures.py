"""Private words in the window: kept, asked about before they are sent, marked where something stood for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application, open_application
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import EndpointSettings, WindowSettings
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.stand_ins import StandIns
from costeer.gui.theme import Look
from costeer.gui.widgets.disclosure_dialog import DisclosureDialog
from costeer.storage.records import RememberedChoice
from tests.cloud.saying_endpoint import SayingEndpoint
from tests.privacy.scripted_server import ScriptedServer

SECONDS = 20_000


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    script = SayingEndpoint(says="Dear [NAME_1], **[NAME_1]**, hello.", size=4)
    paths = AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))
    with open_application(paths) as opened, ScriptedServer(script) as server:
        mine = EndpointSettings("mine", server.base_url)
        opened.use_settings(
            dataclasses.replace(
                opened.settings,
                endpoints=(mine,),
                endpoint="mine",
                find_titles=False,
                propose_memories=False,
                window=dataclasses.replace(opened.settings.window, guide_seen=True),
            )
        )
        opened.endpoints.probe(mine, "")
        opened.disclosures.add_word("Zephyrine", "name")
        yield opened


@pytest.fixture
def window(app: Application, qtbot: QtBot) -> Iterator[MainWindow]:
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)
    jobs = Jobs()

    window = MainWindow(app, jobs, Look(qt), QIcon())
    window.steering.set_enabled(False)
    window.show()
    window.load()
    yield window
    window.leave()
    assert jobs.wait_for_all(10)
    QApplication.processEvents()
    window.close()
    window.deleteLater()


def asked(window: MainWindow, qtbot: QtBot, prompt: str) -> DisclosureDialog:
    window.chat_join.send(prompt)
    qtbot.waitUntil(lambda: window.disclosures_join.dialog is not None, timeout=SECONDS)
    dialog = window.disclosures_join.dialog
    assert dialog is not None
    return dialog


def finished(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.chat.busy and bool(window.chat.messages), timeout=SECONDS)


def test_enter_replaces_and_the_answer_is_marked(window: MainWindow, qtbot: QtBot, app: Application) -> None:
    dialog = asked(window, qtbot, "Greet Zephyrine!")
    assert dialog.choices[0].currentText() == "Replace by [NAME_1]"
    assert "Zephyrine" in dialog.choices[0].accessibleName()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    finished(window, qtbot)
    question, answer = window.chat.messages
    assert answer.text == "Dear Zephyrine, **Zephyrine**, hello."
    view = window.transcript.view_of(answer.id)
    assert view is not None
    qtbot.waitUntil(lambda: bool(view.stand_in_at(6)), timeout=SECONDS)
    assert [view.stand_in_at(at) for at in (0, 5, 13, 14, 16, 24, 25)] == [
        *("", "[NAME_1]", "[NAME_1]", "", "[NAME_1]", "[NAME_1]", ""),
    ]
    asked_view = window.transcript.view_of(question.id)
    assert asked_view is not None
    assert asked_view.stand_in_at(8) == "[NAME_1]"
    assert app.disclosures.remembered() == []


def test_sent_as_it_is_and_remembered(window: MainWindow, qtbot: QtBot, app: Application) -> None:
    dialog = asked(window, qtbot, "Greet Zephyrine!")
    dialog.choices[0].setCurrentIndex(1)
    dialog.remember[0].setChecked(True)
    dialog.send_button.click()
    finished(window, qtbot)
    assert app.disclosures.remembered() == [RememberedChoice("Zephyrine", "send")]
    bodies = [one.record.body for one in app.audit.entries(message_id=window.chat.messages[-1].id, newest=100)]
    assert any("Greet Zephyrine!" in body for body in bodies)
    window.chat_join.send("And Zephyrine again.")
    qtbot.waitUntil(lambda: len(window.chat.messages) == 4 and not window.chat.busy, timeout=SECONDS)
    assert window.disclosures_join.dialog is None


def test_escape_sends_nothing_and_gives_the_message_back(
    window: MainWindow, qtbot: QtBot, app: Application
) -> None:
    dialog = asked(window, qtbot, "Greet Zephyrine!")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=SECONDS)
    assert window.composer.text.toPlainText() == "Greet Zephyrine!"
    assert window.chat.messages == []


def test_nothing_is_cut_off_in_large_text(window: MainWindow, qtbot: QtBot) -> None:
    look = window._look
    look.take(WindowSettings(text_size=150))
    try:
        dialog = asked(window, qtbot, "Greet Zephyrine and call +49 170 1234567, IBAN DE89370400440532013000.")
        (area,) = dialog.findChildren(QScrollArea)
        assert len(dialog.remember) == 3
        inside = area.widget()
        assert inside is not None
        qtbot.waitUntil(lambda: inside.width() == area.viewport().width(), timeout=SECONDS)
        for one in (*dialog.choices, *dialog.remember):
            assert one.width() >= one.sizeHint().width()
            assert one.mapTo(area.viewport(), one.rect().topRight()).x() < area.viewport().width()
        dialog.reject()
        qtbot.waitUntil(lambda: not window.chat.busy, timeout=SECONDS)
    finally:
        look.take(WindowSettings())


def test_stopping_closes_the_question(window: MainWindow, qtbot: QtBot) -> None:
    asked(window, qtbot, "Greet Zephyrine!")
    window.chat.stop()
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=SECONDS)
    qtbot.waitUntil(lambda: window.disclosures_join.dialog is None, timeout=SECONDS)
    assert window.composer.text.toPlainText() == "Greet Zephyrine!"


def test_words_are_kept_in_the_profile_editor(window: MainWindow, qtbot: QtBot, app: Application) -> None:
    window.open_profile()
    page = window.editor.words
    window.editor.tabs.setCurrentWidget(page)
    qtbot.waitUntil(lambda: page.list.count() == 1, timeout=SECONDS)
    page.field.setText("Rheingasse 7")
    page.kind.setCurrentIndex(page.kind.findData("address"))
    QTest.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.list.count() == 2, timeout=SECONDS)
    qtbot.waitUntil(lambda: page.field.text() == "", timeout=SECONDS)
    assert [(one.text, one.label) for one in app.disclosures.words()][1:] == [("Rheingasse 7", "address")]
    page.field.setText("ab")
    QTest.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "too short" in window.editor.notices.text.text(), timeout=SECONDS)
    assert page.field.text() == "ab"
    page.list.setCurrentRow(1)
    page.list.itemActivated.emit(page.list.item(1))
    page.field.setText("Rheingasse 9")
    page.save.click()
    qtbot.waitUntil(lambda: "Rheingasse 9" in page.list.item(1).text(), timeout=SECONDS)
    page.list.setCurrentRow(0)
    page.remove.click()
    qtbot.waitUntil(lambda: page.list.count() == 1, timeout=SECONDS)
    assert window.editor.tabs.tabText(window.editor.tabs.indexOf(page)) == "Private words (1)"


def test_choices_are_reviewed_in_the_settings(window: MainWindow, qtbot: QtBot, app: Application) -> None:
    app.disclosures.remember("Zephyrine", "send")
    window.settings_join.open()
    page = next(one for one in window.settings_join.dialog.pages if hasattr(one, "remembered"))
    choices = page.remembered
    qtbot.waitUntil(lambda: choices.list.count() == 1, timeout=SECONDS)
    assert choices.list.item(0).text() == "“Zephyrine” is sent as it is"
    choices.replace.click()
    qtbot.waitUntil(lambda: choices.list.item(0).text() == "“Zephyrine” is replaced", timeout=SECONDS)
    choices.ask.click()
    qtbot.waitUntil(lambda: choices.list.count() == 0, timeout=SECONDS)
    assert app.disclosures.remembered() == []


def test_places_count_as_qt_counts() -> None:
    places = StandIns({"Zephyrine": "[NAME_1]"}).places("🦙 ZEPHYRINE and 🦙Zephyrine")
    assert places == [(3, 12, "[NAME_1]"), (19, 28, "[NAME_1]")]
