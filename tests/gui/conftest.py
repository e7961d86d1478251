"""Windows over the real application: real demo cloud, real local model, a home of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from costeer.bootstrap import Application
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look, window_icon
from costeer.gui.translations import install_translations
from costeer.storage.records import Draft

SHORT, LONG = 12, 400
"""Tokens of an answer that is waited for, and of one that is to be stopped."""

PATIENCE_MS = 60_000
"""Far beyond what an answer takes: it bounds a hang, not a slow machine."""

SetLength = Callable[[int], None]


@pytest.fixture(scope="session")
def look(qapp: QApplication) -> Look:
    return Look(qapp)


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    """From here on texts are Chinese. Named before `window`, as widgets take their texts when they are made."""
    before = QLocale()
    installed = install_translations(qapp, "zh_CN")
    assert len(installed) == 2
    yield
    for one in installed:
        qapp.removeTranslator(one)
    QLocale.setDefault(before)


@pytest.fixture
def set_length(app: Application) -> Iterator[SetLength]:
    """Sets how long answers may get, for one test. Nothing is done after them but by tests that want it."""
    before = app.settings
    app.use_settings(replace(before, find_titles=False, propose_memories=False))

    def set_tokens(tokens: int) -> None:
        app.use_settings(replace(app.settings, steering=replace(app.settings.steering, max_tokens=tokens)))

    set_tokens(SHORT)
    yield set_tokens
    app.use_settings(before)


@pytest.fixture
def window(app: Application, look: Look, set_length: SetLength, qtbot: QtBot) -> Iterator[MainWindow]:
    """An open window in which nothing has been said yet, over an empty profile and no conversations."""
    for conversation in app.chat.conversations():
        app.chat.purge(conversation.id)
    for entry in app.profile.entries():
        app.profile.remove(entry.id)
    for memory in app.profile.memories():
        app.profile.remove_memory(memory.id)
    for draft in app.chat.drafts():
        app.chat.keep_draft(Draft(draft.conversation, draft.question, ""))
    for document in (*app.documents.waiting(None), *app.documents.waiting(None, temporary=True)):
        app.documents.remove(document.id)
    jobs = Jobs()
    made = MainWindow(app, jobs, look, window_icon())
    made.show()
    qtbot.waitExposed(made)
    with qtbot.waitSignals([made.conversations.loaded, made.profile.loaded], timeout=PATIENCE_MS):
        made.load()
    yield made
    made.leave()
    made.close()
    assert jobs.wait_for_all(20)
    qtbot.waitUntil(lambda: jobs.running == 0, timeout=PATIENCE_MS)
    # Not handed to qtbot.addWidget, which deletes before the jobs have been waited for.
    made.deleteLater()


@contextmanager
def second_window(app: Application, look: Look, qtbot: QtBot) -> Iterator[MainWindow]:
    """As the next start has it."""
    jobs = Jobs()
    made = MainWindow(app, jobs, look, window_icon())
    made.show()
    with qtbot.waitSignals([made.conversations.loaded, made.drafts.loaded], timeout=PATIENCE_MS):
        made.load()
    yield made
    made.leave()
    made.close()
    assert jobs.wait_for_all(20)
    qtbot.waitUntil(lambda: jobs.running == 0, timeout=PATIENCE_MS)
    made.deleteLater()


@pytest.fixture
def ask(window: MainWindow, qtbot: QtBot) -> Callable[[str], None]:
    """Type a message, press Enter and wait for the answer's end."""

    def type_and_wait(text: str) -> None:
        window.composer.text.setPlainText(text)
        with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
            press_enter(window)

    return type_and_wait


def press_enter(window: MainWindow) -> None:
    QTest.keyClick(window.composer.text, Qt.Key.Key_Return)
