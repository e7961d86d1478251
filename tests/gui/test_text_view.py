"""The widget: what is selected stays, code is copied, formulas are told, marks keep to their paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from costeer.gui.markdown.copy_buttons import CopyButton
from costeer.gui.markdown.styles import OBJECT
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look
from costeer.gui.widgets.text_view import TextView
from costeer.steering.trace import TokenTrace
from tests.gui.test_steering_spans import traces

PATIENCE_MS = 30_000

CODE = "Text.\n\n```python\nx = 1\n\ny = 2\n```\n\nMore.\n\n```\nplain\n```\n"


@pytest.fixture
def view(look: Look, qtbot: QtBot) -> Iterator[TextView]:
    made = TextView(look)
    made.setFixedWidth(500)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    look.use("light")


def buttons(view: TextView) -> list[CopyButton]:
    QApplication.processEvents()
    return [one for one in view.findChildren(CopyButton) if one.isVisible()]


def select(view: TextView, start: int, end: int) -> None:
    cursor = view.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)


def words(view: TextView) -> list[str]:
    spans = view.marked()  # writes what is left to be written
    units = view.toPlainText().encode("utf-16-le")
    return [units[2 * one.start : 2 * one.end].decode("utf-16-le") for one in spans]


def stream(pieces: tuple[str, ...]) -> tuple[str, list[TokenTrace]]:
    return "".join(one.removeprefix("!") for one in pieces), traces(*pieces)


def test_each_block_of_code_has_a_button(view: TextView, qtbot: QtBot) -> None:
    view.show_markdown(CODE)
    qtbot.waitUntil(lambda: len(buttons(view)) == 2)
    first, second = buttons(view)
    assert (first.accessibleName(), second.accessibleName()) == ("Copy the python code", "Copy the code")
    first.click()
    assert QGuiApplication.clipboard().text() == "x = 1\n\ny = 2"
    assert first.text() == "Copied"
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == "plain"
    assert first.geometry().right() <= view.viewport().width()
    assert first.y() < second.y()
    view.show_markdown("No code.")
    qtbot.waitUntil(lambda: buttons(view) == [])


def test_tab_goes_from_the_text_to_the_buttons(view: TextView, qtbot: QtBot) -> None:
    view.show_markdown(CODE)
    qtbot.waitUntil(lambda: len(buttons(view)) == 2)
    assert view.nextInFocusChain() in (view.viewport(), buttons(view)[0])
    assert buttons(view)[0].nextInFocusChain() is buttons(view)[1]


def test_code_at_either_end_has_room_for_its_ground(view: TextView, qtbot: QtBot) -> None:
    view.show_markdown("```python\nx\n```")
    qtbot.waitUntil(lambda: len(buttons(view)) == 1)
    assert buttons(view)[0].y() >= 0
    line = view.document().documentLayout().blockBoundingRect(view.document().begin())
    assert line.top() >= buttons(view)[0].geometry().bottom()
    assert view.height() > line.bottom() + 4


def test_the_selection_stays_while_an_answer_grows(view: TextView) -> None:
    text = "# Title\n\nFirst paragraph, which is selected in part.\n\nLast *words"
    view.show_markdown(text)
    select(view, 3, 20)
    chosen = view.textCursor().selectedText()
    for more in ("* and", "\n\n- item", "\n\n```\ncode\n```"):
        text += more
        view.show_markdown(text)
        assert view.textCursor().selectedText() == chosen
    # What is selected is itself written anew.
    end = view.document().characterCount() - 1
    select(view, end, end - 3)
    view.show_markdown(text.replace("code", "code\nmore"))
    assert (view.textCursor().anchor(), view.textCursor().position()) == (end, end - 3)


def test_formulas_are_drawn_copied_and_told(view: TextView, look: Look, qtbot: QtBot) -> None:
    view.show_markdown(r"Mass: $E = mc^2$ and \[ \frac{1}{2} \] bad: $\frac{1}$." + "\n\n$$\n\\sum_i x_i\n$$")
    qtbot.waitUntil(lambda: not Workshop.of(look).busy, timeout=PATIENCE_MS)
    text = view.toPlainText()
    assert text == f"Mass: {OBJECT} and {OBJECT} bad: $\\frac{{1}}$.\n{OBJECT}"
    view.selectAll()
    copied = view.createMimeDataFromSelection().text()
    assert copied == "Mass: $E = mc^2$ and $$\\frac{1}{2}$$ bad: $\\frac{1}$.\n\n$$\\sum_i x_i$$"
    tall = view.document().documentLayout().blockBoundingRect(view.document().lastBlock()).height()
    assert tall > 2 * view.fontMetrics().height()
    before = view.grab().toImage()
    look.use("dark")
    qtbot.waitUntil(lambda: not Workshop.of(look).busy, timeout=PATIENCE_MS)
    assert view.toPlainText() == text
    assert view.grab().toImage() != before


def test_tables_and_lists_are_copied_as_they_read(view: TextView) -> None:
    view.show_markdown("- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\nend")
    view.finish()
    view.selectAll()
    assert view.createMimeDataFromSelection().text() == "• a\n• b\n\nx\ty\n1\t2\n\nend"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("Hello", "! world"), ["world"]),
        (("I", " like **", "!tea", "** and ", "!milk"), ["tea", "milk"]),
        (("# ", "!Title", "\n\n", "Text ", "!end"), ["Title", "end"]),
        (("1. one\n", "2. ", "!two", "\n3. three"), ["two"]),
        (("🐚 shell ", "!sea", " 🌊"), ["sea"]),
        (("| a | b |\n|--", "-|---|\n| ", "!one", " | ", "!two", " |\n"), ["one", "two"]),
        (
            ("```python\nif x:\n    y", " = ", "!1", "\n", "!    return", " y\n```\nand ", "!then"),
            ["1", "return", "then"],
        ),
        (("> a\n> ", "!b", "\n\nb ", "!b"), ["b", "b"]),
        (("mass $E", "! = m", "c^2$ ", "!so"), [OBJECT, "so"]),
        (("&amp; ", "!amp"), ["amp"]),
        (("\r\n", "a\r\n", "!b"), ["b"]),
    ],
)
def test_changed_tokens_are_marked(view: TextView, pieces: tuple[str, ...], expected: list[str]) -> None:
    text, tokens = stream(pieces)
    view.show_markdown(text)
    view.show_markdown(text, tokens)
    assert words(view) == expected
    assert view.document().lastBlock().layout().lineCount() > 0, "not laid out anew"
    for span in view.marked():
        assert view.tip_at(span.start) != ""
        assert view.tip_at(span.end) == "" or any(one.start == span.end for one in view.marked())
    view.show_markdown(text)
    assert view.marked() == []


def test_marks_grow_with_the_answer(view: TextView) -> None:
    pieces = (
        "# ",
        "!Title",
        "\n\n",
        "Some ",
        "!words",
        " and\n\n```python\n",
        "!x",
        " = ",
        "!1",
        "\n```\n\n- ",
        "!item",
    )
    for count in range(1, len(pieces) + 1):
        text, tokens = stream(pieces[:count])
        view.show_markdown(text, tokens)
    assert words(view) == ["Title", "words", "x", "1", "item"]
    block = view.document().findBlockByNumber(2)
    assert (
        len([one for one in block.layout().formats() if one.format.background().style() != Qt.BrushStyle.NoBrush])
        == 2
    )


def test_a_mark_never_leaves_its_paragraph(view: TextView) -> None:
    view.show_markdown(*stream(("![", "!zebra", "](x)\n\n", "a zebra here")))
    assert all(span.end <= view.document().begin().length() for span in view.marked())


@pytest.mark.thorough
def test_a_long_answer_leaves_the_thread_free(view: TextView, look: Look, qtbot: QtBot) -> None:
    beats: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(perf_counter()))
    timer.start(1)
    text = (CODE + "| a | b |\n|---|---|\n| 1 | 2 |\n\n1. one\n2. two\n\n" + "word *word* " * 60 + "\n\n") * 80
    view.show_markdown(text)
    assert len(view.toPlainText()) < len(text) / 2
    qtbot.waitUntil(lambda: not Workshop.of(look).busy, timeout=PATIENCE_MS)
    assert view.toPlainText().count("plain") == 80
    assert len(beats) > 10


def test_a_long_answer_takes_another_width_once_that_rests(view: TextView, qtbot: QtBot) -> None:
    view.show_markdown("Some words of an answer. " * 2000)
    view.finish()
    before, height = view.document().textWidth(), view.height()
    for width in (480, 460, 440):
        view.setFixedWidth(width)
        assert (view.document().textWidth(), view.height()) == (before, height)
    qtbot.waitUntil(lambda: view.height() > height, timeout=PATIENCE_MS)
    assert view.document().textWidth() == view.viewport().width()


def test_a_new_theme_shows_the_same_in_its_colours(view: TextView, look: Look, qtbot: QtBot) -> None:
    view.show_markdown(*stream((CODE, "!steered")))
    text, marked = view.toPlainText(), words(view)
    look.use("dark")
    view.finish()
    assert (view.toPlainText(), words(view)) == (text, marked)
    color = view.document().begin().begin().fragment().charFormat().foreground().color()
    assert color == look.theme.color("text")
