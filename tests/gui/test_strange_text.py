"""Text from elsewhere in fields, tool tips and questions: nothing hangs, nothing is taken for markup."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QMessageBox, QPlainTextEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from costeer.gui.joins.links import ask_to_open
from costeer.gui.strange_text import (
    LONGEST_BLANKS,
    LONGEST_LINE,
    address_words,
    in_short_lines,
    in_sight,
    layable,
    openable,
    plain_tip,
    spelled_out,
)
from costeer.gui.widgets.parts import message_box
from costeer.gui.widgets.plain_field import LONGEST_WRAPPED, PlainField

MANY = 70_000
JOINERS = "\u200c\u200d"
LETTERS_OF_A_SCRIPT = (
    {one for one in map(chr, range(0x110000)) if unicodedata.category(one) == "Cf"}
    - set(
        map(
            chr,
            (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF),
        )
    )
    - set(map(chr, range(0xE0000, 0xE0080)))
)
"""Format characters that are seen, as signs around Arabic or Egyptian ones."""


@given(st.text(alphabet=" \t\u2003\u3000\u2028\nab", max_size=60).map(lambda text: text * 100))
def test_no_row_of_blanks_is_longer_than_qt_bears(text: str) -> None:
    shown = layable(text)
    assert len(shown) == len(text)
    rows = "".join("#" if one.isspace() and one != "\n" else "." for one in shown).split(".")
    assert max(map(len, rows)) <= LONGEST_BLANKS
    assert shown.replace("\u200b", "") == shown or any(one.isspace() for one in text)


def test_most_texts_are_laid_out_as_they_are() -> None:
    assert layable("a b\n\n   c" * 100) == "a b\n\n   c" * 100


@given(st.text(alphabet="ab \n", max_size=40).map(lambda text: text * 200))
def test_short_lines_lose_nothing(text: str) -> None:
    shown = in_short_lines(text)
    assert max(map(len, shown.split("\n"))) <= LONGEST_LINE
    assert shown.replace("\n", "") == text.replace("\n", "")


@given(st.text(max_size=40))
def test_what_nobody_would_see_is_marked_or_spelled_out(text: str) -> None:
    hidden = [one for one in text if unicodedata.category(one) == "Cf" and one not in JOINERS]
    for shown in (in_sight(text), spelled_out(text)):
        assert not set(shown) & (set(hidden) - LETTERS_OF_A_SCRIPT)
    assert len(in_sight(text)) == len(text)


def test_each_character_that_turns_or_hides() -> None:
    bad = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    bad += "\u200b\u200e\u200f\u2060\ufeff\u00ad\u2028\u2029\x1b\x7f"
    assert in_sight(bad) == "\ufffd" * len(bad)
    assert json.loads(f'"{spelled_out(bad)}"') == bad, "as JSON writes it"
    assert spelled_out("a\U000e0041b") == "a\\udb40\\udc41b"
    fine = "a\u200db\u200c\n\t\r👩\u200d👧 中文 עברית e\u0301"
    assert in_sight(fine) == fine
    assert spelled_out(fine) == fine


@pytest.mark.parametrize("row", [" " * MANY, "\u3000" * MANY, "a" * 300_000], ids=["spaces", "wide", "letters"])
@pytest.mark.parametrize("way", ["set", "pasted", "pasted twice", "inserted"])
def test_a_field_takes_any_line(qtbot: QtBot, row: str, way: str) -> None:
    field = PlainField()
    qtbot.addWidget(field)
    field.resize(600, 300)
    field.show()
    qtbot.waitExposed(field)
    text = f"first\na{row}b"
    parts = [text[: len(text) // 2], text[len(text) // 2 :]] if way == "pasted twice" else [text]
    for part in parts:
        if way == "set":
            field.setPlainText(part)
        elif way == "inserted":
            field.insertPlainText(part)
        else:
            data = QMimeData()
            data.setText(part)
            field.insertFromMimeData(data)
    assert field.toPlainText() == text
    assert field.lineWrapMode() == QPlainTextEdit.LineWrapMode.NoWrap
    field.setPlainText("short again")
    assert field.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth
    field.setPlainText("a" * LONGEST_WRAPPED)
    assert field.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth


def test_a_tool_tip_shows_markup_as_text(qtbot: QtBot) -> None:
    hostile = "<img src='file:////127.0.0.1/share/x.png'> & <b>bold</b>\nnext" + " " * MANY
    tip = plain_tip(hostile)
    assert "<img" not in tip
    assert "&lt;img" in tip
    assert plain_tip("as it is\nnext") == "as it is\nnext"
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    QToolTip.showText(widget.pos(), tip, widget)
    QToolTip.hideText()


def test_boxes_show_plain_text(qtbot: QtBot) -> None:
    box = message_box(None)
    qtbot.addWidget(box)
    box.setText("<img src=x>")
    assert box.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize(
    ("link", "host", "address"),
    [
        ("https://example.org/a?b#c", "example.org", "https://example.org/a?b#c"),
        ("https://bank.example@evil.example/x", "evil.example", "https://bank.example@evil.example/x"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com/"),
        ("https://a.example/%E2%80%AEfdp.exe", "a.example", "https://a.example/%E2%80%AEfdp.exe"),
        ("http://2130706433/", "127.0.0.1", "http://127.0.0.1/"),
        ("mailto:ann@example.org?subject=x&attach=/etc/passwd", "example.org", "mailto:ann@example.org"),
    ],
)
def test_whose_address_it_is(qtbot: QtBot, link: str, host: str, address: str) -> None:
    target = openable(QUrl(link))
    assert target is not None
    assert address_words(target) == (host, address)
    over = QWidget()
    qtbot.addWidget(over)
    box = ask_to_open(QUrl(link), over)
    assert box is not None
    assert host in box.text()
    assert box.informativeText() == address
    assert box.textFormat() == Qt.TextFormat.PlainText
    box.button(QMessageBox.StandardButton.Cancel).click()


@pytest.mark.parametrize(
    "link",
    [
        "file:///etc/passwd",
        "file://127.0.0.1/share/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:evil",
        "https:///evil",
        "//evil/x",
        "ftp://evil/x",
        "mailto:",
        "http://\u202emoc.live",
        "x:y",
        "",
    ],
)
def test_what_is_never_opened(qtbot: QtBot, link: str) -> None:
    assert openable(QUrl(link)) is None
    over = QWidget()
    qtbot.addWidget(over)
    assert ask_to_open(QUrl(link), over) is None
