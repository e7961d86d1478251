"""Both themes are complete and readable; numbers and errors as words; PySide6 on Python 3.11."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from costeer.foundation.errors import BadInput, BugError
from costeer.gui.theme import Look, Theme, ThemeName
from costeer.gui.wording import percent, pretty_json, sentence

LOG = Path("costeer.log")


def luminance(color: QColor) -> float:
    """WCAG 2.2's relative luminance."""
    levels: list[float] = [color.redF(), color.greenF(), color.blueF()]
    parts = [one / 12.92 if one <= 0.03928 else float(((one + 0.055) / 1.055) ** 2.4) for one in levels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_can_be_read(name: ThemeName) -> None:
    theme = Theme.load(name)
    pairs = [(text, back) for text in ("text", "muted") for back in ("window", "side", "card", "selected")]
    pairs += [("text", "bubble"), ("text", "code"), ("text", "hover"), ("on_accent", "accent")]
    pairs += [("error", "error_back"), ("notice", "notice_back"), ("mark_text", "mark_weak")]
    pairs += [("mark_text", "mark_strong"), ("accent", "window")]
    poor = {pair: contrast(theme.color(pair[0]), theme.color(pair[1])) for pair in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


def test_themes_name_the_same_colours() -> None:
    light, dark = Theme.load("light"), Theme.load("dark")
    assert light.colors.keys() == dark.colors.keys()
    assert "@" not in light.style_sheet()


def test_icons_follow_the_theme(look: Look, qtbot: QtBot) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    look.use("light")
    look.dress(button, "stop", "text")
    before = button.icon().pixmap(20, 20).toImage().pixelColor(10, 10)
    look.use("dark")
    after = button.icon().pixmap(20, 20).toImage().pixelColor(10, 10)
    look.use("light")
    assert before.lightness() < 80 < 180 < after.lightness()


def test_request_bodies_are_laid_out() -> None:
    body = '{"prompt":[1,2,3],"options":{"stream":true},"messages":[{"role":"user","content":"Grüße"}]}'
    assert pretty_json(body).splitlines() == [
        "{",
        '  "prompt": [1, 2, 3],',
        '  "options": {',
        '    "stream": true',
        "  },",
        '  "messages": [',
        "    {",
        '      "role": "user",',
        '      "content": "Grüße"',
        "    }",
        "  ]",
        "}",
    ]
    assert pretty_json("data: {") == "data: {"
    assert pretty_json("") == ""


def test_small_probabilities_are_not_called_none() -> None:
    assert percent(0.0) == "0.0 %"
    assert percent(0.0002) == "below 0.1 %"
    assert percent(0.987) == "98.7 %"


def test_errors_say_whose_fault_they_are() -> None:
    assert sentence(BadInput("Choose a file."), LOG) == "Choose a file."
    assert "costeer.log" in sentence(BugError("The index is off."), LOG)
    assert "costeer.log" in sentence(ZeroDivisionError("division by zero"), LOG)
    assert "division" not in sentence(ZeroDivisionError("division by zero"), LOG)


def test_calls_of_qt_do_not_use_up_none() -> None:
    """PySide6 6.12.0 loses a reference to None with every such call on Python 3.11, and aborts in the end."""
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("a")
    assert sys.getrefcount(None) > before - 500
