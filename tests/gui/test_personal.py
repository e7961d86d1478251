"""The personal model in the window: its texts, its versions, and answers on this computer only."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import EndpointSettings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.personal_dialog import PersonalDialog
from costeer.services.personal.service import Sources
from costeer.storage.records import Writing
from costeer.storage.repositories import WritingRepository
from tests.gui.conftest import PATIENCE_MS
from tests.local.lora import random_adapter
from tests.material.authors import AUTHORS, notes_of

Ask = Callable[[str], None]


@pytest.fixture
def dialog(app: Application, window: MainWindow, qtbot: QtBot) -> Iterator[PersonalDialog]:
    app.personal.forget([one.writing.id for one in app.personal.all()])
    join = window.personal_join
    with qtbot.waitSignals([join.writings.changed, join.training.changed], timeout=PATIENCE_MS):
        join.open()
    yield join.dialog
    app.personal.forget([one.writing.id for one in app.personal.all()])


def test_texts_are_added_left_out_and_forgotten(
    dialog: PersonalDialog, window: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    writings, page = window.personal_join.writings, dialog.writings
    assert page.empty.isVisible()
    file = tmp_path / "diary.txt"
    file.write_text("\n\n".join(f"{one.text} " * 2 for one in notes_of(AUTHORS[0])), encoding="utf-8")
    with qtbot.waitSignals([writings.gathered, writings.modelReset], timeout=PATIENCE_MS):
        writings.gather(Sources(documents=[file]))
    qtbot.waitUntil(lambda: writings.rowCount() > 5, timeout=PATIENCE_MS)
    count = writings.rowCount()
    assert dialog.notices.text.text() == f"{count} new texts."
    assert page.count.text() == f"{count} of {count} are learnt from"
    page.list.setFocus()
    page.list.setCurrentIndex(writings.index(0))
    QTest.keyClick(page.list, Qt.Key.Key_Space)
    assert page.count.text() == f"{count - 1} of {count} are learnt from"
    qtbot.waitUntil(lambda: len(app.personal.used()) == count - 1, timeout=PATIENCE_MS)
    with qtbot.waitSignal(writings.forgotten, timeout=PATIENCE_MS):
        QTest.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: writings.rowCount() == count - 1, timeout=PATIENCE_MS)
    assert dialog.notices.text.text() == "Forgotten."
    with qtbot.waitSignal(writings.failed, timeout=PATIENCE_MS):
        writings.gather(Sources(documents=[tmp_path / "nowhere.txt"]))
    assert "nowhere.txt" in dialog.notices.text.text()


def test_own_messages_are_a_source(
    dialog: PersonalDialog, window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    conversation = app.chat.create()
    app.chat._shelves.stored.conversations.add_message(
        conversation.id, None, "user", "Please tell me all about gannets, dear."
    )
    with qtbot.waitSignal(window.personal_join.writings.gathered, timeout=PATIENCE_MS):
        dialog.writings.source_wanted.emit("messages")
    qtbot.waitUntil(lambda: window.personal_join.writings.rowCount() == 1, timeout=PATIENCE_MS)
    assert dialog.notices.text.text() == "One new text."


def test_what_is_forgotten_takes_its_adapter_along(
    dialog: PersonalDialog, window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    note = notes_of(AUTHORS[2])[0]
    writing = Writing("document", note.prompt, note.text)
    WritingRepository(app._database).add([writing], "used")
    model = app.find_model(app.settings.local_model)
    version, file = app.adapters.room_for("personal", model)
    random_adapter(file)
    app.adapters.add("personal", model, version, {"personal": 2.5, "retrieval": 3.0}, [writing.id])
    app.adapters.use("personal", model, version)
    window.personal_join.open()
    dialog.tabs.setCurrentWidget(dialog.training)
    qtbot.waitUntil(lambda: dialog.training.list.count() == 1, timeout=PATIENCE_MS)
    assert dialog.training.list.item(0).text().endswith("2.50 bits a token, 3.00 without (in use)")
    with qtbot.waitSignal(window.personal_join.writings.forgotten, timeout=PATIENCE_MS):
        window.personal_join.writings.forget([0])
    qtbot.waitUntil(dialog.training.none.isVisible, timeout=PATIENCE_MS)
    assert app.adapters.all("personal", model) == []


@pytest.mark.thorough
def test_a_conversation_on_this_computer_only(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot, tmp_path: Path
) -> None:
    model = app.find_model(app.settings.local_model)
    taken = app.adapters.take_in("personal", model, random_adapter(tmp_path / "random.gguf"))
    try:
        bar = window.steering_bar
        bar.more.click()
        bar.options.here.click()
        assert not bar.strength.isEnabled()
        assert not bar.switch.isEnabled()
        assert "This computer" in window.header.endpoint.accessibleName()
        assert "Nothing is sent" in window.transcript.empty.hint.text()
        before = len(app.audit.entries())
        ask("Name a port.")
        answer = window.chat.messages[-1]
        figures = app.chat.figures(answer.id)
        assert figures is not None
        assert (figures.tier, figures.bytes_up, figures.requests) == ("D", 0, 0)
        assert "personal" in figures.signals
        assert len(app.audit.entries()) == before, "nothing was sent"
        conversation = window.chat.conversation_id
        assert conversation is not None
        qtbot.waitUntil(lambda: app.chat.settings(conversation).offline is True, timeout=PATIENCE_MS)
        window.chat_join.open_new()
        assert not bar.options.here.isChecked(), "others are answered by the cloud"
        assert "This computer" not in window.header.endpoint.accessibleName()
    finally:
        app.adapters.delete("personal", model, taken.version)


@pytest.fixture
def ten_texts(app: Application) -> None:
    notes = notes_of(AUTHORS[1])[:10]
    WritingRepository(app._database).add([Writing("document", one.prompt, one.text) for one in notes], "used")


def test_what_would_be_sent_is_seen_first(
    dialog: PersonalDialog, window: MainWindow, app: Application, qtbot: QtBot, ten_texts: None
) -> None:
    page, model = dialog.augmenting, window.personal_join.augmenting
    assert "are needed" in page.state.text()
    assert not page.send.isEnabled()
    window.personal_join.open()
    dialog.tabs.setCurrentWidget(page)
    qtbot.waitUntil(page.send.isEnabled, timeout=PATIENCE_MS)
    assert "Demo cloud" in page.cost.text()
    assert page.list.item(0).text().startswith("Write 3 different writing tasks")
    before = len(app.audit.entries())
    page.samples.setFocus()
    QTest.keyClick(page.samples, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "your texts" in page.cost.text(), timeout=PATIENCE_MS)
    shown = model.preview
    assert shown is not None
    assert [page.list.item(row).text() for row in range(len(shown.samples))] == [one.sent for one in shown.samples]
    page.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert page.left_out == {shown.samples[0].id}
    with qtbot.waitSignal(model.changed, timeout=PATIENCE_MS):
        page.texts.setValue(7)
    qtbot.waitUntil(page.send.isEnabled, timeout=PATIENCE_MS)
    assert page.left_out == {shown.samples[0].id}, "another number does not tick it again"
    for row in range(len(shown.samples)):
        page.list.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert not page.send.isEnabled(), "with no text left there is nothing to send"
    assert len(app.audit.entries()) == before
    page.private.click()


def test_a_preview_that_fails_unforeseen_is_told_of(
    window: MainWindow, app: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = window.personal_join.augmenting
    broken = ValueError("nobody foresaw this")

    def fail(_: object) -> None:
        raise broken

    monkeypatch.setattr(app.augmentation, "preview", fail)
    with qtbot.waitSignal(model.failed, timeout=PATIENCE_MS) as told:
        model.load()
    assert told.args == [broken]
    assert model.preview is None
    assert model.why_not is None


@pytest.mark.thorough
def test_more_texts_are_written_and_can_be_stopped(
    dialog: PersonalDialog, window: MainWindow, app: Application, qtbot: QtBot, ten_texts: None
) -> None:
    page, model = dialog.augmenting, window.personal_join.augmenting
    window.personal_join.open()
    dialog.tabs.setCurrentWidget(page)
    page.texts.setValue(2)
    qtbot.waitUntil(page.send.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(model.written, timeout=PATIENCE_MS):
        page.send.click()
        assert page.stop.isVisible()
        assert not page.texts.isEnabled()
    assert "Texts written: " in page.state.text()
    done = model.result
    assert done is not None
    made = [one for one in app.personal.all() if one.writing.source == "synthetic"]
    assert sum(one.state == "used" for one in made) == done.kept
    qtbot.waitUntil(lambda: window.personal_join.writings.rowCount() == 10 + len(made), timeout=PATIENCE_MS)
    qtbot.waitUntil(page.send.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(model.written, timeout=PATIENCE_MS):
        page.send.click()
        page.stop.click()
    assert not model.running
    assert page.state.text() == "" or model.why_not is None


def test_money_is_bounded_where_there_are_prices(
    dialog: PersonalDialog, window: MainWindow, app: Application, qtbot: QtBot, ten_texts: None
) -> None:
    page, model = dialog.augmenting, window.personal_join.augmenting
    usual = app.settings
    cloud = EndpointSettings("Priced", "http://127.0.0.1:9/v1", price_input=2.0, price_output=8.0, currency="EUR")
    try:
        app.use_settings(dataclasses.replace(usual, endpoint="Priced", endpoints=(cloud,)))
        window.personal_join.open()
        dialog.tabs.setCurrentWidget(page)
        qtbot.waitUntil(page.money.isVisible, timeout=PATIENCE_MS)
        assert "EUR" in page.cost.text()
        page.money.setValue(0.01)
        qtbot.waitUntil(lambda: "0.01" in page.cost.text(), timeout=PATIENCE_MS)
        assert model.plan.most_money == 0.01
        app.use_settings(usual)
        model.load()
        qtbot.waitUntil(lambda: "no prices" in page.state.text(), timeout=PATIENCE_MS)
        assert page.money.isVisible(), "so that the bound can be taken off"
        assert not page.send.isEnabled()
        page.money.setValue(0.0)
        qtbot.waitUntil(page.send.isEnabled, timeout=PATIENCE_MS)
        assert not page.money.isVisible()
    finally:
        app.use_settings(usual)
