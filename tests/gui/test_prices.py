"""Prices are typed in the form of a cloud, kept where the command line keeps them, and a month adds up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import EndpointSettings, load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.cloud_form import CloudForm
from costeer.gui.widgets.price_fields import PriceFields, cost_words
from costeer.services.costs import Cost
from tests.cloud.scripted_endpoint import ScriptedEndpoint
from tests.gui.conftest import PATIENCE_MS
from tests.gui.test_clouds import form, keychain, put
from tests.gui.test_waiting import Ask
from tests.privacy.scripted_server import ScriptedServer

__all__ = ["form", "keychain"]

NAME = "Mine"


def stored(app: Application) -> EndpointSettings:
    (only,) = load_settings(app.paths.settings_file).endpoints
    return only


def prices_of(app: Application) -> tuple[float, float, str]:
    one = stored(app)
    return one.price_input, one.price_output, one.currency


def save(form: CloudForm, window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        form.save.click()


def change(form: CloudForm, window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.clouds.cost_changed, timeout=PATIENCE_MS):
        window.clouds_dialog.page.change.click()


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def test_added_changed_and_taken_away_by_keyboard_alone(
    form: CloudForm, window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    put(form.name, NAME)
    put(form.address, "127.0.0.1:9")
    prices = form.prices
    form.models.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    for text, field in (("0.15", prices.of_input), ("0.6", prices.of_output), ("EUR", prices.currency)):
        assert focused() is field
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)
    assert not prices.words.text().endswith("enter it again.")
    form.save.setFocus()
    with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
        QTest.keyClick(form.save, Qt.Key.Key_Space)
    assert prices_of(app) == (0.15, 0.6, "EUR")

    change(form, window, qtbot)
    assert [one.text() for one in (prices.of_input, prices.of_output, prices.currency)] == ["0.15", "0.6", "EUR"]
    assert form.cost_words.text() == "Nothing was asked here this month."
    put(prices.of_input, "0")
    save(form, window, qtbot)
    assert prices_of(app) == (0.0, 0.6, "EUR"), "prompts cost nothing"

    change(form, window, qtbot)
    assert prices.of_input.text() == "0"
    prices.of_input.clear()
    prices.of_output.clear()
    save(form, window, qtbot)
    assert prices_of(app)[:2] == (0.0, 0.0)
    change(form, window, qtbot)
    assert (prices.of_input.text(), prices.of_output.text()) == ("", ""), "empty is not known"


def test_what_is_wrong_is_one_sentence_next_to_the_field(
    form: CloudForm, window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    put(form.address, "127.0.0.1:9")
    prices = form.prices
    usual = prices.words.text()
    put(prices.of_output, "2")
    for text, said in (
        ("free", "“free” is no price; write a number, such as 0.15, or leave the field empty."),
        ("1,000", "“1,000” is no price"),
        ("-1", "A price is 0 to 1,000,000 for a million tokens"),
        ("1e7", "A price is 0 to 1,000,000 for a million tokens"),
        ("nan", "“nan” is no price"),
    ):
        prices.of_input.setFocus()
        put(prices.of_input, text)
        QTest.keyClick(prices.of_input, Qt.Key.Key_Tab)
        assert prices.words.text().startswith(said)
        assert prices.of_input.accessibleDescription() == prices.words.text()
        assert prices.words.property("tone") == "error"
        form.save.click()
        assert focused() is prices.of_input
        assert form.isVisible()
        put(prices.of_input, "1")
        assert prices.words.text() == usual, "no longer said once it is mended"
    prices.of_output.clear()
    form.save.click()
    assert prices.words.text() == "Enter both prices, or neither; 0 is for what costs nothing."
    assert focused() is prices.of_output
    put(prices.of_output, "2")
    assert prices.words.text() == usual
    prices.currency.clear()
    form.save.click()
    assert prices.words.text() == "Enter the currency of the prices, such as USD."
    assert focused() is prices.currency
    assert not window.clouds.busy
    assert app.settings.endpoints == (), "nothing was kept"
    put(prices.currency, " CHF ")
    save(form, window, qtbot)
    assert prices_of(app) == (1.0, 2.0, "CHF")
    window.clouds_dialog.begin_adding()
    assert (prices.of_input.text(), prices.currency.text()) == ("", "USD")
    assert form.cost_words.isHidden()


def test_a_month_at_a_cloud_adds_up(
    form: CloudForm, window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    with ScriptedServer(ScriptedEndpoint()) as server:
        put(form.name, NAME)
        put(form.address, server.base_url)
        put(form.prices.of_input, "1000")
        put(form.prices.of_output, "2000")
        with qtbot.waitSignal(window.clouds.changed, timeout=PATIENCE_MS):
            form.save_and_use.click()
        window.clouds_dialog.close()
        ask("Name a fish.")
        window.open_clouds()
        window.clouds_dialog.page.choose(NAME)
        change(form, window, qtbot)
    figures = window.chat.figures_of(window.chat.messages[-1].id)
    assert figures is not None
    cost = app.costs.of_answer(figures)
    assert cost.extra_money == 0.0
    assert cost.money == (cost.input_tokens * 1000 + cost.output_tokens * 2000) / 1e6
    assert form.cost_words.isVisible()
    assert form.cost_words.text() == (
        f"This month: 1 answer, {cost.input_tokens} tokens sent, {cost.output_tokens} written; "
        f"{cost.money:.4f} USD, 0 of it because of steering."
    )


def test_what_is_not_quite_nothing_is_not_shown_as_nothing() -> None:
    cost = Cost("Mine", 2, 33, 12, 0, 0, money=0.000012, extra_money=0.0, currency="EUR")
    assert cost_words(cost).endswith("; less than 0.0001 EUR, 0 of it because of steering.")
    assert (
        cost_words(dataclasses.replace(cost, money=None)) == "This month: 2 answers, 33 tokens sent, 12 written."
    )


@pytest.fixture
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


def test_a_price_is_read_as_it_is_written_here_and_as_price_lists_write_it(german: None, qtbot: QtBot) -> None:
    fields = PriceFields()
    qtbot.addWidget(fields)
    fields.put(0.15, 1234.5, "EUR")
    assert (fields.of_input.text(), fields.of_output.text()) == ("0,15", "1234,5")
    found = fields.checked()
    assert found is not None
    assert (found.of_input, found.of_output) == (0.15, 1234.5)
    fields.of_input.setText("0.15")
    assert fields.checked() == found
    fields.of_output.setText("1.234,5")
    assert fields.checked() is None, "what is a sign between thousands here is a decimal point elsewhere"
