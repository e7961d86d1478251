"""What can be done with a message: by mouse, by keys, and by whoever hears the window; long conversations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application, open_application
from costeer.foundation.paths import AppPaths
from costeer.foundation.settings import EndpointSettings, WindowSettings
from costeer.gui.figures_words import figure_rows
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look, window_icon
from costeer.gui.widgets.message import AnswerWidget
from costeer.services.costs import Cost
from costeer.storage.records import AnswerFigures, Message, Role
from tests.gui.conftest import PATIENCE_MS, press_enter

Ask = Callable[[str], None]
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def focus(window: MainWindow) -> str:
    """What a screen reader says of what has the focus."""
    widget = QApplication.focusWidget()
    interface = QAccessible.queryAccessibleInterface(widget) if widget else None
    return interface.text(QAccessible.Text.Name) if interface else ""


def answer(window: MainWindow, index: int) -> AnswerWidget:
    widget = window.transcript.answer(window.chat.messages[index].id)
    assert widget is not None
    return widget


def is_open(widget: AnswerWidget) -> bool:
    """Whether its figures are folded out."""
    return widget.figures is not None


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifiers)


def test_keys_move_between_messages(window: MainWindow, ask: Ask) -> None:
    ask("Name a colour.")
    ask("Name a fish.")
    said = []
    for _ in range(5):
        press(Qt.Key.Key_Up, CONTROL)
        said.append(focus(window))
    assert said == ["Answer 2 of 2", "Question 2 of 2", "Answer 1 of 2", "Question 1 of 2", "Question 1 of 2"]
    first = window.transcript.question(window.chat.messages[0].id)
    assert first is not None
    assert first.hasFocus()
    assert first.accessibleDescription() == "Name a colour."
    assert first.edit_button.isVisible()
    press(Qt.Key.Key_Down, CONTROL)
    assert focus(window) == "Answer 1 of 2"
    assert not first.edit_button.isVisible()
    for _ in range(3):
        press(Qt.Key.Key_Down, CONTROL)
    assert window.composer.text.hasFocus()
    assert window.transcript.current is None


def test_the_focused_message_wears_a_ring(window: MainWindow, ask: Ask) -> None:
    ask("Name a tree.")
    widget = answer(window, 1)
    before = widget.grab().toImage()
    widget.setFocus()
    ring = widget.grab().toImage()
    accent = window._look.theme.color("accent")
    scale = widget.devicePixelRatio()
    edge = QPoint(round(2 * scale), ring.height() // 2)
    assert before.pixelColor(edge) != accent
    assert any(ring.pixelColor(edge + QPoint(step, 0)) == accent for step in range(-1, 2))


def test_copying(window: MainWindow, ask: Ask) -> None:
    ask("Name a stone.")
    clipboard = QGuiApplication.clipboard()
    widget = answer(window, 1)
    text = "**Granite** is `hard`:\n\n- grey\n- old\n"
    widget.put(dataclasses.replace(widget.message, text=text))
    window.chat.messages[1] = widget.message
    widget.copy_button.click()
    assert clipboard.text() == text
    widget.setFocus()
    press(Qt.Key.Key_C, SHIFT)
    assert "Granite is hard:" in clipboard.text()
    assert "**" not in clipboard.text()
    press(Qt.Key.Key_C)
    assert clipboard.text() == text
    press(Qt.Key.Key_Up, CONTROL)
    press(Qt.Key.Key_C)
    assert clipboard.text() == "Name a stone."


def test_a_menu_offers_what_the_keys_do(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a metal.")
    ask("Name a gas.")
    shown: list[list[str]] = []
    for index in (1, 2):
        widget = window.transcript.widget_of(window.chat.messages[index].id)
        assert widget is not None
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), widget.mapToGlobal(QPoint(5, 5)))
        QApplication.sendEvent(widget, event)
        assert window.transcript.current == window.chat.messages[index].id
        open_menu = next(one for one in window.findChildren(QMenu) if one.isVisible())
        shown.append([one.text() for one in open_menu.actions() if one.isEnabled() and one.text()])
        open_menu.close()
    assert "Regenerate the answer" in shown[0]
    assert "Copy the answer as plain text" in shown[0]
    assert "Edit the question and send it again" in shown[1]
    assert not any("version" in one for one in shown[0] + shown[1])


def test_what_is_selected_can_be_copied_from_the_menu(window: MainWindow, ask: Ask) -> None:
    ask("Name an acid.")
    widget = answer(window, 1)
    cursor = widget.view.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(3, cursor.MoveMode.KeepAnchor)
    widget.view.setTextCursor(cursor)
    widget.menu_button.click()
    menu = next(one for one in window.findChildren(QMenu) if one.isVisible())
    first = menu.actions()[0]
    assert first.text() == "Copy the selection"
    first.trigger()
    menu.close()
    assert QGuiApplication.clipboard().text() == widget.view.toPlainText()[:3]


def test_figures_fold_out_on_demand(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a river.")
    widget = answer(window, 1)
    assert not is_open(widget)
    widget.figures_button.click()
    assert widget.figures is not None
    figures = window.chat.figures_of(widget.message.id)
    assert figures is not None
    rows = dict(widget.figures.rows)
    assert rows["Tokens"] == str(figures.tokens)
    assert rows["Round trips"] == str(figures.round_trips)
    assert float(rows["Tokens per second"]) == pytest.approx(figures.tokens / figures.seconds, abs=0.06)
    assert rows["Cost"].startswith("no prices entered (")
    assert widget.figures.hasFocus()
    interface = QAccessible.queryAccessibleInterface(widget.figures)
    assert interface is not None
    assert f"Tokens: {figures.tokens}" in interface.text(QAccessible.Text.Description)
    press(Qt.Key.Key_Escape)
    assert not is_open(widget)
    assert widget.hasFocus()
    assert not widget.figures_button.isChecked()
    window.composer.setFocus()
    press(Qt.Key.Key_I, CONTROL)
    assert is_open(answer(window, 1))
    press(Qt.Key.Key_I, CONTROL)
    assert not is_open(answer(window, 1))


def test_cost_is_money_where_prices_are_entered() -> None:
    figures = AnswerFigures(tokens=80, steered_tokens=20, seconds=4.0, endpoint="A")
    paid = dict(figure_rows(figures, Cost("A", 1, 900, 90, 400, 10, 0.0123, 0.004, "EUR")))
    assert paid["Cost"] == "0.0123 EUR, of which 0.0040 for steering"
    assert paid["Changed by steering"] == "20 (25 %)"
    assert paid["Tokens per second"] == "20.0"
    here = dict(figure_rows(AnswerFigures(tokens=3, tier="D"), Cost("", 1, 0, 0, 0, 0)))
    assert here["Cost"] == "nothing: no cloud was asked"
    assert here["Tokens per second"] == "not measured"


def test_prices_that_are_entered_are_used(window: MainWindow, app: Application, ask: Ask) -> None:
    ask("Name a lake.")
    widget = answer(window, 1)
    name = "Priced"
    window.chat.figures[widget.message.id] = AnswerFigures(
        tokens=5, input_tokens=1_000_000, output_tokens=500_000, prompt_tokens=1_000_000, endpoint=name
    )
    priced = EndpointSettings(name, "https://priced.example", price_input=2.0, price_output=4.0, currency="EUR")
    app.use_settings(dataclasses.replace(app.settings, endpoints=(priced,)))
    widget.figures_button.click()
    assert widget.figures is not None
    assert dict(widget.figures.rows)["Cost"].startswith("4.0000 EUR, of which 2.0")


@pytest.fixture
def cold(tmp_path: Path, look: Look, qtbot: QtBot) -> Iterator[MainWindow]:
    """A window whose models have never been loaded, and of which something is known, so that they will be."""
    paths = AppPaths(*(tmp_path / one for one in ("config", "data", "cache", "log")))
    with open_application(paths) as app:
        app.profile.add("fact", "I keep bees.")
        jobs = Jobs()
        window = MainWindow(app, jobs, look, window_icon())
        window.show()
        qtbot.waitExposed(window)
        yield window
        window.leave()
        window.close()
        assert jobs.wait_for_all(30)
        qtbot.waitUntil(lambda: jobs.running == 0, timeout=PATIENCE_MS)
        window.deleteLater()


def stop(window: MainWindow, qtbot: QtBot) -> None:
    """Press Stop, and wait until the answer is over."""
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        window.composer.button.click()


@pytest.mark.thorough
def test_stop_is_heard_while_a_model_loads(cold: MainWindow, qtbot: QtBot) -> None:
    cold.composer.text.setPlainText("Name a fish.")
    with qtbot.waitSignal(cold.chat.answer_started, timeout=PATIENCE_MS):
        press_enter(cold)
    assert cold.chat.phase == "preparing"
    assert cold.composer.button.accessibleName() == "Stop"
    stop(cold, qtbot)
    assert (cold.chat.messages[-1].state, cold.chat.messages[-1].text) == ("stopped", "")
    assert not cold.chat.busy
    # What was interrupted is no worse for it.
    cold._app.use_settings(
        dataclasses.replace(
            cold._app.settings, steering=dataclasses.replace(cold._app.settings.steering, max_tokens=4)
        )
    )
    with qtbot.waitSignal(cold.chat.answer_finished, timeout=PATIENCE_MS):
        cold.chat.continue_answer()
    assert cold.chat.messages[-1].state == "complete"
    assert cold.chat.messages[-1].text


def test_stop_is_heard_while_the_start_loads_the_models(cold: MainWindow, qtbot: QtBot) -> None:
    """Then the answer waits for what another thread is loading."""
    warming = cold.chat._jobs.run_beside(cold._app.warm_up)
    cold.composer.text.setPlainText("Name a bird.")
    with qtbot.waitSignal(cold.chat.answer_started, timeout=PATIENCE_MS):
        press_enter(cold)
    stop(cold, qtbot)
    assert cold.chat.messages[-1].state == "stopped"
    qtbot.waitUntil(warming.left.is_set, timeout=PATIENCE_MS)


def test_stop_before_the_first_token(window: MainWindow, ask: Ask, qtbot: QtBot) -> None:
    ask("Name a herb.")
    window.composer.text.setPlainText("Name the longest of these words.\n" + "seagull lighthouse\n" * 300)
    with qtbot.waitSignal(window.chat.answer_started, timeout=PATIENCE_MS):
        press_enter(window)
    assert window.chat.messages[-1].text == ""
    stop(window, qtbot)
    assert (window.chat.messages[-1].state, window.chat.messages[-1].text) == ("stopped", "")
    assert answer(window, -1).state.text() == "Stopped"
    assert answer(window, -1).continue_button.isVisible()
    assert answer(window, -1).regenerate_button.isVisible()


def test_an_earlier_answer_goes_on_in_its_place(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    made = app.chat.create("Story")
    messages = written(app, made.id, 4, state_of_first="stopped")
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(made.id))
    first = answer(window, 1)
    assert first.continue_button.isVisible()
    assert not answer(window, 3).continue_button.isVisible()
    with qtbot.waitSignal(window.chat.answer_finished, timeout=PATIENCE_MS):
        first.continue_button.click()
    assert [one.id for one in window.chat.messages] == [one.id for one in messages]
    assert [one.id for one in app.chat.thread(made.id)] == [one.id for one in messages]
    assert len(window.chat.messages[1].text) > len(messages[1].text)


def written(
    app: Application, conversation: str, count: int, *, words: int = 3, state_of_first: str = "complete"
) -> list[Message]:
    """Questions and answers in turn."""
    repository = app.chat._of(conversation).conversations
    parent: str | None = None
    for number in range(count):
        role: Role = "assistant" if number % 2 else "user"
        parent = repository.add_message(conversation, parent, role, f"Message {number} " + "word " * words).id
        if number == 1 and state_of_first == "stopped":
            repository.update_answer(parent, "Message 1 word", [], "stopped")
    return app.chat.thread(conversation)


@pytest.mark.thorough
def test_long_conversations_are_built_as_they_are_scrolled_to(
    window: MainWindow, app: Application, qtbot: QtBot
) -> None:
    made = app.chat.create("Long")
    messages = written(app, made.id, 120, words=60)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(made.id))
    transcript, bar = window.transcript, window.transcript.verticalScrollBar()
    assert len(transcript.built()) == 6
    qtbot.waitUntil(lambda: not transcript.building, timeout=PATIENCE_MS)
    few = len(transcript.built())
    assert few < 60
    assert bar.value() == bar.maximum()
    assert transcript.widget_of(messages[0].id) is None
    # What is being read stays where it is while earlier messages are built above it.
    bar.setValue(bar.value() // 4)
    anchor = transcript._first_seen()
    assert anchor is not None
    qtbot.waitUntil(lambda: len(transcript.built()) > few, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not transcript.building, timeout=PATIENCE_MS)
    widget = transcript.widget_of(anchor.message)
    assert widget is not None
    # The last of them gets its height with the next layout.
    qtbot.waitUntil(lambda: abs(transcript.top_of(widget) - anchor.y) <= 1, timeout=PATIENCE_MS)

    def scrolled_up() -> bool:
        bar.setValue(0)
        return transcript.widget_of(messages[0].id) is not None

    qtbot.waitUntil(scrolled_up, timeout=PATIENCE_MS)
    assert [one.message.id for one in transcript.built()] == [one.id for one in messages]


def test_the_line_that_is_read_stays_when_text_gets_larger(
    window: MainWindow, app: Application, look: Look, qtbot: QtBot
) -> None:
    made = app.chat.create("Long")
    written(app, made.id, 40, words=160)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open(app.chat.conversation(made.id))
    transcript, bar = window.transcript, window.transcript.verticalScrollBar()

    def at_rest() -> bool:
        return not transcript.building and not Workshop.of(look).busy

    qtbot.waitUntil(at_rest, timeout=PATIENCE_MS)
    bar.setValue(bar.value() // 2)
    qtbot.waitUntil(at_rest, timeout=PATIENCE_MS)
    line = transcript._first_line()
    assert line is not None
    assert line.place
    many, dressed = len(transcript.built()), list[int]()
    look.changed.connect(lambda: dressed.append(len(transcript.built())))
    widget = transcript.widget_of(line.message)
    assert widget is not None
    height = widget.height()
    try:
        look.take(WindowSettings(theme="dark", text_size=140))
        # Only what is seen is dressed with the window; its neighbours come back afterwards.
        assert dressed[0] < many
        qtbot.waitUntil(at_rest, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: widget.height() > height, timeout=PATIENCE_MS)
        assert len(transcript.built()) > dressed[0]
        assert line.place is not None
        where = line.place
        qtbot.waitUntil(lambda: abs(transcript._y_of(widget, where) - line.y) <= 1, timeout=PATIENCE_MS)
    finally:
        look.take(WindowSettings(theme="light"))


@pytest.mark.thorough
def test_a_jump_builds_around_its_aim_and_what_is_new_is_at_the_end(
    window: MainWindow, app: Application, ask: Ask, qtbot: QtBot
) -> None:
    made = app.chat.create("Long")
    messages = written(app, made.id, 44, words=1)
    window.resize(900, 420)
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open_at(made.id, messages[14].id)
    transcript, bar = window.transcript, window.transcript.verticalScrollBar()
    transcript.show_message(messages[14].id)
    qtbot.waitUntil(lambda: not transcript.building, timeout=PATIENCE_MS)
    assert len(transcript.built()) < 40
    widget = transcript.widget_of(messages[14].id)
    assert widget is not None
    qtbot.waitUntil(lambda: transcript.top_of(widget) == 16, timeout=PATIENCE_MS)
    assert widget.accessibleName() == "Question 8 of 22"
    ask("Name a moon.")
    qtbot.waitUntil(lambda: bar.value() == bar.maximum(), timeout=PATIENCE_MS)
    assert transcript.built()[-1].message.id == window.chat.messages[-1].id
    assert transcript.built()[-2].message.text == "Name a moon."
    assert transcript.built()[-3].message.id == messages[-1].id
