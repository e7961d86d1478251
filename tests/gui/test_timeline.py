"""The month of what left: summed by one query, drawn, listed, and gone through by keyboard."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.timeline_page import TimelinePage
from costeer.services.timeline import DayTotal, Month
from costeer.storage.records import AnswerFigures
from tests.gui.conftest import PATIENCE_MS
from tests.gui.ledger_material import exchange, put_into_ledger

Ask = Callable[[str], None]

LONG_AGO = date(2031, 2, 1)
"""Later than any other test's, and never a month of which the clock could make the present one."""


def at(day: int, hour: int = 12) -> datetime:
    return datetime.combine(LONG_AGO.replace(day=day), time(hour)).astimezone()


@pytest.fixture
def month(app: Application) -> Month:
    """Two exchanges on the third, one just before midnight of the fourth, one elsewhere on the last."""
    if not app.audit.month(LONG_AGO).parts:
        long = '{"content": "' + "x" * 988 + '"}'
        records = [
            *exchange(None, '{"content": "first"}', when=at(3), endpoint="Here"),
            *exchange(None, '{"content": "second"}', long, when=at(3, 13), endpoint="Here"),
            *exchange(None, '{"content": "late"}', when=at(4, 23), endpoint="Here"),
            *exchange(None, '{"content": "last"}', when=at(28, 0), endpoint="There"),
        ]
        put_into_ledger(app, [*records[:-2], *(dataclasses.replace(one, purpose="probe") for one in records[-2:])])
    return app.audit.month(LONG_AGO)


@pytest.fixture
def page(window: MainWindow, month: Month, qtbot: QtBot) -> TimelinePage:
    join = window.records_join
    join.open_timeline()
    model = join.timeline
    model.month = Month.of(LONG_AGO)
    with qtbot.waitSignal(model.month_changed, timeout=PATIENCE_MS):
        model._read(LONG_AGO)
    qtbot.waitUntil(lambda: model.month == month, timeout=PATIENCE_MS)
    model.choose(LONG_AGO.replace(day=3))
    qtbot.waitUntil(lambda: model.requests.rowCount() == 2, timeout=PATIENCE_MS)
    return join.dialog.timeline


def test_a_month_is_summed_by_day_cloud_and_purpose(month: Month) -> None:
    days = month.days()
    assert len(days) == 28
    third = days[2]
    assert (third.requests, third.up) == (2, 20 + 200 + 21 + 200)
    assert third.down == (19 + 100) + (1003 + 100)
    assert days[3].requests == 1, "by this computer's day, not by that of Greenwich"
    assert days[27].requests == 1
    assert sum(one.requests for one in days) == 4
    assert month.endpoints == ("Here", "There")
    assert month.purposes == ("answer", "probe")
    assert sum(one.requests for one in month.days("There")) == 1
    assert sum(one.requests for one in month.days("There", "answer")) == 0


def test_months_follow_each_other() -> None:
    december = Month.of(date(2025, 12, 31))
    assert december.first == date(2025, 12, 1)
    assert (december.after, december.before) == (date(2026, 1, 1), date(2025, 11, 1))
    assert len(Month.of(date(2028, 2, 29)).days()) == 29


def test_tokens_and_leak_bits_are_those_of_the_answers(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    app.profile.add("fact", "My dog Biscuit and I live in Heidelberg.")
    window.steering.set_strength(1.78)
    ask("Say hi.")  # whatever has to be found out about the cloud is, with this
    before = sum(app.audit.month(date.today()).days(), DayTotal(date.today()))
    ask("Write about my home and my dog.")
    answer = window.chat.last_answer
    assert answer is not None
    figures = app.chat.figures(answer.id) or AnswerFigures()
    after = sum(app.audit.month(date.today()).days(), DayTotal(date.today()))
    assert after.requests - before.requests == figures.requests > 0
    assert after.up - before.up == figures.bytes_up
    assert after.down - before.down == figures.bytes_down
    assert after.tokens - before.tokens == figures.tokens_sent
    assert after.leak_bits - before.leak_bits == pytest.approx(figures.leak_bits)


def test_a_day_is_chosen_by_keys_and_its_requests_are_listed(
    window: MainWindow, page: TimelinePage, qtbot: QtBot
) -> None:
    model = window.records_join.timeline
    chart = page.chart
    assert "2 requests" in chart.accessibleDescription()
    assert "February" in chart.accessibleDescription()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert model.day.day == 4
    assert "1 request," in page.day.text()
    qtbot.waitUntil(lambda: model.requests.rowCount() == 1, timeout=PATIENCE_MS)
    assert page.table.currentIndex().row() == 3
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert model.day.day == 28
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert model.day.day == 28, "there is no day after the last"
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert "nothing was sent" in chart.accessibleDescription()
    assert model.requests.rowCount() == 0
    page.table.setFocus()
    page.table.setCurrentIndex(model.days.index(2, 1))
    assert chart.chosen is not None
    assert chart.chosen.day.day == 3
    qtbot.waitUntil(lambda: model.requests.rowCount() == 2, timeout=PATIENCE_MS)
    page.list.setCurrentIndex(model.requests.index(1))
    qtbot.waitUntil(lambda: page.exchange.body.toPlainText() == "first", timeout=PATIENCE_MS)


def test_a_click_on_a_bar_chooses_its_day(window: MainWindow, page: TimelinePage) -> None:
    bar = page.chart.bar_of(27)
    assert bar.height() > 0
    assert page.chart.bar_of(9).height() == 0
    QTest.mouseClick(page.chart, Qt.MouseButton.LeftButton, pos=QPoint(int(bar.center().x()), 60))
    assert window.records_join.timeline.day.day == 28


def test_bars_and_requests_are_of_the_cloud_and_purpose_chosen(
    window: MainWindow, page: TimelinePage, qtbot: QtBot
) -> None:
    model = window.records_join.timeline
    page.endpoint.setCurrentIndex(page.endpoint.findData("There"))
    page.endpoint.activated.emit(page.endpoint.currentIndex())
    assert page.chart.bar_of(2).height() == 0
    assert page.chart.bar_of(27).height() > 0
    assert "1 request," in page.total.text()
    model.choose(LONG_AGO.replace(day=3))
    assert model.requests.rowCount() == 0
    model.choose(LONG_AGO.replace(day=28))
    qtbot.waitUntil(lambda: model.requests.rowCount() == 1, timeout=PATIENCE_MS)
    page.measure.setCurrentIndex(1)
    page.measure.activated.emit(1)
    assert model.measure == "requests"
    model.keep(None, None)


def test_the_month_goes_back_and_not_beyond_today(window: MainWindow, qtbot: QtBot) -> None:
    join = window.records_join
    join.timeline.month = Month.of(date.today())
    join.open_timeline()
    model, page = join.timeline, join.dialog.timeline
    assert not page.forward.isEnabled()
    model.forward()
    assert model.month.first == date.today().replace(day=1)
    with qtbot.waitSignal(model.month_changed, timeout=PATIENCE_MS):
        page.back.click()
    assert model.month.after == date.today().replace(day=1)
    assert model.day == model.month.after - timedelta(days=1)
    assert page.forward.isEnabled()
    with qtbot.waitSignal(model.month_changed, timeout=PATIENCE_MS):
        page.forward.click()
    assert model.day == date.today()


def test_a_request_names_its_sizes_first(page: TimelinePage) -> None:
    """What is cut off in a narrow list is the name, which says least."""
    shown = page.list.model().index(0, 0).data()
    assert shown.index("↑") < shown.index("↓") < shown.index("completions")
