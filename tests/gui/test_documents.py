"""Files as context: dropped, pasted, chosen; private or public; sent with the question, and shown at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.widgets.document_chips import AttachmentRow
from costeer.gui.widgets.document_dialog import DocumentDialog
from costeer.gui.widgets.question import QuestionWidget
from costeer.services import chat
from tests.gui.conftest import PATIENCE_MS, press_enter, second_window
from tests.services.pdf_material import pdf

Ask = Callable[[str], None]
PRIVATE = "The boathouse key hangs behind the third oar of the green rack in Tromso."
PUBLIC = "The library is open from nine to five on working days and closed on Sundays."


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A text, a Markdown and a PDF file."""
    made = [tmp_path / name for name in ("key.txt", "hours.md", "book.pdf")]
    made[0].write_text(PRIVATE, encoding="utf-8")
    made[1].write_text(PUBLIC, encoding="utf-8")
    made[2].write_bytes(pdf(["Page one tells of fjords.", "Page two of rivers."]))
    return made


def mime(files: list[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(one)) for one in files])
    return data


def drop(target: QWidget, files: list[Path]) -> None:
    data, middle = mime(files), QPointF(target.rect().center())
    buttons, keys, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    entered = QDragEnterEvent(middle.toPoint(), copy, data, buttons, keys)
    QApplication.sendEvent(target, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(target, QDropEvent(middle, copy, data, buttons, keys))


def rows(window: MainWindow) -> list[AttachmentRow]:
    return list(window.composer.attachments.rows.values())


def wait_until_read(window: MainWindow, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: len(rows(window)) == count and not window.documents.reading, timeout=PATIENCE_MS)


def question(window: MainWindow) -> QuestionWidget:
    widget = window.transcript.question(window.chat.messages[-2].id)
    assert widget is not None
    return widget


def bodies(app: Application, message_id: str) -> str:
    entries = app.audit.entries(message_id=message_id, newest=1000)
    return "\n".join(one.record.body for one in entries if one.record.kind == "request")


@pytest.mark.thorough
def test_dropped_files_go_with_the_question(
    window: MainWindow, app: Application, files: list[Path], ask: Ask, qtbot: QtBot
) -> None:
    drop(window, files)
    wait_until_read(window, qtbot, 3)
    assert [one.name.whole for one in rows(window)] == ["key.txt", "hours.md", "book.pdf"]
    assert all(one.private.isChecked() and not one.public.isChecked() for one in rows(window))
    assert rows(window)[0].length.text() == f"{len(PRIVATE)} characters"
    assert rows(window)[0].meaning.whole == "stays on this computer, steers the answer"
    rows(window)[1].public.click()
    assert rows(window)[1].meaning.whole == "is sent with the question"
    with qtbot.waitSignal(window.documents.attached_changed, timeout=PATIENCE_MS):
        ask("When is the library open?")
    assert not window.composer.attachments.isVisible()
    qtbot.waitUntil(lambda: len(question(window).chips) == 3, timeout=PATIENCE_MS)
    assert [one.text() for one in question(window).chips] == [
        "key.txt · Private",
        "hours.md · Public",
        "book.pdf · Private",
    ]
    sent = bodies(app, window.chat.messages[-1].id)
    stored = app.documents.of_conversation(window.chat.messages[0].conversation)
    assert [(one.name, one.scope, one.message) for one in stored] == [
        ("key.txt", "private", window.chat.messages[0].id),
        ("hours.md", "public", window.chat.messages[0].id),
        ("book.pdf", "private", window.chat.messages[0].id),
    ]
    assert sent
    assert "boathouse" not in sent

    question(window).chips[0].click()
    qtbot.waitUntil(lambda: window.findChild(DocumentDialog) is not None, timeout=PATIENCE_MS)
    dialog = window.findChild(DocumentDialog)
    assert isinstance(dialog, DocumentDialog)
    assert dialog.text.toPlainText() == PRIVATE
    assert dialog.text.isReadOnly()
    assert "stays on this computer" in dialog.scope.text()
    dialog.close()

    # A new version of the question has the same files.
    question(window).begin_edit()
    editor = question(window).editor
    assert editor is not None
    editor.text.setPlainText("Is the library open on Sundays?")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        editor.send.click()
    qtbot.waitUntil(lambda: len(question(window).chips) == 3, timeout=PATIENCE_MS)


def test_each_file_that_cannot_be_read_says_why_in_one_sentence(
    window: MainWindow, tmp_path: Path, files: list[Path], qtbot: QtBot
) -> None:
    picture, empty = tmp_path / "picture.png", tmp_path / "empty.txt"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    empty.write_text(" \n", encoding="utf-8")
    drop(window.composer.text.viewport(), [picture, files[0], empty, tmp_path])
    wait_until_read(window, qtbot, 4)
    said = [one.problem.text() for one in rows(window)]
    assert "picture.png is neither UTF-8 text nor a PDF" in said[0]
    assert said[1] == ""
    assert "empty.txt holds no text" in said[2]
    assert "is a folder" in said[3]
    assert all(one.count(".") <= 2 for one in said)
    assert not rows(window)[0].private.isVisible()
    for row in [rows(window)[index] for index in (0, 2, 3)]:
        row.remove.click()
    assert [one.name.whole for one in rows(window)] == ["key.txt"]
    assert window.composer.text.hasFocus()
    assert window.notices.isHidden()


def test_pasted_files_are_added_and_pasted_text_is_written(
    window: MainWindow, files: list[Path], qtbot: QtBot
) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setMimeData(mime(files[:1]))
    QTest.keyClick(window.composer.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_until_read(window, qtbot, 1)
    assert window.composer.text.toPlainText() == ""
    clipboard.setText("words")
    QTest.keyClick(window.composer.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.composer.text.toPlainText() == "words"


def test_the_paper_clip_opens_a_choice(window: MainWindow, files: list[Path], qtbot: QtBot) -> None:
    QTest.keyClick(window.composer.text, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.filesSelected.emit([str(files[2])])
    dialog.close()
    wait_until_read(window, qtbot, 1)
    assert rows(window)[0].name.whole == "book.pdf"
    assert "Ctrl+O" in window.composer.clip.toolTip()


def test_what_waits_stays_with_its_conversation(
    window: MainWindow, app: Application, files: list[Path], ask: Ask, qtbot: QtBot
) -> None:
    ask("Name a fish.")
    first = app.chat.conversation(window.chat.messages[0].conversation)
    drop(window, files[:2])
    wait_until_read(window, qtbot, 2)
    rows(window)[0].public.click()
    window.chat.open_new()
    assert rows(window) == []
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(first)
    wait_until_read(window, qtbot, 2)
    assert rows(window)[0].public.isChecked()
    rows(window)[0].remove.click()
    qtbot.waitUntil(lambda: len(app.documents.waiting(first.id)) == 1, timeout=PATIENCE_MS)


def test_files_of_a_temporary_conversation_are_in_no_file(
    window: MainWindow, app: Application, files: list[Path], ask: Ask, qtbot: QtBot
) -> None:
    window.chat_join.open_new(temporary=True)
    drop(window, files[:1])
    wait_until_read(window, qtbot, 1)
    ask("Where is the key?")
    assert window.chat.conversation_id is not None
    assert app.chat.conversation(window.chat.conversation_id).temporary
    assert app._shelves.stored.documents.private_ids() == []


def test_a_question_is_not_sent_without_what_is_still_being_read(
    window: MainWindow, app: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(pdf(["All of this is about fjords and their depth."] * 400))
    drop(window, [large])
    window.composer.text.setPlainText("What is it about?")
    QTest.keyClick(window.composer.text, Qt.Key.Key_Return)
    assert window.notices.text.text() == "large.pdf is still being read; wait for it, or remove it."
    assert not window.chat.busy
    assert window.composer.text.toPlainText() == "What is it about?"
    rows(window)[0].remove.click()
    assert rows(window) == []
    qtbot.waitUntil(lambda: not window.documents._reading, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.chat._jobs.running == 0, timeout=PATIENCE_MS)
    assert app.documents.waiting(None) == []
    assert app.chat.conversations() == []


def test_a_new_conversation_is_stored_with_its_question_and_not_with_its_files(
    window: MainWindow,
    app: Application,
    look: Look,
    files: list[Path],
    ask: Ask,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for file in files:
        drop(window, [file])
    wait_until_read(window, qtbot, 3)
    assert [one.name.whole for one in rows(window)] == ["key.txt", "hours.md", "book.pdf"]
    assert (window.chat.conversation_id, app.chat.conversations()) == (None, [])

    # They are there when the user comes back, and after a restart, and apart from those of temporary chats.
    window.chat_join.open_new(temporary=True)
    drop(window, files[:1])
    wait_until_read(window, qtbot, 1)
    window.chat_join.open_new()
    wait_until_read(window, qtbot, 3)
    with second_window(app, look, qtbot) as next_start:
        wait_until_read(next_start, qtbot, 3)
    assert len(app.documents.waiting(None, temporary=True)) == 1
    assert any("boathouse" in one for one in app.documents.private_strings())

    # What cannot be asked stores nothing and loses nothing.
    monkeypatch.setattr(chat, "LONGEST_PROMPT", 100)
    with qtbot.waitSignal(window.chat.failed, timeout=PATIENCE_MS):
        window.chat_join.send("too long " * 12)
    wait_until_read(window, qtbot, 3)
    assert app.chat.conversations() == []
    window.composer.text.clear()
    ask("Where is the key?")
    made = app.chat.conversations()
    assert [one.id for one in made] == [window.chat.conversation_id]
    assert [one.message for one in app.documents.of_conversation(made[0].id)] == [window.chat.messages[0].id] * 3
    assert app.documents.waiting(None) == []
    assert rows(window) == []


def test_what_is_dropped_while_the_first_question_is_asked_stays_in_its_conversation(
    window: MainWindow, app: Application, files: list[Path], qtbot: QtBot
) -> None:
    window.composer.text.setPlainText("Name a river.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        press_enter(window)
        drop(window, files[:1])
    wait_until_read(window, qtbot, 1)
    conversation_id = window.chat.conversation_id
    assert conversation_id is not None
    qtbot.waitUntil(lambda: len(app.documents.waiting(conversation_id)) == 1, timeout=PATIENCE_MS)
    assert app.documents.waiting(None) == []


def test_a_file_that_is_gone_is_told_of(window: MainWindow, files: list[Path], qtbot: QtBot) -> None:
    shutil.rmtree(files[0].parent)
    drop(window, files[:1])
    wait_until_read(window, qtbot, 1)
    assert "no such file" in rows(window)[0].problem.text()
