"""Each bound on what Qt or the parser is given at once, met by a text that asks for more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from markdown_it.token import Token
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from costeer.gui.markdown.copy_buttons import MOST_BUTTONS
from costeer.gui.markdown.flatten import LONGEST_PIECE, MOST_BREAKS, MOST_CELLS
from costeer.gui.markdown.formula_process import TALLEST, WIDEST, unpacked
from costeer.gui.markdown.formulas import MOST_KEPT, Formulas
from costeer.gui.markdown.inline import LONGEST_LINK, runs_of
from costeer.gui.markdown.reader import (
    LONGEST_BLOCK,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_NESTED_INLINE,
    BlockReader,
    Parser,
)
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.markdown.writer import MOST_FORMULAS
from costeer.gui.strange_text import LONGEST_BLANKS
from costeer.gui.theme import Look
from costeer.gui.widgets.text_view import TextView
from tests.gui.test_markdown_streaming import Answer, read

PATIENCE_MS = 60_000


def written(look: Look, text: str) -> QTextDocument:
    answer = Answer(look)
    answer.show(text)
    return answer.document


def paragraphs(document: QTextDocument) -> list[str]:
    found, block = [], document.begin()
    while block.isValid():
        found.append(block.text())
        block = block.next()
    return found


def has_table(document: QTextDocument) -> bool:
    return bool(document.rootFrame().childFrames())


@pytest.mark.parametrize(
    "text",
    ["word " * 10_000, "# " + "word " * 9_000, "- " + "word " * 9_000, "```\n" + "word " * 10_000 + "\n```"],
    ids=["paragraph", "heading", "item", "code"],
)
def test_a_long_paragraph_becomes_several(look: Look, text: str) -> None:
    found = paragraphs(written(look, text))
    assert max(map(len, found)) <= LONGEST_PIECE + len("•\t")
    assert sum(one.count("word") for one in found) == text.count("word")


@pytest.mark.parametrize("break_", ["\\\n", "  \n", "\u2028"])
def test_a_paragraph_of_many_lines_becomes_several(look: Look, break_: str) -> None:
    found = paragraphs(written(look, f"ab{break_}" * 900))
    assert max(one.count("\u2028") for one in found) <= MOST_BREAKS
    assert "".join(found).count("ab") == 900


def test_line_separators_in_code_break_no_lines(look: Look) -> None:
    document = written(look, "```\n" + "a\u2028" * 3_000 + "\n```")
    assert "\u2028" not in document.toRawText()


def test_a_large_table_is_shown_as_text(look: Look) -> None:
    head, row = "|a|b|c|d|\n|-|-|-|-|\n", "|e|f|g|h|\n"
    assert has_table(written(look, head + row * (MOST_CELLS // 4 - 1)))
    larger = written(look, head + row * (MOST_CELLS // 4))
    assert not has_table(larger)
    assert paragraphs(larger).count("e | f | g | h") == MOST_CELLS // 4
    assert not has_table(written(look, head + f"|{'e' * (LONGEST_PIECE + 1)}|f|g|h|\n"))


def test_a_wide_table_is_a_paragraph(look: Look) -> None:
    def table(columns: int) -> str:
        return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n|b|\n"

    assert has_table(written(look, table(MOST_COLUMNS)))
    assert not has_table(written(look, table(MOST_COLUMNS + 1)))


def test_only_so_many_formulas_of_a_paragraph_are_pictures(look: Look) -> None:
    document = written(look, "$x$ " * (MOST_FORMULAS + 7))
    raw = document.toRawText()
    assert raw.count("\ufffc") == MOST_FORMULAS
    assert raw.count("$x$") == 7


def test_formulas_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_KEPT < 100_000
    monkeypatch.setattr("costeer.gui.markdown.formulas.MOST_KEPT", 3)
    formulas = Formulas()
    for number in range(10):
        formulas.picture("{" * 20 + str(number), display=False)
    assert len(formulas._known) == 3
    formulas.close()


@pytest.mark.parametrize(
    "size",
    [
        (WIDEST * 101, 1, 1),
        (1, TALLEST * 101, 1),
        (1, 1, TALLEST * 101),
        (-1, 1, 1),
        ("nan", 1, 1),
        (1, "inf", 1),
        (1, 1, "-inf"),
    ],
)
def test_pictures_have_a_seemly_size(size: tuple[object, ...]) -> None:
    head = " ".join(str(one) for one in size)
    assert unpacked(f"{head}\nsvg".encode()) is None
    assert unpacked(b"1 1 1\nsvg") == (b"svg", 1.0, 1.0, 1.0)


def test_blocks_are_cut(parser: Parser) -> None:
    reader = BlockReader(parser)
    for text in (
        "a\n" * 5_000,
        "- a\n" * 5_000,
        "word " * 50_000,
        "> a\n" * 3_000,
        "|a|b|\n|-|-|\n" + "|c|d|\n" * 3_000,
    ):
        read(reader, text)
        assert len(reader.blocks) > 1
        for block in reader.blocks:
            whole = text[block.line_starts[0] : block.line_starts[-1]]
            assert whole.count("\n") <= MOST_LINES
            assert len(whole) <= LONGEST_BLOCK


def test_pictures_in_pictures_nest_no_deeper(parser: Parser) -> None:
    def depth(tokens: Sequence[Token]) -> int:
        return 1 + max((depth(one.children) for one in tokens if one.children), default=0)

    for deep, expected in ((5, 6), (60, MOST_NESTED_INLINE)):
        tokens = parser.inline("![" * deep + "x" + "](http://a)" * deep, {})
        assert depth(tokens) <= expected
        assert "x" in "".join(run.text for run in runs_of(tokens))


def test_long_addresses_are_no_links(parser: Parser) -> None:
    fits = "http://a.b/".ljust(LONGEST_LINK, "x")
    assert [run.href for run in runs_of(parser.inline(f"[a]({fits})", {}))] == [fits]
    assert [run.href for run in runs_of(parser.inline(f"[a]({fits}x)", {}))] == [""]


def test_rows_of_blanks_are_short(look: Look) -> None:
    for text in (
        "a" + "\u3000" * 70_000 + "b",
        "```\na" + " " * 70_000 + "b\n```",
        "`a" + "\u2003" * 70_000 + "b`",
    ):
        for one in paragraphs(written(look, text)):
            assert " " * (LONGEST_BLANKS + 1) not in one.replace("\u3000", " ").replace("\u2003", " ")


def test_what_is_unseen_in_code_is_seen(look: Look) -> None:
    """What is read is what is run: nothing turns the direction, nothing hides between letters."""
    trojan = "if access\u202e \u2066// admin\u2069 \u2066:\u200b\ufeffx = 'a\u200db'\U000e0041"
    for text in (f"```py\n{trojan}\n```", f"    {trojan}", f"`{trojan}`", f"~~~\n{trojan}"):
        raw = written(look, f"x\n\n{text}").toRawText()
        assert not set("\u202e\u2066\u2069\u200b\ufeff\U000e0041") & set(raw)
        assert raw.count("\ufffd") >= 7
        assert "a\u200db" in raw, "joins letters and pictures"
    prose = written(look, "abc \u202efdp.exe\u202c \u2067עברית\u2069").toRawText()
    assert "\u202e" not in prose
    assert "\u2067עברית\u2069" in prose


def test_only_so_many_copy_buttons(look: Look, qtbot: QtBot) -> None:
    view = TextView(look)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show_markdown("```\na\n```\n\n" * (MOST_BUTTONS + 30))
    view.show()
    qtbot.waitExposed(view)
    workshop = Workshop.of(look)
    qtbot.waitUntil(lambda: not workshop.busy, timeout=PATIENCE_MS)
    assert view._buttons is not None
    buttons = view._buttons.buttons
    qtbot.waitUntil(lambda: len(buttons) == MOST_BUTTONS, timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser()
