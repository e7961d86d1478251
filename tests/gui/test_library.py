"""The sidebar: headings, pins, folders, copies, search, and temporary conversations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.view_models.sections import Heading, Sections, SectionsModel
from costeer.storage.records import Conversation, Role
from tests.gui.conftest import PATIENCE_MS

Ask = Callable[[str], None]

TODAY = date(2026, 3, 10)


def conversation(title: str, days: int = 0, **changed: object) -> Conversation:
    when = datetime(2026, 3, 10, 12, tzinfo=UTC) - timedelta(days=days)
    return Conversation(title, title, when, when, **changed)  # type: ignore[arg-type]


def rows(window: MainWindow) -> list[str]:
    return [str(window.sections.index(row).data()) for row in range(window.sections.rowCount())]


def wait_for_rows(window: MainWindow, qtbot: QtBot, expected: list[str]) -> None:
    qtbot.waitUntil(lambda: rows(window) == expected, timeout=PATIENCE_MS)


def test_everything_stands_under_one_heading() -> None:
    listed = [
        conversation("kept nowhere", temporary=True),
        conversation("pinned", 90, pinned=True, folder="Work"),
        conversation("now"),
        conversation("in a folder", folder="work"),
        conversation("in another", folder="Home"),
        conversation("yesterday", 1),
        conversation("a week ago", 7),
        conversation("a month ago", 30),
        conversation("long ago", 31),
    ]
    shown = Sections(TODAY).rows(listed, frozenset({"folder:Home"}))
    assert [one.key if isinstance(one, Heading) else one.title for one in shown] == [
        *("temporary", "kept nowhere", "pinned", "pinned", "folder:Home", "folder:work", "in a folder"),
        *("today", "now", "yesterday", "yesterday", "week", "a week ago", "month", "a month ago"),
        *("older", "long ago"),
    ]
    assert shown[4] == Heading("folder:Home", 1, folded=True)


def test_pinned_filed_copied_and_folded(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    for title in ("Oats", "Barley", "Rye"):
        app.chat.create(title)
    window.conversations.load()
    wait_for_rows(window, qtbot, ["Today", "Rye", "Barley", "Oats"])
    oats = window.sections.conversation(3)
    assert oats is not None

    window.sidebar.list.setFocus()
    window.sidebar.list.setCurrentIndex(window.sections.index(3))
    QTest.keyClick(window.sidebar.list, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    wait_for_rows(window, qtbot, ["Pinned", "Oats", "Today", "Rye", "Barley"])

    window.sidebar.list.setCurrentIndex(window.sections.index(4))
    QTest.keyClick(window.sidebar.list, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    dialog.setTextValue("Grain")
    dialog.accept()
    wait_for_rows(window, qtbot, ["Pinned", "Oats", "Grain", "Barley", "Today", "Rye"])

    window.sidebar.list.activated.emit(window.sections.index(2))
    assert rows(window) == ["Pinned", "Oats", "Grain", "Today", "Rye"]
    heading = window.sections.index(2).data(SectionsModel.HeadingRole)
    assert heading == Heading("folder:Grain", 1, folded=True)
    window.sidebar.list.activated.emit(window.sections.index(2))
    assert rows(window) == ["Pinned", "Oats", "Grain", "Barley", "Today", "Rye"]

    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.conversations.duplicate(oats)
    qtbot.waitUntil(lambda: "Oats (copy)" in rows(window), timeout=PATIENCE_MS)
    assert window.header.title.whole == "Oats (copy)"


def test_the_list_is_changed_where_it_changes(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    made = [app.chat.create(f"Letter {number}") for number in range(60)]
    with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
        window.conversations.load()
    QAbstractItemModelTester(window.sections, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    shown = window.sidebar.list
    shown.setCurrentIndex(window.sections.index(40))
    bar = shown.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    shown.openPersistentEditor(window.sections.index(40))
    current, place = str(shown.currentIndex().data()), bar.value()
    resets: list[None] = []
    window.sections.modelReset.connect(lambda: resets.append(None))

    def reload(*expected: str) -> None:
        with qtbot.waitSignal(window.conversations.loaded, timeout=PATIENCE_MS):
            window.conversations.load()
        assert tuple(rows(window)[: len(expected)]) == expected
        assert (shown.currentIndex().data(), bar.value()) == (current, place)
        assert shown.isPersistentEditorOpen(shown.currentIndex())

    reload("Today", "Letter 59", "Letter 58")
    app.chat._of(made[3].id).conversations.add_message(made[3].id, None, "user", "Goes to the top.")
    reload("Today", "Letter 3", "Letter 59")
    app.chat.pin(made[50].id)
    app.chat.move(made[51].id, "Work")
    app.chat.rename(made[58].id, "Card")
    app.chat.delete(made[57].id)
    app.chat.create("Note")
    reload("Pinned", "Letter 50", "Work", "Letter 51", "Today", "Note", "Letter 3", "Letter 59", "Card")
    assert not resets


def test_what_is_typed_is_found_and_shown_where_it_stands(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    ask("What grows in a Zwetschgen orchard?")
    window.chat_join.open_new()
    ask("Name a star.")
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(window.search.searched, timeout=PATIENCE_MS):
        QTest.keyClicks(window.sidebar.field, "zwetsch")
    assert window.search.rowCount() >= 2, "the title, the question and perhaps the answer"
    title, message = (window.search.index(row) for row in (0, window.search.rowCount() - 1))
    assert title.data() == message.data() == "What grows in a Zwetschgen orchard?"
    (start, end), *_ = message.data(window.search.RangesRole)
    assert message.data(window.search.TextRole)[start:end].casefold().startswith("zwetsch")
    assert window.sidebar.lists.currentWidget() is window.sidebar.results
    window.sidebar.grab()

    QTest.keyClick(window.sidebar.field, Qt.Key.Key_Down)
    window.sidebar.results.setCurrentIndex(message)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        QTest.keyClick(window.sidebar.results, Qt.Key.Key_Return)
    assert window.chat.messages[0].text == "What grows in a Zwetschgen orchard?"

    window.sidebar.field.setFocus()
    QTest.keyClick(window.sidebar.field, Qt.Key.Key_Escape)
    assert window.sidebar.lists.currentWidget() is window.sidebar.list
    with qtbot.waitSignal(window.search.searched, timeout=PATIENCE_MS):
        QTest.keyClicks(window.sidebar.field, "nobody wrote this")
    assert window.sidebar.nothing.isVisible()


def test_a_temporary_conversation_is_not_stored(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.header.temporary.isVisible()
    assert window.header.title.whole == "Temporary conversation"
    ask("What is a Quastenflosser?")
    qtbot.waitUntil(lambda: rows(window)[:1] == ["Temporary, kept nowhere"], timeout=PATIENCE_MS)
    (one,) = app.chat.conversations()
    assert one.temporary
    assert window.header.temporary.isVisible()
    assert b"Quastenflosser" not in b"".join(
        file.read_bytes() for file in app.paths.data.rglob("*") if file.is_file()
    )
    app.chat.purge(one.id)


def test_an_earlier_message_of_a_long_conversation_is_scrolled_to(
    window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    made = app.chat.create("Long")
    repository = app.chat._of(made.id).conversations
    parent: str | None = None
    for number in range(120):
        role: Role = "assistant" if number % 2 else "user"
        text = f"Message {number}" + (" is about a Kornblume." if number == 7 else ".")
        parent = repository.add_message(made.id, parent, role, text).id
    with qtbot.waitSignal(window.search.searched, timeout=PATIENCE_MS):
        window.sidebar.field.setText("kornblume")
    found = window.search.found(0)
    assert found is not None
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.sidebar.results.activated.emit(window.search.index(0))
    widget = window.transcript.answer(found.message or "")
    assert widget is not None

    def visible() -> bool:
        top = widget.mapTo(window.transcript.viewport(), widget.rect().topLeft()).y()
        return 0 <= top < window.transcript.viewport().height()

    qtbot.waitUntil(visible, timeout=PATIENCE_MS)
