"""Preferences in the window: sliders, what was chosen, and the adapter behind them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.progress import Progress
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.gui.main_window import MainWindow
from costeer.gui.view_models.time_left import TimeLeft
from costeer.gui.widgets.preferences_dialog import PreferencesDialog
from costeer.personalization.principles import DIMENSIONS
from costeer.services.training.quiet import Quiet
from costeer.services.training.service import RewardPlan
from tests.gui.conftest import PATIENCE_MS
from tests.local.lora import random_adapter

Ask = Callable[[str], None]


@pytest.fixture
def adapter(app: Application, tmp_path: Path) -> Iterator[None]:
    """The local model has an adapter, of random numbers."""
    model = app.find_model(app.settings.local_model)
    taken = app.adapters.take_in("reward", model, random_adapter(tmp_path / "random.gguf"))
    yield
    app.adapters.delete("reward", model, taken.version)


@pytest.fixture
def dialog(app: Application, window: MainWindow, qtbot: QtBot) -> Iterator[PreferencesDialog]:
    join = window.preferences_join
    with qtbot.waitSignals(
        [join.weights.listed, join.choices.changed, join.training.changed], timeout=PATIENCE_MS
    ):
        window.preferences_join.open()
    yield join.dialog
    join.weights.flush()
    for one in app.dimensions.all():
        if one.own:
            app.dimensions.remove(one.dimension.id)
    app.dimensions.weigh(dict.fromkeys((one.id for one in DIMENSIONS), 0.0))


def test_sliders_are_kept(dialog: PreferencesDialog, app: Application, window: MainWindow, qtbot: QtBot) -> None:
    weights = window.preferences_join.weights
    assert [one.name.text() for one in dialog.sliders.sliders][:2] == ["Concise", "Detailed"]
    concise = dialog.sliders.sliders[0]
    concise.slider.setFocus()
    QTest.keyClick(concise.slider, Qt.Key.Key_PageUp)
    QTest.keyClick(concise.slider, Qt.Key.Key_Right)
    assert concise.value.text() == "0.30"
    assert concise.slider.accessibleDescription() == "0.30"
    assert not dialog.sliders.many.isVisible()
    for one in dialog.sliders.sliders[2:6]:
        one.slider.setValue(20)
    assert dialog.sliders.many.text() == "Only the 3 heaviest count, as each costs time."
    assert dialog.sliders.many.isVisible()
    weights.flush()
    qtbot.waitUntil(lambda: len(app.dimensions.weights()) == 5, timeout=PATIENCE_MS)
    assert app.dimensions.weights()["concise"] == pytest.approx(0.3)
    dialog.sliders.nothing.click()
    assert all(one.slider.value() == 0 for one in dialog.sliders.sliders)
    weights.flush()
    qtbot.waitUntil(lambda: app.dimensions.weights() == {}, timeout=PATIENCE_MS)


def test_without_an_adapter_it_is_said(dialog: PreferencesDialog) -> None:
    assert dialog.sliders.missing.isVisible()
    dialog.sliders.train.click()
    assert dialog.tabs.currentWidget() is dialog.training
    assert dialog.training.none.text().endswith("has no adapter yet.")


@pytest.mark.thorough
@pytest.mark.usefixtures("adapter")
def test_a_slider_steers(dialog: PreferencesDialog, window: MainWindow, app: Application, ask: Ask) -> None:
    assert not dialog.sliders.missing.isVisible()
    dialog.sliders.sliders[0].slider.setValue(40)
    window.preferences_join.weights.flush()
    ask("Name a harbour.")
    figures = app.chat.figures(window.chat.messages[-1].id)
    assert figures is not None
    assert "preference:concise" in figures.signals


def test_preferences_in_own_words(
    dialog: PreferencesDialog, app: Application, window: MainWindow, qtbot: QtBot
) -> None:
    weights, page = window.preferences_join.weights, dialog.sliders
    assert not page.add.isEnabled()
    with qtbot.waitSignal(weights.listed, timeout=PATIENCE_MS):
        QTest.keyClicks(page.field, "in rhymes")
        QTest.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.sliders[-1].name.text() == "in rhymes", timeout=PATIENCE_MS)
    assert page.field.text() == ""
    with qtbot.waitSignal(weights.failed, timeout=PATIENCE_MS):
        QTest.keyClicks(page.field, "In Rhymes")
        page.add.click()
    assert "already" in dialog.notices.text.text()
    assert page.field.text() == "In Rhymes", "what was typed stays"
    page.sliders[-1].slider.setValue(30)
    remove = page.sliders[-1].remove
    assert remove is not None
    dialog.notices.clear()
    with qtbot.waitSignal(weights.removed, timeout=PATIENCE_MS):
        remove.click()
    qtbot.waitUntil(lambda: len(page.sliders) == len(DIMENSIONS), timeout=PATIENCE_MS)
    dialog.notices.action.click()
    qtbot.waitUntil(lambda: len(page.sliders) == len(DIMENSIONS) + 1, timeout=PATIENCE_MS)
    assert page.sliders[-1].value.text() == "1.50", "with its weight"
    assert list(app.dimensions.weights().values()) == [1.5]


@pytest.mark.thorough
def test_what_was_chosen_is_listed_and_taken_back(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot, tmp_path: Path
) -> None:
    ask("Name a gem.")
    app.preferences.rate(window.chat.messages[-1].id, -1)
    join = window.preferences_join
    with qtbot.waitSignal(join.choices.changed, timeout=PATIENCE_MS):
        window.preferences_join.open()
    page = join.dialog.choices
    join.dialog.tabs.setCurrentWidget(page)
    assert join.choices.rowCount() == 1
    shown = join.choices.data(join.choices.index(0))
    assert isinstance(shown, str)
    assert shown.startswith("Not liked, ")
    assert shown.splitlines()[0].endswith(": Name a gem.")
    join.choices.export(tmp_path / "chosen.jsonl")
    with qtbot.waitSignal(join.choices.exported, timeout=PATIENCE_MS):
        pass
    assert json.loads((tmp_path / "chosen.jsonl").read_text(encoding="utf-8"))["value"] == -1
    join.dialog.notices.clear()

    page.list.setCurrentIndex(join.choices.index(0))
    with qtbot.waitSignal(join.choices.removed, timeout=PATIENCE_MS):
        page.remove.click()
    assert app.preferences.list() == []
    qtbot.waitUntil(page.empty.isVisible, timeout=PATIENCE_MS)
    assert not page.export.isEnabled()
    with qtbot.waitSignal(join.choices.changed, timeout=PATIENCE_MS):
        join.dialog.notices.action.click()
    qtbot.waitUntil(lambda: join.choices.rowCount() == 1, timeout=PATIENCE_MS)
    assert [one.value for one in app.preferences.list()] == [-1]


@pytest.mark.usefixtures("adapter")
def test_versions_are_used_and_deleted(dialog: PreferencesDialog, app: Application, qtbot: QtBot) -> None:
    page = dialog.training
    dialog.tabs.setCurrentWidget(page)
    model = app.find_model(app.settings.local_model)
    assert page.list.count() == 1
    assert page.list.item(0).text().endswith("(in use)")
    assert page.use.text() == "Stop using"
    page.use.click()
    qtbot.waitUntil(lambda: page.use.text() == "Use", timeout=PATIENCE_MS)
    assert app.adapters.in_use("reward", model) is None
    assert dialog.sliders.train.isVisibleTo(dialog.sliders)
    page.use.click()
    qtbot.waitUntil(lambda: page.use.text() == "Stop using", timeout=PATIENCE_MS)
    page.delete.click()
    qtbot.waitUntil(page.none.isVisible, timeout=PATIENCE_MS)
    assert app.adapters.all("reward", model) == []


def test_a_missing_extra_is_one_sentence(
    dialog: PreferencesDialog, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    training = window.preferences_join.training
    dialog.tabs.setCurrentWidget(dialog.training)
    with qtbot.waitSignals([training.failed, training.ended], timeout=PATIENCE_MS):
        dialog.training.start.click()
    assert "costeer-desktop[training]" in dialog.notices.text.text()
    assert not training.running
    assert dialog.training.start.isVisible()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra `training` is not installed")
def test_a_training_waits_and_goes_on_where_it_was(
    dialog: PreferencesDialog, window: MainWindow, qtbot: QtBot
) -> None:
    training, page = window.preferences_join.training, dialog.training
    dialog.tabs.setCurrentWidget(page)
    training.set_considerate(False)
    plan = RewardPlan(questions=2, answer_tokens=12, at_once=4)

    def until_it_trains() -> None:
        done = training.progress
        assert done is not None
        assert str(done.what) == "Training"
        assert done.done >= 1

    training.start(plan)
    qtbot.waitUntil(until_it_trains, timeout=10 * PATIENCE_MS)
    page.pause.click()
    assert page.state.text() == "It waits: you have paused it."
    assert page.pause.text() == "Go on"
    page.pause.click()
    page.stop.click()
    with qtbot.waitSignal(training.ended, timeout=3 * PATIENCE_MS):
        pass
    assert page.state.text() == "", "nothing has come of it yet"
    training.start(plan)
    with qtbot.waitSignal(training.ended, timeout=10 * PATIENCE_MS):
        pass
    qtbot.waitUntil(lambda: page.list.count() == 1, timeout=PATIENCE_MS)
    assert "pairs that it had not seen" in page.state.text()
    page.delete.click()
    qtbot.waitUntil(page.none.isVisible, timeout=PATIENCE_MS)


def test_time_left_is_told_from_the_time_taken() -> None:
    now = 0.0
    left = TimeLeft(lambda: now)
    what, other = Translatable("one"), Translatable("other")
    assert left.advance(Progress(what, 10, 100)) is None
    now = 10.0
    assert left.advance(Progress(what, 20, 100)) == pytest.approx(80.0)
    left.pause()
    now = 1000.0
    assert left.advance(Progress(what, 21, 100)) == pytest.approx(10.0 / 11 * 79)
    now = 1001.0
    assert left.advance(Progress(other, 1, 5)) is None, "other work takes another time"
    assert left.advance(Progress(other, 2)) is None


def test_a_training_is_considerate() -> None:
    assert str(Quiet(lambda: False).why_not()) == "the computer runs on its battery"
    assert Quiet(lambda: True).why_not() in (NOTHING, Translatable("other programs need the processor"))
