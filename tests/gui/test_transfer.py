"""Conversations come in from files and go out to files, from the window."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS

Ask = Callable[[str], None]

EXPORT = [
    {
        "id": "one",
        "title": "Knitting",
        "create_time": 1700000000.0,
        "update_time": 1700000100.0,
        "current_node": "b",
        "mapping": {
            "a": {
                "id": "a",
                "parent": None,
                "children": ["b"],
                "message": {
                    "id": "a",
                    "author": {"role": "user"},
                    "create_time": 1700000000.0,
                    "content": {"content_type": "text", "parts": ["How do I knit a Raglan sleeve?"]},
                },
            },
            "b": {
                "id": "b",
                "parent": "a",
                "children": [],
                "message": {
                    "id": "b",
                    "author": {"role": "assistant"},
                    "create_time": 1700000050.0,
                    "content": {"content_type": "text", "parts": ["From the top."]},
                },
            },
        },
    },
    {"id": "two", "title": "Broken", "mapping": 5},
]


def choose(window: MainWindow, *files: Path) -> None:
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    names = [str(one) for one in files]
    if dialog.fileMode() == QFileDialog.FileMode.ExistingFiles:
        dialog.filesSelected.emit(names)
    else:
        dialog.fileSelected.emit(names[0])
    dialog.reject()


def test_an_export_of_another_application_is_imported(
    window: MainWindow, app: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(EXPORT), encoding="utf-8")
    window.commands["conversation.import"].action.trigger()
    with qtbot.waitSignal(window.transfer.imported, timeout=PATIENCE_MS):
        choose(window, file)
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 1, timeout=PATIENCE_MS)
    assert "1 imported" in window.notices.text.text()
    assert "1 could not be read" in window.notices.text.text()
    window.notices.action.click()
    box = window.findChild(QMessageBox)
    assert box is not None
    assert "conversations.json, № 2: it is no conversation" in box.informativeText()
    box.close()
    with qtbot.waitSignal(window.search.searched, timeout=PATIENCE_MS):
        window.sidebar.field.setText("raglan")
    assert window.search.rowCount() == 1
    window.sidebar.field.clear()


def test_a_conversation_is_exported_as_what_its_name_says(
    window: MainWindow, app: Application, ask: Ask, tmp_path: Path, qtbot: QtBot
) -> None:
    ask("Name a tree.")
    qtbot.waitUntil(lambda: window.conversations_join.shown is not None, timeout=PATIENCE_MS)
    for name in ("tree.md", "tree.json"):
        window.commands["conversation.export"].action.trigger()
        with qtbot.waitSignal(window.transfer.ended, timeout=PATIENCE_MS):
            choose(window, tmp_path / name)
        assert name in window.notices.text.text()
    assert "Name a tree." in (tmp_path / "tree.md").read_text(encoding="utf-8")
    assert "Name a tree." in (tmp_path / "tree.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "tree.json").read_text(encoding="utf-8"))


def test_all_conversations_are_exported_into_a_folder(
    window: MainWindow, app: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    for title in ("Oats", "Rye"):
        made = app.chat.create(title)
        app.chat._of(made.id).conversations.add_message(made.id, None, "user", f"About {title}")
    window.commands["conversation.export_all"].action.trigger()
    choose(window, tmp_path)
    box = window.findChild(QMessageBox)
    assert box is not None
    button = next(one for one in box.buttons() if one.text() == "Markdown")
    with qtbot.waitSignal(window.transfer.exported, timeout=PATIENCE_MS):
        button.click()
    assert sorted(one.name for one in tmp_path.glob("*.md")) == ["Oats.md", "Rye.md"]
