"""Leak budgets in the window: chosen, stored, and shown beside what is spent while an answer is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import load_settings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.budget_box import BudgetBox
from costeer.gui.widgets.settings.privacy_page import PrivacyPage
from costeer.steering.leak.budget import LEAST_BUDGET
from tests.gui.conftest import PATIENCE_MS, SetLength, press_enter

Ask = Callable[[str], None]


@pytest.fixture
def known(app: Application, window: MainWindow) -> None:
    app.profile.add("fact", "My sister is called Zephyrine and keeps alpacas in Tromso.")


def test_only_budgets_that_can_be_kept_can_be_chosen(qtbot: QtBot) -> None:
    box = BudgetBox()
    qtbot.addWidget(box)
    chosen: list[float] = []
    box.chosen.connect(chosen.append)
    assert box.text() == "No bound"
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(box, key)
    assert chosen == [LEAST_BUDGET, 40.0, LEAST_BUDGET, 0.0]
    for typed, taken in (("7", LEAST_BUDGET), ("250", 250.0), ("0", 0.0)):
        box.selectAll()
        QTest.keyClicks(box, typed)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert chosen[-1] == box.value() == taken
    told = len(chosen)
    box.put(120.0)
    assert box.text() == "120 bits"
    assert len(chosen) == told, "what is shown was not chosen"


def test_budgets_are_usual_in_a_new_conversation_and_its_own_in_a_stored_one(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    options = window.steering_bar.options
    options.budgets["conversation"].setValue(400)
    assert window.steering.options().conversation_budget == 400.0
    window.steering.flush()
    file = app.paths.settings_file
    qtbot.waitUntil(lambda: load_settings(file).steering.conversation_budget == 400.0, timeout=PATIENCE_MS)
    ask("Name a river.")
    first = window.chat.conversation_id
    assert first is not None
    options.budgets["answer"].setValue(90)
    options.budgets["conversation"].setValue(0)
    wanted = window.steering.options()
    assert (wanted.answer_budget, wanted.conversation_budget) == (90.0, 0.0)
    window.chat_join.open_new()
    assert (options.budgets["answer"].value(), options.budgets["conversation"].value()) == (0, 400)
    qtbot.waitUntil(lambda: app.chat.settings(first).answer_budget == 90.0, timeout=PATIENCE_MS)
    window.chat.open(app.chat.conversation(first))
    qtbot.waitUntil(lambda: options.budgets["answer"].value() == 90, timeout=PATIENCE_MS)
    assert options.budgets["conversation"].text() == "No bound"


def test_the_usual_budgets_are_among_the_settings(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    """Found by their name, changed in either place, reset; a conversation's own stays its own."""
    window.settings_join.open()
    dialog, options = window.settings_join.dialog, window.steering_bar.options
    dialog.search.setText("budget")
    (page,) = (one for one in dialog.pages if isinstance(one, PrivacyPage))
    found = [row for row in page.rows if not row.isHidden()]
    assert [row.control for row in found] == [page.budgets["answer"], page.budgets["conversation"]]
    assert dialog.stack.currentWidget() is page
    assert page.budgets["answer"].accessibleName() == "Leak budget of an answer"
    page.budgets["answer"].setValue(80)
    assert options.budgets["answer"].value() == 80
    options.budgets["conversation"].setValue(400)
    assert page.budgets["conversation"].value() == 400
    window.steering.flush()

    def stored() -> tuple[float, float]:
        usual = load_settings(app.paths.settings_file).steering
        return usual.answer_budget, usual.conversation_budget

    qtbot.waitUntil(lambda: stored() == (80.0, 400.0), timeout=PATIENCE_MS)
    ask("Name a river.")
    options.budgets["answer"].setValue(40)
    assert page.budgets["answer"].value() == 80, "what the conversation has is not usual"
    found[0].reset.click()
    assert page.budgets["answer"].text() == "No bound"
    assert not found[0].reset.isVisible()
    assert window.steering.options().answer_budget == 40.0


@pytest.mark.usefixtures("known")
def test_what_is_spent_is_shown_live_and_so_is_the_end_of_steering(
    window: MainWindow, app: Application, set_length: SetLength, qtbot: QtBot
) -> None:
    set_length(60)
    panel, steering = window.privacy_panel, window.steering
    steering.set_strength(1.78)
    steering.set_budget("answer", 40.0)
    steering.set_budget("conversation", 300.0)
    spent: list[tuple[str, bool]] = []

    def look() -> None:
        spent.append((panel.figures["leak_bits"].text(), bool(panel.ended.text())))

    window.chat.traffic_changed.connect(lambda *_: look())
    window.composer.text.setPlainText("Write a birthday note to my sister.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        press_enter(window)
    shown = [one for one, _ in spent if one.endswith(" of 40")]
    values = [float(one.removesuffix(" of 40")) for one in shown]
    assert len(set(values)) > 3, "it grows while the answer is written"
    assert values == sorted(values)
    assert values[-1] <= 40.0
    assert {ended for _, ended in spent} == {False, True}, "the end is told when it comes"
    assert panel.ended.text() == "Steering has ended: the leak budget of this answer is used up."
    answer = window.chat.last_answer
    assert answer is not None
    figures = app.chat.figures(answer.id)
    assert figures is not None
    assert figures.steering_ended == "answer"
    total = f"{figures.leak_bits:.1f} of 300"
    qtbot.waitUntil(lambda: panel.figures["conversation_bits"].text() == total, timeout=PATIENCE_MS)
    steering.set_budget("conversation", 0.0)
    assert panel.figures["conversation_bits"].text() == f"{figures.leak_bits:.1f}", "as it is from now on"


@pytest.mark.usefixtures("known")
def test_a_temporary_conversation_is_counted_like_any_other(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    window.chat_join.open_new(temporary=True)
    window.steering.set_strength(1.78)
    ask("Write a birthday note to my sister.")
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        window.chat.regenerate()
    bits = sum(one.leak_bits for one in window.chat.figures.values())
    assert len(window.chat.figures) == 2
    shown = window.privacy_panel.figures["conversation_bits"]
    qtbot.waitUntil(lambda: shown.text() == f"{bits:.1f}", timeout=PATIENCE_MS)
