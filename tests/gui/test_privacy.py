"""What leaves is in view: the indicator always, the figures and requests of an answer, payloads of any size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.strange_text import LONGEST_LINE, in_short_lines
from costeer.services.traffic import TrafficState
from tests.gui.conftest import PATIENCE_MS
from tests.gui.ledger_material import exchange, put_into_ledger

Ask = Callable[[str], None]

SECRET = "My dog Biscuit and I live in Heidelberg."
STALL_MS = 50


@pytest.fixture
def with_profile(window: MainWindow, app: Application) -> None:
    app.profile.add("fact", SECRET)
    app.profile.add("style", "I like short, warm sentences.")


class Probe:
    """The longest time that the event loop was held up, in milliseconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self._last) * 1000)
        self._last = now

    def stop(self) -> None:
        self._timer.stop()


def test_the_indicator_is_in_view_without_the_panel(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    indicator = window.header.activity
    window.resize(1200, 700)
    qtbot.waitUntil(window.privacy_panel.isVisible)
    window.header.privacy_toggle.click()
    assert not window.privacy_panel.isVisible()
    assert indicator.isVisible()
    assert indicator.words.text() == "Local only"
    assert indicator.accessibleName() == "Nothing is being exchanged with the cloud right now."
    width, seen = indicator.width(), dict[str, tuple[str, str]]()
    indicator.shown.connect(
        lambda activity: seen.update({activity: (indicator.words.text(), indicator.accessibleName())})
    )
    ask("Name a planet.")
    qtbot.waitUntil(lambda: window.privacy.activity == "idle", timeout=PATIENCE_MS)
    assert seen["sending"] == ("Sending", "The cloud: Sending")
    assert seen["receiving"] == ("Receiving", "The cloud: Receiving")
    assert seen["idle"][0] == "Local only"
    assert indicator.width() == width
    indicator.click()
    assert window.privacy_panel.isVisible()


@pytest.mark.usefixtures("with_profile")
def test_privacy_panel_shows_what_left(window: MainWindow, app: Application, ask: Ask, qtbot: QtBot) -> None:
    panel = window.privacy_panel
    body = panel.exchange.body
    seen: set[str] = set()
    window.privacy.activity_changed.connect(seen.add)
    ask("Where do I live?")
    answer = window.chat.last_answer
    assert answer is not None
    entries = app.audit.entries(message_id=answer.id)
    requests = [one.record for one in entries if one.record.kind == "request"]
    qtbot.waitUntil(lambda: window.privacy.requests.rowCount() == len(requests), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.privacy.activity == "idle", timeout=PATIENCE_MS)
    assert {"sending", "receiving"} <= seen
    assert panel.activity.text() == "Local only"

    figures = app.chat.figures(answer.id)
    assert figures is not None
    assert panel.figures["requests"].text() == str(figures.requests) == str(len(requests))
    assert panel.figures["round_trips"].text() == str(figures.round_trips)
    assert panel.figures["up"].text() != "–"
    qtbot.waitUntil(lambda: "Where do I live?" in body.toPlainText(), timeout=PATIENCE_MS)
    assert panel.exchange.chosen_side == "words"
    panel.exchange.side.setCurrentIndex(1)
    first = f"{requests[0].method} {requests[0].url}"
    qtbot.waitUntil(lambda: body.toPlainText().startswith(first), timeout=PATIENCE_MS)
    assert all(name in body.toPlainText() for name in requests[0].header_names)

    for row in range(len(requests)):
        panel.list.setCurrentIndex(window.privacy.requests.index(row))
        qtbot.waitUntil(lambda row=row: requests[row].url in body.toPlainText(), timeout=PATIENCE_MS)  # type: ignore[misc]
        assert "Biscuit" not in body.toPlainText()
    oldest = window.privacy.requests.index(len(requests) - 1)
    assert str(oldest.data()).startswith("1. ")
    panel.list.setCurrentIndex(window.privacy.requests.index(0))
    panel.exchange.side.setCurrentIndex(0)
    qtbot.waitUntil(lambda: "Where do I live?" in body.toPlainText(), timeout=PATIENCE_MS)
    assert "Biscuit" not in body.toPlainText()
    panel.exchange.side.setCurrentIndex(2)
    qtbot.waitUntil(lambda: body.toPlainText().startswith("HTTP 200"), timeout=PATIENCE_MS)


@pytest.mark.usefixtures("with_profile")
def test_leak_bits_are_told_of_the_answer_and_of_its_conversation(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    window.steering.set_strength(1.78)
    ask("Write about my home and my dog.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        window.chat.regenerate()
    answer = window.chat.last_answer
    assert answer is not None
    both = [app.chat.figures(one.id) for one in app.chat.siblings(answer.id)]
    bits = [one.leak_bits for one in both if one is not None]
    assert len(bits) == 2
    shown = window.privacy_panel.figures
    qtbot.waitUntil(lambda: shown["conversation_bits"].text() == f"{sum(bits):.1f}", timeout=PATIENCE_MS)
    assert shown["leak_bits"].text() == f"{bits[1]:.1f}"


def test_what_has_not_come_yet_is_not_called_nothing(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    view = window.privacy_panel.exchange
    assert view.body.placeholderText() == "Nothing has been sent for this answer."
    put_into_ledger(app, exchange("an answer that waits", '{"content": "asked"}', ""))
    window.privacy.follow("an answer that waits")
    qtbot.waitUntil(lambda: "asked" in view.body.toPlainText(), timeout=PATIENCE_MS)
    view.side.setCurrentIndex(2)
    assert view.body.toPlainText() == ""
    assert view.body.placeholderText() == "The response is still arriving."


def test_one_request_is_not_called_requests(window: MainWindow) -> None:
    window.privacy_panel.show_totals(TrafficState(requests=1))
    assert "1 request," in window.privacy_panel.totals.text()


def test_thousands_of_requests_are_listed_and_only_what_is_new_is_read(
    window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    many = [one for number in range(3000) for one in exchange("busy", json.dumps({"content": f"text {number}"}))]
    put_into_ledger(app, many)
    probe = Probe()
    window.privacy.follow("busy")
    rows = window.privacy.requests
    qtbot.waitUntil(lambda: rows.rowCount() == 3000, timeout=PATIENCE_MS)
    body = window.privacy_panel.exchange.body
    qtbot.waitUntil(lambda: body.toPlainText() == "text 2999", timeout=PATIENCE_MS)
    window.privacy_panel.list.setCurrentIndex(rows.index(1000))
    qtbot.waitUntil(lambda: body.toPlainText() == "text 1999", timeout=PATIENCE_MS)

    put_into_ledger(app, exchange("busy", '{"content": "one more"}', ""))
    inserted: list[tuple[int, int]] = []
    rows.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    window.privacy._read()
    qtbot.waitUntil(lambda: rows.rowCount() == 3001, timeout=PATIENCE_MS)
    probe.stop()
    assert inserted == [(0, 0)]
    assert window.privacy_panel.list.currentIndex().row() == 1001
    assert body.toPlainText() == "text 1999", "the chosen one stays"
    newest = rows.exchange(0)
    assert newest is not None
    assert rows.settled == newest.sequence - 1, "what is open is read again"
    assert probe.longest < 5 * STALL_MS  # a busy machine's; the benchmark has the figure that is promised


def test_a_payload_of_a_megabyte_opens_without_a_stall(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    ids = list(range(100_000, 220_000))
    put_into_ledger(app, exchange("large", json.dumps({"prompt": ids, "text": "x" * 200_000})))
    view = window.privacy_panel.exchange
    view.side.setCurrentIndex(1)
    probe = Probe()
    window.privacy.follow("large")
    qtbot.waitUntil(lambda: len(view.body.whole) > 1_000_000 and not view.body.filling, timeout=PATIENCE_MS)
    probe.stop()
    shown = view.body.toPlainText()
    assert shown == view.body.whole
    assert "100000, 100001," in shown
    assert "219999]" in shown
    assert max(map(len, shown.splitlines())) <= LONGEST_LINE + 1
    assert probe.longest < 5 * STALL_MS


def test_long_lines_are_broken_behind_spaces_and_lose_nothing() -> None:
    line = " ".join(str(number) for number in range(2000)) + "y" * 3000
    pieces = in_short_lines(line).split("\n")
    assert "".join(pieces) == line
    assert all(len(one) <= LONGEST_LINE for one in pieces)
    assert pieces[0].endswith(" ")
