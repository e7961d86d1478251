"""An endpoint that takes no request now: the window says so, counts down, and Stop is heard meanwhile."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.cloud.retries import Wait, WaitEvent, WaitOver
from costeer.foundation.cancel import CancelToken
from costeer.foundation.settings import EndpointSettings
from costeer.foundation.translatable import Translatable
from costeer.gui.main_window import MainWindow
from costeer.services.waits import WaitBoard
from tests.cloud.scripted_endpoint import ScriptedEndpoint, Traps
from tests.gui.conftest import PATIENCE_MS, press_enter
from tests.gui.test_waiting import shown
from tests.privacy.scripted_server import ScriptedServer, Talk

NAME = "Busy at times"
SAID = re.compile(
    rf"{NAME} takes no more requests now; it is asked again in (\d+) s \(attempt (\d) of at most 4\)\."
)

ENDPOINT = ScriptedEndpoint()
PLANNED: list[Traps] = []
"""For the requests for answers that come next, one each."""
Refuse = Callable[[str], None]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """One for all tests: clients keep a connection ready, for whose end its close waits."""

    def script(talk: Talk) -> None:
        if PLANNED and talk.path.endswith("/chat/completions"):
            ENDPOINT.traps = PLANNED.pop(0)
        ENDPOINT(talk)

    with ScriptedServer(script) as running:
        yield running


@pytest.fixture
def refuse(server: ScriptedServer, window: MainWindow, app: Application) -> Iterator[Refuse]:
    """From now on the endpoint in use, tested already, answers 429 with this Retry-After; "" has it answer."""

    def set_refusing(retry_after: str) -> None:
        ENDPOINT.traps = Traps(status=429 if retry_after else 0, retry_after=retry_after)

    before = app.settings
    set_refusing("")
    added = EndpointSettings(NAME, server.base_url)
    app.endpoints.probe(added, "", CancelToken())
    app.use_settings(dataclasses.replace(before, endpoints=(added,), endpoint=NAME))
    yield set_refusing
    app.use_settings(before)


def begin(window: MainWindow, qtbot: QtBot) -> None:
    window.composer.text.setPlainText("Name a fish.")
    with qtbot.waitSignal(window.waits.changed, timeout=PATIENCE_MS):
        press_enter(window)


@pytest.mark.thorough
def test_counted_down_each_second_until_words_come(window: MainWindow, refuse: Refuse, qtbot: QtBot) -> None:
    refuse("2")
    said: list[tuple[float, str]] = []
    window.waits.changed.connect(lambda _: said.append((time.monotonic(), shown(window).wait.text())))
    begin(window, qtbot)
    assert shown(window).wait.isVisible()
    assert not shown(window).state.isVisible(), "one sentence, in the place of the phase"
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        refuse("")
    told = [SAID.fullmatch(text) for _, text in said[:-1]]
    assert all(told)
    assert {one.group(2) for one in told if one} == {"2"}
    counted = [int(one.group(1)) for one in told if one]
    assert counted == sorted(counted, reverse=True)
    assert set(counted) >= {2, 1}
    times = {text: at for at, text in reversed(said)}
    at = {int(match.group(1)): times[match.group(0)] for match in told if match}
    assert 0.5 < at[1] - at[2] < 1.5
    assert said[-1][1] == ""
    assert not shown(window).wait.isVisible()
    assert shown(window).message.state == "complete"


@pytest.mark.thorough
def test_in_the_middle_of_an_answer_it_stands_below_what_is_written(
    window: MainWindow, refuse: Refuse, qtbot: QtBot
) -> None:
    ENDPOINT.cuts = 0
    PLANNED[:] = [Traps(cut_after=3), Traps(status=429, retry_after="2"), Traps()]
    begin(window, qtbot)
    qtbot.waitUntil(lambda: bool(shown(window).message.text) and bool(window.waits.text), timeout=PATIENCE_MS)
    written = shown(window).message.text
    said, view = shown(window).wait, shown(window).view
    qtbot.waitUntil(lambda: view.isVisible() and said.y() > view.geometry().bottom(), timeout=PATIENCE_MS)
    assert said.isVisible()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        pass
    assert shown(window).message.text.startswith(written)
    assert len(shown(window).message.text) > len(written)
    assert not shown(window).wait.isVisible()
    assert not PLANNED


@pytest.mark.thorough
def test_each_attempt_is_counted(window: MainWindow, refuse: Refuse, qtbot: QtBot) -> None:
    refuse("1")
    begin(window, qtbot)
    qtbot.waitUntil(lambda: "(attempt 4 of at most 4)" in window.waits.text, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.chat.failed, timeout=PATIENCE_MS):
        pass
    assert window.waits.text == ""
    assert not shown(window).wait.isVisible()
    assert shown(window).message.state == "failed"
    assert "takes no more requests now" in window.notices.text.text()


def test_stop_is_heard_during_the_wait(window: MainWindow, app: Application, refuse: Refuse, qtbot: QtBot) -> None:
    app.profile.add("fact", "I keep bees in the garden.")  # steered: the local model is there, too
    refuse("29")
    begin(window, qtbot)
    asked = len(ENDPOINT.requests)
    begun = time.monotonic()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert window.waits.text == ""
        assert not shown(window).wait.isVisible()
    assert time.monotonic() - begun < 30.0
    assert shown(window).message.state == "stopped"
    assert len(ENDPOINT.requests) == asked


def test_stop_is_heard_while_its_test_waits(
    window: MainWindow, app: Application, refuse: Refuse, qtbot: QtBot
) -> None:
    """An answer tests the endpoint first where nobody has."""
    app.endpoints.forget(app.endpoints.find(NAME))
    refuse("9")
    begin(window, qtbot)
    begun = time.monotonic()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert time.monotonic() - begun < 30.0
    assert window.waits.text == ""


def test_it_is_said_where_the_answer_is_written(window: MainWindow, refuse: Refuse, qtbot: QtBot) -> None:
    refuse("29")
    begin(window, qtbot)
    (written,) = window.chat.messages[-1:]
    window.chat.open_new()
    assert window.transcript.answer(written.id) is None
    qtbot.waitUntil(lambda: len(window.conversations.listed) == 1, timeout=PATIENCE_MS)
    there = window.conversations.listed[0]
    assert there is not None
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(there)
    assert SAID.fullmatch(shown(window).wait.text())
    qtbot.waitUntil(lambda: shown(window).wait.isVisible(), timeout=PATIENCE_MS)
    window.chat.stop()
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=PATIENCE_MS)


def test_a_long_sentence_does_not_widen_a_narrow_window(window: MainWindow, refuse: Refuse, qtbot: QtBot) -> None:
    window.resize(460, 500)
    refuse("29")
    begin(window, qtbot)
    said = shown(window).wait
    qtbot.waitUntil(lambda: said.mapTo(window, said.rect().bottomRight()).x() < 460, timeout=PATIENCE_MS)
    assert said.height() >= 2 * said.fontMetrics().height()
    assert window.width() == 460
    window.chat.stop()
    qtbot.waitUntil(lambda: not window.chat.busy, timeout=PATIENCE_MS)


def test_words_that_were_on_their_way_hide_it_for_a_moment_only(window: MainWindow, qtbot: QtBot) -> None:
    waits, board = window.waits, WaitBoard()
    first = Wait(NAME, Translatable("{name} is not ready", name=NAME), time.monotonic() + 30, 2, 4)
    second = Wait(NAME, Translatable("{name} takes no more requests now", name=NAME), time.monotonic() + 20, 3, 4)
    told: list[WaitEvent] = []
    with board.telling(told.append):
        for event in (first, second, WaitOver(second)):
            board.hear(event)
    board.hear(WaitOver(first))
    assert told == [first, second, WaitOver(second)], "nobody is called who has stopped listening"
    for event in told[:2]:
        waits.take(event)
    assert "takes no more requests now" in waits.text
    waits.take(told[2])
    assert "is not ready" in waits.text, "the other is still waited for"
    waits.on_tokens()
    assert waits.text == ""
    with qtbot.waitSignal(waits.changed, timeout=PATIENCE_MS):
        pass
    assert "is not ready" in waits.text
    waits.end()
    waits.on_tokens()
    assert waits.text == ""
