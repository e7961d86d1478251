"""Tokens are found again in what Markdown makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from costeer.gui.steering_spans import Tokens, changed_spans, how_far, utf16
from costeer.steering.trace import TokenTrace


def trace(index: int, text: str, *, changed: bool, moved: float = 1.0) -> TokenTrace:
    other = index + 1000 if changed else index
    return TokenTrace(index, index, text, other, "x", 1.0, 0.1, True, {"context": moved})


def traces(*pieces: str) -> list[TokenTrace]:
    """A piece that starts with an exclamation mark is a changed token."""
    return [trace(at, one.removeprefix("!"), changed=one.startswith("!")) for at, one in enumerate(pieces)]


def words(shown: str, *pieces: str) -> list[str]:
    units = shown.encode("utf-16-le")
    return [
        units[2 * one.start : 2 * one.end].decode("utf-16-le") for one in changed_spans(shown, traces(*pieces))
    ]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("Hello", "! world"), ["world"]),
        (("I", " like **", "!tea", "** and ", "!milk"), ["tea", "milk"]),
        (("# ", "!Title", "\n\n", "Text ", "!end"), ["Title", "end"]),
        (("Three:\n\n", "1. one\n", "2. ", "!two", "\n3. three"), ["two"]),
        (("🐚 shell ", "!sea", " 🌊"), ["sea"]),
        (("a &amp; ", "!b", " c"), ["b"]),
        (("See [the ", "!page", "](https://example.org/a/b) ", "!now"), ["page", "now"]),
        (("```python\nx = ", "!1", "\n```\nand ", "!then"), ["1", "then"]),
        (("para one", "\n\n", "!\n", "two"), []),
    ],
)
def test_changed_tokens_in_rendered_markdown(qtbot: QtBot, pieces: tuple[str, ...], expected: list[str]) -> None:
    document = QTextDocument()
    document.setMarkdown("".join(one.removeprefix("!") for one in pieces))
    assert words(document.toPlainText(), *pieces) == expected


@given(st.lists(st.text(alphabet="ab *#\n_`1.🐚", min_size=1, max_size=5), max_size=30))
def test_spans_are_in_order_and_inside(pieces: list[str]) -> None:
    shown = "".join(pieces).replace("*", "").replace("#", "")
    made = [trace(at, one, changed=True) for at, one in enumerate(pieces)]
    spans = changed_spans(shown, made)
    units = len(shown.encode("utf-16-le")) // 2
    ends = [0] + [edge for one in spans for edge in (one.start, one.end)]
    assert ends == sorted(ends)
    assert ends[-1] <= units


@given(st.lists(st.tuples(st.text(alphabet="ab \n🐚", max_size=4), st.booleans()), max_size=30), st.data())
def test_paragraphs_that_are_shown_as_written(pieces: list[tuple[str, bool]], data: st.DataObject) -> None:
    """Each changed token marks its own characters, within the paragraph and without the space before a word."""
    made = [trace(at, one, changed=changed) for at, (one, changed) in enumerate(pieces)]
    text = "".join(one for one, _ in pieces)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    tokens, shorter = Tokens(), Tokens()
    tokens.update(made, text)
    shorter.update([one if one.changed else one.text for one in made], text)
    expected, at = [], 0
    for one in made:
        low, high = max(at, start), min(at + len(one.text), end)
        at += len(one.text)
        word = text[low:high]
        if one.changed and low < high:
            low += len(word) - len(word.lstrip()) if word.strip() else 0
            expected.append((utf16(text[start:low]), utf16(text[start:high]), one))
    # A paragraph that stands in the text more than once is found where it stands first.
    if text[start:end].strip():
        found = tokens.spans(text[start:end], start, end)
        assert [(span.start, span.end, span.trace) for span in found] == expected
        assert shorter.spans(text[start:end], start, end) == found


def test_how_far_stays_between_nothing_and_all() -> None:
    assert how_far(trace(0, "a", changed=True, moved=-3.0)) == 0.0
    assert how_far(trace(0, "a", changed=True, moved=2.0)) == 0.5
    assert how_far(trace(0, "a", changed=True, moved=99.0)) == 1.0
