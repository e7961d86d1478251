"""After an answer, while nobody waits: a title, and memories proposed; with the real local model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS, SetLength, press_enter

Ask = Callable[[str], None]

TELLING = "I am a vegetarian and I live in Heidelberg. What can I cook with lentils and tomatoes?"


@pytest.fixture
def doing(app: Application) -> Iterator[Callable[..., None]]:
    """Switches what is done after an answer."""
    before = app.settings

    def switch(*, titles: bool = False, memories: bool = False) -> None:
        app.use_settings(replace(app.settings, find_titles=titles, propose_memories=memories))

    yield switch
    app.use_settings(before)


def wait_until_idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.afterwards_join.model.working, timeout=PATIENCE_MS)


@pytest.mark.thorough
def test_memories_are_proposed_and_said_in_the_sidebar(
    window: MainWindow, app: Application, ask: Ask, doing: Callable[..., None], qtbot: QtBot
) -> None:
    doing(memories=True)
    chip = window.sidebar.proposed_button
    assert not chip.isVisible()
    ask(TELLING)
    wait_until_idle(window, qtbot)
    proposed = app.memories.list("proposed")
    assert proposed
    assert all(one.origin == window.chat.messages[0].id for one in proposed)
    qtbot.waitUntil(chip.isVisible, timeout=PATIENCE_MS)
    assert chip.text().startswith(f"{len(proposed)} memor")
    chip.click()
    page = window.editor.pages["memory"]
    assert window.editor.tabs.currentWidget() is page
    qtbot.waitUntil(lambda: page.list.model().rowCount() == len(proposed), timeout=PATIENCE_MS)
    for one in proposed:
        page.choose(one.id)
        with qtbot.waitSignal(window.profile.loaded, timeout=PATIENCE_MS):
            page.approve.click()
    qtbot.waitUntil(lambda: not chip.isVisible(), timeout=PATIENCE_MS)
    assert app.memories.list("proposed") == []


def test_a_conversation_gets_a_title(
    window: MainWindow, app: Application, ask: Ask, doing: Callable[..., None], qtbot: QtBot
) -> None:
    doing(titles=True)
    ask(TELLING)
    wait_until_idle(window, qtbot)
    (conversation,) = app.chat.conversations()
    assert conversation.titled_by in ("model", "question"), "no title may come to mind"
    qtbot.waitUntil(lambda: window.header.title.whole == conversation.title, timeout=PATIENCE_MS)


def test_nothing_is_done_where_it_is_switched_off(
    window: MainWindow, app: Application, ask: Ask, doing: Callable[..., None], qtbot: QtBot
) -> None:
    doing()
    ask(TELLING)
    wait_until_idle(window, qtbot)
    assert app.memories.list() == []
    assert app.chat.conversations()[0].titled_by == "question"


@pytest.mark.thorough
def test_the_next_question_does_not_wait(
    window: MainWindow,
    app: Application,
    ask: Ask,
    set_length: SetLength,
    doing: Callable[..., None],
    qtbot: QtBot,
) -> None:
    """What is under way is ended by the next question, and done after its answer."""
    doing(memories=True)
    model = window.afterwards_join.model
    ask(TELLING)
    assert model.working
    running = model._cancel
    assert running is not None
    window.composer.text.setPlainText("Name a planet.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        press_enter(window)
        assert running.cancelled, "at once, before anything is asked"
    wait_until_idle(window, qtbot)
    assert app.memories.list("proposed")


def test_closing_ends_it(window: MainWindow, ask: Ask, doing: Callable[..., None], qtbot: QtBot) -> None:
    doing(memories=True, titles=True)
    ask(TELLING)
    window.afterwards_join.model.stop()
    wait_until_idle(window, qtbot)
