"""The profile in the window: labels, scopes, proposals, undo, search, files, and where a memory comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.view_models.profile_sections import ProfileSectionModel, SectionName
from costeer.gui.widgets.profile_section import SectionPage
from costeer.personalization.profile_file import read_profile
from costeer.storage.records import Memory, ProfileEntry
from tests.gui.conftest import PATIENCE_MS

Ask = Callable[[str], None]


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """With the editor on the screen, which shows an empty profile."""
    with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
        window.open_profile()
    return window


def page_of(window: MainWindow, name: SectionName) -> SectionPage:
    window.editor.show_section(name)
    return window.editor.pages[name]


def read_again(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
        window.profile.load()


def rows(page: SectionPage) -> list[tuple[str, str]]:
    """(text, what becomes of it)"""
    model = page.list.model()
    indexes = [model.index(row, 0) for row in range(model.rowCount())]
    return [(str(one.data()), str(one.data(ProfileSectionModel.StandingRole))) for one in indexes]


def test_a_labelled_fact_is_written_and_edited(opened: MainWindow, app: Application, qtbot: QtBot) -> None:
    page = page_of(opened, "fact")
    page.kind.setCurrentIndex(page.kind.findData("family"))
    page.field.setPlainText("a sister, Zephyrine")
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(page.field, Qt.Key.Key_Return)
    assert [one.text for one in app.profile.entries()] == ["Family: a sister, Zephyrine"]
    assert app.profile.current().texts("fact") == ("Family: a sister, Zephyrine",)
    qtbot.waitUntil(lambda: page.field.toPlainText() == "")
    assert page.kind.currentIndex() == 0
    page.choose(app.profile.entries()[0].id)
    page.edit.click()
    assert page.label == "family"
    assert page.field.toPlainText() == "a sister, Zephyrine"
    page.kind.setCurrentIndex(page.kind.findData("home"))
    page.field.setPlainText("Oslo")
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        page.save.click()
    assert [one.text for one in app.profile.entries()] == ["Home: Oslo"]
    assert not opened.editor.pages["note"].kind.isVisibleTo(opened.editor.pages["note"])


def test_the_scope_is_a_plain_choice_of_three(opened: MainWindow, app: Application, qtbot: QtBot) -> None:
    page = page_of(opened, "note")
    never, local, public = page.scopes.buttons()
    assert not any(one.isEnabled() or one.isChecked() for one in (never, local, public))
    entry = app.profile.add("note", "I am moving.")
    read_again(opened, qtbot)
    page.choose(entry.id)
    assert local.isChecked()
    for button, scope, standing in (
        (public, "public", "May be sent"),
        (never, "never", "Never used"),
        (local, "local", "Steers on this computer"),
    ):
        with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
            button.click()
        assert app.profile.entries()[0].scope == scope
        assert rows(page) == [("I am moving.", standing)]
        assert button.isChecked()
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(page.list, Qt.Key.Key_Space)
    assert app.profile.entries()[0].scope == "never"
    assert never.isChecked()
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        QTest.keyClick(page.list, Qt.Key.Key_Space)
    assert app.profile.entries()[0].scope == "local", "a key that is hit by chance never sends anything"
    accessible = page.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert accessible == "I am moving. (Steers on this computer)"


def test_what_may_be_sent_but_holds_a_secret_says_so(opened: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.profile.add("fact", "Biscuit is my dog.")
    sent = app.profile.add("fact", "Ask: Biscuit is my dog.")
    app.profile.change(sent.id, scope="public")
    read_again(opened, qtbot)
    assert "is not: it holds" in dict(rows(page_of(opened, "fact")))["Ask: Biscuit is my dog."]


def test_proposed_memories_are_approved_edited_or_refused(
    opened: MainWindow, app: Application, qtbot: QtBot
) -> None:
    app.profile.add_memory("An old one.")
    for text in ("Likes tea.", "Plays the lute.", "Owns a yacht."):
        app.profile.propose_memory(text)
    read_again(opened, qtbot)
    page = page_of(opened, "memory")
    assert [text for text, _ in rows(page)] == ["Owns a yacht.", "Plays the lute.", "Likes tea.", "An old one."]
    assert opened.profile.proposed_count == 3
    assert opened.editor.tabs.tabText(3) == "Memories (4, 3 proposed)"

    def by_text() -> dict[str, Memory]:
        return {one.text: one for one in app.profile.memories()}

    page.choose(by_text()["Likes tea."].id)
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        page.approve.click()
    page.choose(by_text()["Owns a yacht."].id)
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        page.refuse.click()
    page.choose(by_text()["Plays the lute."].id)
    page.edit.click()
    page.field.setPlainText("Plays the theorbo.")
    with qtbot.waitSignal(opened.profile.loaded, timeout=PATIENCE_MS):
        page.save.click()
    states = {text: one.state for text, one in by_text().items()}
    assert states == {
        "An old one.": "approved",
        "Likes tea.": "approved",
        "Plays the theorbo.": "approved",
        "Owns a yacht.": "refused",
    }
    assert rows(page)[-1][0] == "Owns a yacht."
    assert "Refused" in rows(page)[-1][1]
    assert "Owns a yacht." not in app.profile.current().memories
    page.choose(by_text()["An old one."].id)
    assert not page.approve.isEnabled()
    assert not page.refuse.isEnabled()


def test_a_memory_leads_to_its_message(opened: MainWindow, app: Application, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a planet.")
    question = opened.chat.messages[0]
    memory = app.profile.propose_memory("Likes planets.", question.id)
    assert memory is not None
    app.profile.add_memory("From nowhere.")
    opened.chat.open_new()
    read_again(opened, qtbot)
    page = page_of(opened, "memory")
    page.choose(memory.id)
    assert page.origin.isEnabled()
    with qtbot.waitSignal(opened.chat.thread_shown, timeout=PATIENCE_MS):
        page.origin.click()
    assert opened.chat.messages[0].id == question.id
    page.list.setCurrentIndex(page.list.model().index(1, 0))
    assert not page.origin.isEnabled()


@pytest.mark.parametrize("name", ["style", "memory"])
def test_a_removal_is_undone(opened: MainWindow, app: Application, qtbot: QtBot, name: SectionName) -> None:
    entry: ProfileEntry | Memory
    if name == "memory":
        entry = app.profile.change_memory(app.profile.add_memory("Terse.").id, scope="public")
    else:
        entry = app.profile.change(app.profile.add("style", "Terse.").id, scope="public")
    read_again(opened, qtbot)
    page = page_of(opened, name)
    page.choose(entry.id)
    with qtbot.waitSignal(opened.profile.removed, timeout=PATIENCE_MS):
        QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert app.profile.entries() == []
    assert app.profile.memories() == []
    qtbot.waitUntil(lambda: opened.editor.notices.text.text() == "“Terse.” was removed.")
    qtbot.waitUntil(lambda: rows(page) == [], timeout=PATIENCE_MS)
    opened.editor.notices.action.click()
    qtbot.waitUntil(lambda: rows(page) == [("Terse.", "May be sent")], timeout=PATIENCE_MS)
    back: list[ProfileEntry | Memory] = [*app.profile.entries(), *app.profile.memories()]
    assert [(one.text, one.scope, type(one)) for one in back] == [("Terse.", "public", type(entry))]


def test_all_of_it_is_searched(opened: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.profile.add("fact", "I live in Oslo.")
    app.profile.add("fact", "I restore harpsichords.")
    app.profile.add_memory("Asked about Oslo.")
    read_again(opened, qtbot)
    QTest.keyClick(opened.editor, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(opened.editor.field.hasFocus)
    QTest.keyClicks(opened.editor.field, "OSLO")
    facts, memories = opened.editor.pages["fact"], opened.editor.pages["memory"]
    qtbot.waitUntil(lambda: [text for text, _ in rows(facts)] == ["I live in Oslo."], timeout=PATIENCE_MS)
    assert [text for text, _ in rows(memories)] == ["Asked about Oslo."]
    opened.editor.field.setText("nowhere")
    qtbot.waitUntil(lambda: rows(facts) == [], timeout=PATIENCE_MS)
    assert facts.nothing.isVisibleTo(facts)
    assert not facts.empty.isVisibleTo(facts)
    opened.profile.reveal(app.profile.entries()[1].id)
    qtbot.waitUntil(lambda: facts.chosen is not None, timeout=PATIENCE_MS)
    assert facts.chosen is not None
    assert facts.chosen.text == "I restore harpsichords."
    assert opened.editor.field.text() == ""


def test_a_profile_goes_to_a_file_and_comes_back(
    opened: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    app.profile.add("fact", 'Name: "Anna"\nBerg')
    app.profile.change(app.profile.add("style", "Terse.").id, scope="never")
    app.profile.add_memory("Asked about Oslo.")
    app.profile.propose_memory("Owns a yacht.")
    file = tmp_path / "me.toml"
    with qtbot.waitSignal(opened.profile.said, timeout=PATIENCE_MS):
        opened.profile.export(file)
    written = read_profile(file)
    assert written.entries == (("fact", 'Name: "Anna"\nBerg'), ("style", "Terse."))
    assert written.memories == ("Asked about Oslo.",)

    for replace, expected in ((False, ["Terse.", 'Name: "Anna"\nBerg']), (True, ['Name: "Anna"\nBerg', "Terse."])):
        app.profile.remove(app.profile.entries()[0].id)
        with qtbot.waitSignal(opened.profile.said, timeout=PATIENCE_MS):
            opened.profile.import_file(file, replace=replace)
        assert [one.text for one in app.profile.entries()] == expected
        assert len(app.profile.memories()) == 2, "what is there is not added again"
    with qtbot.waitSignal(opened.profile.failed, timeout=PATIENCE_MS):
        opened.profile.import_file(tmp_path / "none.toml", replace=True)
    assert "no profile file" in opened.editor.notices.text.text()


def test_an_import_asks_before_it_replaces(
    opened: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "me.toml"
    file.write_text('facts = ["I live in Oslo."]', encoding="utf-8")
    with qtbot.waitSignal(opened.profile.said, timeout=PATIENCE_MS):
        opened.profile_join.ask_how_to_import(file)
    assert [one.text for one in app.profile.entries()] == ["I live in Oslo."]
    file.write_text('notes = ["A note."]', encoding="utf-8")
    qtbot.waitUntil(lambda: opened.profile.sections["fact"].count == 1, timeout=PATIENCE_MS)
    opened.profile_join.ask_how_to_import(file)
    (box,) = opened.editor.findChildren(QMessageBox)
    replace = next(one for one in box.buttons() if one.text() == "Replace")
    with qtbot.waitSignal(opened.profile.said, timeout=PATIENCE_MS):
        replace.click()
    assert [(one.kind, one.text) for one in app.profile.entries()] == [("note", "A note.")]


def test_long_entries_are_wrapped_and_bounded(opened: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.profile.add("note", "word " * 700)
    app.profile.add("note", "short")
    read_again(opened, qtbot)
    page = page_of(opened, "note")
    long, short = (page.list.visualRect(page.list.model().index(row, 0)) for row in range(2))
    assert short.height() < long.height() < 240
    assert page.list.indexAt(QPoint(20, short.center().y())).row() == 1
