"""What the cloud knows: listed, searched, marked, copied, gone to and exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.known_page import KnownPage
from costeer.services.known import KnownString
from tests.gui.conftest import PATIENCE_MS, SetLength
from tests.gui.ledger_material import exchange, put_into_ledger

Ask = Callable[[str], None]


def strings(window: MainWindow) -> list[KnownString]:
    """Those that the tree shows, in its order."""
    tree = window.records_join.known.tree
    groups = [tree.index(row) for row in range(tree.rowCount())]
    found = [tree.string(tree.index(row, 0, group)) for group in groups for row in range(tree.rowCount(group))]
    return [one for one in found if one is not None]


def choose(window: MainWindow, page: KnownPage, text: str) -> None:
    tree = window.records_join.known.tree
    for row in range(tree.rowCount()):
        group = tree.index(row)
        for at in range(tree.rowCount(group)):
            index = tree.index(at, 0, group)
            one = tree.string(index)
            if one is not None and one.text == text:
                page.tree.setCurrentIndex(index)
                return
    raise AssertionError(text)


@pytest.fixture
def told(window: MainWindow, app: Application, ask: Ask, set_length: SetLength, qtbot: QtBot) -> KnownPage:
    """One conversation, in which steering writes a name, and the page that lists what was sent in it."""
    app.profile.add("fact", "My dog is called Biscuit.")
    app.profile.add("fact", "I live in Heidelberg.")
    window.steering.set_strength(1.78)
    set_length(24)
    ask("Write about my home and my dog.")
    with qtbot.waitSignal(window.records_join.known.loaded, timeout=PATIENCE_MS):
        window.privacy_panel.known_button.click()
    return window.records_join.dialog.known


def test_a_conversation_s_strings_are_listed_and_marked(
    window: MainWindow, app: Application, told: KnownPage, qtbot: QtBot
) -> None:
    assert told.field.hasFocus() or told.isVisible()
    answer = window.chat.last_answer
    assert answer is not None
    by_kind = {one.kind: one for one in strings(window)}
    assert by_kind["question"].text == "Write about my home and my dog."
    assert by_kind["question"].count >= 2, "to be laid out, and with each request"
    assert answer.text.startswith(by_kind["answer"].text)
    assert by_kind["answer"].private_words == ("Biscuit",)
    assert "Biscuit" in told.summary.text()
    assert not any("is called" in one.text for one in strings(window))

    told.private_only.click()
    assert [one.kind for one in strings(window)] == ["answer"]
    tree = window.records_join.known.tree
    row = tree.index(0, 0, tree.index(0))
    assert str(tree.data(row)).startswith("●")
    assert "Biscuit" in str(tree.data(row, Qt.ItemDataRole.AccessibleTextRole))
    told.private_only.click()


def test_it_is_searched_copied_and_gone_to(window: MainWindow, told: KnownPage, ask: Ask, qtbot: QtBot) -> None:
    model = window.records_join.known
    everything = len(strings(window))
    with qtbot.waitSignal(model.tree.modelReset, timeout=PATIENCE_MS):
        QTest.keyClicks(told.field, "my HOME")
    qtbot.waitUntil(lambda: len(strings(window)) < everything, timeout=PATIENCE_MS)
    assert all("my home" in one.text.casefold() for one in strings(window))
    assert "shown" in told.summary.text()
    choose(window, told, "Write about my home and my dog.")
    assert told.body.toPlainText() == "Write about my home and my dog."
    told.copy.click()
    assert QGuiApplication.clipboard().text() == "Write about my home and my dog."
    first = window.chat.last_answer
    assert first is not None
    window.chat.open_new()
    ask("Name a planet.")
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        told.go.click()
    assert window.chat.last_answer is not None
    assert window.chat.last_answer.id == first.id


def test_what_was_ever_sent_and_what_is_no_longer_stored(
    window: MainWindow, app: Application, told: KnownPage, qtbot: QtBot
) -> None:
    put_into_ledger(app, exchange("long gone", json.dumps({"messages": [{"role": "user", "content": "Gone?"}]})))
    model = window.records_join.known
    assert not any(one.text == "Gone?" for one in strings(window))
    with qtbot.waitSignal(model.loaded, timeout=PATIENCE_MS):
        told.scope.setCurrentIndex(1)
        told.scope.activated.emit(1)
    assert any(one.endpoint == "Elsewhere" for one in strings(window))
    choose(window, told, "Gone?")
    assert told.copy.isEnabled()
    assert not told.go.isEnabled(), "its conversation is no longer stored"


def test_it_is_exported(window: MainWindow, told: KnownPage, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "sent.txt"
    model = window.records_join.known
    with qtbot.waitSignal(model.exported, timeout=PATIENCE_MS):
        model.export(file)
    assert "Write about my home and my dog." in file.read_text(encoding="utf-8")
    assert str(file) in window.records_join.dialog.notices.text.text()
    with qtbot.waitSignal(model.failed, timeout=PATIENCE_MS):
        model.export(tmp_path / "nowhere" / "sent.txt")
    assert "cannot be written" in window.records_join.dialog.notices.text.text()


def test_a_temporary_conversation_says_that_there_is_nothing(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    window.chat.open_new(temporary=True)
    ask("Name a planet.")
    model = window.records_join.known
    with qtbot.waitSignal(model.loaded, timeout=PATIENCE_MS):
        window.commands["privacy.known"].action.trigger()
    assert "temporary" in window.records_join.dialog.known.summary.text()
    assert not window.records_join.dialog.known.scope.isEnabled()
