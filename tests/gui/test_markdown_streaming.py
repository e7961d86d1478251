"""However an answer came, its document is that of the whole text."""

from __future__ import annotations

import re
from functools import cache
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextBlock, QTextCursor, QTextDocument, QTextFormat
from pytestqt.qtbot import QtBot

from costeer.gui.markdown.document import AnswerDocument
from costeer.gui.markdown.reader import Block, BlockReader, Parser
from costeer.gui.markdown.styles import Styles
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look, Theme
from costeer.steering.trace import TokenTrace

ADDRESS = re.compile(" at 0x[0-9a-f]+")

LINES = (
    "# Title",
    "text with *emphasis* and `code`",
    "second line",
    "- item",
    "- [ ] task",
    "  continued",
    "  - nested",
    "1. one",
    "2) two",
    "10. ten",
    "   ```py",
    "```python",
    "x = 1  # note",
    '"""open',
    "```",
    "~~~",
    "    indented",
    "\ttabbed",
    "> quote",
    "> - in a quote",
    "> ```",
    ">",
    "lazy",
    "| a | b |",
    "|---|:-:|",
    "| 1 | `2|3` |",
    "[ref]: https://example.org/a",
    '[ref]: https://example.org/b "title"',
    "'title'",
    "see [ref] and [text][ref]",
    "$$",
    "x^2 + y",
    "$$ a + b $$",
    "\\[ z \\]",
    "\\[",
    "\\]",
    "\\begin{align}",
    "\\end{align}",
    "where $x_1$ is \\(y\\)",
    "---",
    "===",
    "***",
    "-",
    "",
    "",
    "",
    "   ",
    "中文 🐚 text",
    "עברית",
    "<b>no</b> <!-- x",
    "\u2029\ufdd0\ufffc",
)


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()


def texts() -> st.SearchStrategy[str]:
    free = st.text(alphabet="ab *_#\n`~$\\[](){}|>-+1.: \t<!&;\"'", max_size=12)
    line = st.one_of(st.sampled_from(LINES), st.sampled_from(LINES), free)
    return st.lists(line, max_size=14).map("\n".join)


def cuts(text: str) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(text)), max_size=8).map(sorted)


@st.composite
def streams(draw: st.DrawFn) -> tuple[str, list[int]]:
    text = draw(texts())
    return text, draw(cuts(text))


def outline(blocks: list[Block]) -> list[object]:
    return [
        [(one.type, one.content, one.markup, one.info, one.attrs, one.hidden) for one in block.tokens]
        for block in blocks
    ]


def read(reader: BlockReader, text: str) -> None:
    reader.restart(text)
    for _ in range(10_000):
        if reader.done:
            return
        reader.read()
    raise AssertionError("reading does not end")


@given(streams())
@settings(max_examples=400)
def test_blocks_are_those_of_the_whole_text(parser: Parser, stream: tuple[str, list[int]]) -> None:
    text, ends = stream
    reader = BlockReader(parser)
    for end in ends:
        read(reader, text[:end])
    read(reader, text)
    tokens, references = parser.blocks(text)
    depth = 0
    whole: list[list[object]] = []
    for one in tokens:
        if depth == 0:
            whole.append([])
        whole[-1].append((one.type, one.content, one.markup, one.info, one.attrs, one.hidden))
        depth += one.nesting
    assert outline(reader.blocks) == whole
    assert {key: value["href"] for key, value in reader.references.items()} == {
        key: value["href"] for key, value in references.items()
    }
    starts = [block.line_starts[0] for block in reader.blocks]
    assert starts == sorted(starts)


@given(streams(), st.integers(1, 40))
@settings(max_examples=200)
def test_windows_make_no_difference(
    monkeypatch_module: pytest.MonkeyPatch, parser: Parser, stream: tuple[str, list[int]], window: int
) -> None:
    text, _ = stream
    whole = BlockReader(parser)
    read(whole, text)
    monkeypatch_module.setattr("costeer.gui.markdown.reader.WINDOW", window)
    windowed = BlockReader(parser)
    read(windowed, text)
    monkeypatch_module.undo()
    assert outline(windowed.blocks) == outline(whole.blocks)
    assert windowed.references == whole.references


@pytest.fixture(scope="module")
def monkeypatch_module() -> pytest.MonkeyPatch:
    return pytest.MonkeyPatch()


def dump(document: QTextDocument) -> list[object]:
    """Everything that can be seen of a document."""
    found: list[object] = []
    block = document.begin()
    while block.isValid():
        shape = properties(block.blockFormat())
        table = QTextCursor(block).currentTable()
        if table is not None:
            shape = {**shape, "table": (table.rows(), table.columns(), properties(table.format()))}
        found.append((block.text(), shape, fragments(block), colors(block)))
        block = block.next()
    return found


def properties(form: QTextFormat) -> dict[object, object]:
    skipped = (QTextFormat.Property.ObjectIndex.value, QTextFormat.Property.TabPositions.value)
    return {key: ADDRESS.sub("", str(value)) for key, value in form.properties().items() if key not in skipped}


def fragments(block: QTextBlock) -> list[object]:
    found: list[object] = []
    at = block.begin()
    while not at.atEnd():
        one = at.fragment()
        form = one.charFormat()
        found.append((one.text(), form.fontWeight(), form.fontItalic(), form.fontFamilies(), form.anchorHref()))
        found.append((form.fontPointSize(), form.foreground().color().name(), form.background().color().name()))
        at += 1
    return found


def colors(block: QTextBlock) -> list[object]:
    formats = block.layout().formats()
    return [
        (one.start, one.length, one.format.foreground().color().name(), one.format.background().color().name())
        for one in formats
    ]


class Answer:
    """A document that is written to its end."""

    def __init__(self, look: Look, styles: Styles | None = None) -> None:
        self.owner = QObject()
        self.document = QTextDocument()
        self.workshop = Workshop.of(look)
        styles = styles or Styles(look.theme, QFont())
        self.answer = AnswerDocument(self.document, styles, self.workshop, self.owner)

    def show(self, text: str) -> None:
        self.answer.show(text, tokens(text))
        self.answer.finish()

    def settle(self, qtbot: QtBot) -> None:
        """Wait for the colours of code and the pictures of formulas."""
        qtbot.waitUntil(lambda: not self.workshop.busy, timeout=30_000)
        self.answer.finish()


@cache
def token(index: int, text: str) -> TokenTrace:
    other = index + index % 3
    return TokenTrace(index, index, text, other, "x", 1.0, 0.1, True, {"context": index % 7 / 2})


def tokens(text: str) -> list[TokenTrace]:
    """Three characters each, two of three changed; the same objects for the same text."""
    return [token(at // 3, text[at : at + 3]) for at in range(0, len(text), 3)]


@given(stream=streams(), longest=st.integers(1, 60), most_lines=st.integers(1, 6), window=st.integers(1, 40))
@settings(max_examples=300)
def test_where_long_blocks_are_cut_makes_no_difference(
    monkeypatch_module: pytest.MonkeyPatch,
    parser: Parser,
    stream: tuple[str, list[int]],
    longest: int,
    most_lines: int,
    window: int,
) -> None:
    """With bounds so small that nearly every block is cut."""
    text, ends = stream
    monkeypatch_module.setattr("costeer.gui.markdown.reader.LONGEST_BLOCK", longest)
    monkeypatch_module.setattr("costeer.gui.markdown.reader.MOST_LINES", most_lines)
    whole, streamed, windowed = BlockReader(parser), BlockReader(parser), BlockReader(parser)
    read(whole, text)
    for end in ends:
        read(streamed, text[:end])
    read(streamed, text)
    monkeypatch_module.setattr("costeer.gui.markdown.reader.WINDOW", window)
    read(windowed, text)
    monkeypatch_module.undo()
    starts = [block.line_starts for block in whole.blocks]
    for other in (streamed, windowed):
        assert outline(other.blocks) == outline(whole.blocks)
        assert [block.line_starts for block in other.blocks] == starts
        assert other.references == whole.references
    ends_of = [one[-1] for one in starts]
    assert [one[0] for one in starts] == [0, *ends_of[:-1]][: len(starts)]  # nothing is lost between blocks


@given(stream=streams())
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_streaming_ends_in_the_same_document(look: Look, qtbot: QtBot, stream: tuple[str, list[int]]) -> None:
    text, ends = stream
    streamed, whole = Answer(look), Answer(look)
    for end in ends:
        streamed.show(text[:end])
    streamed.show(text)
    whole.show(text)
    for one in (streamed, whole):
        one.settle(qtbot)
    assert dump(streamed.document) == dump(whole.document)


@given(one=streams(), other=texts())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_may_follow_any_other(look: Look, qtbot: QtBot, one: tuple[str, list[int]], other: str) -> None:
    changed, whole = Answer(look), Answer(look)
    changed.show(one[0])
    changed.show(other + one[0][: len(one[0]) // 2])
    changed.show(other)
    whole.show(other)
    for answer in (changed, whole):
        answer.settle(qtbot)
    assert dump(changed.document) == dump(whole.document)


def other_styles() -> Styles:
    larger = QFont()
    larger.setPointSizeF(larger.pointSizeF() * 1.5)
    return Styles(Theme.load("dark"), larger)


@given(stream=streams(), first=st.integers(0, 60), steps=st.integers(0, 8))
@settings(max_examples=150)
def test_dressed_anew_it_is_as_if_written_so(
    look: Look, stream: tuple[str, list[int]], first: int, steps: int
) -> None:
    """Wherever it begins, and though the answer grows meanwhile."""
    text, ends = stream
    dressed, whole = Answer(look), Answer(look, other_styles())
    dressed.show(text[: ends[0] if ends else len(text)])
    dressed.answer.restyle(other_styles(), first)
    for _ in range(steps):
        dressed.answer.step(perf_counter())
    dressed.show(text)
    whole.show(text)
    assert dump(dressed.document) == dump(whole.document)


def test_what_is_seen_is_dressed_and_marked_first(look: Look) -> None:
    text = "\n\n".join(f"Paragraph {number} with *some* words." for number in range(300))
    answer = Answer(look)
    answer.show(text)
    seen = answer.document.findBlockByNumber(200)
    answer.answer.restyle(other_styles(), seen.position())
    answer.answer.step(perf_counter() + 0.001)
    after, above = fragments(seen), fragments(answer.document.findBlockByNumber(199))
    answer.answer.finish()
    assert fragments(seen) == after
    assert fragments(answer.document.findBlockByNumber(199)) != above

    answer.answer.show(text, ())
    answer.answer.finish()
    answer.answer.show(text, tokens(text), (seen.position(), seen.next().position()))
    answer.answer.step(perf_counter())
    assert colors(seen)
    assert not colors(answer.document.findBlockByNumber(299))
    answer.answer.finish()
    assert colors(answer.document.findBlockByNumber(299))


def test_unfinished_steps_make_no_difference(look: Look, qtbot: QtBot) -> None:
    text = "\n".join(LINES) * 3
    stepped, whole = Answer(look), Answer(look)
    for end in range(0, len(text), 37):
        stepped.answer.show(text[:end], tokens(text[:end]))
        stepped.answer.step(0.0)
    stepped.show(text)
    whole.show(text)
    for one in (stepped, whole):
        one.settle(qtbot)
    assert dump(stepped.document) == dump(whole.document)
