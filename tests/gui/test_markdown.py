"""What Markdown becomes, and what it never does: HTML, pictures, links to anything but the web and mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont, QTextCursor, QTextDocument
from pytestqt.qtbot import QtBot

from costeer.gui.markdown.code_process import LONGEST, TOKENS, colored_lines, decoded, encoded
from costeer.gui.markdown.colors import Colors
from costeer.gui.markdown.document import AnswerDocument
from costeer.gui.markdown.formulas import Formulas, may_be_drawn
from costeer.gui.markdown.helper import Helper
from costeer.gui.markdown.inline import runs_of
from costeer.gui.markdown.pieces import BOLD, CODE, ITALIC, MATH, SOURCE, STRUCK, Code, Run
from costeer.gui.markdown.reader import Parser
from costeer.gui.markdown.styles import Styles
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look, Theme, ThemeName
from tests.gui.test_look import contrast

PATIENCE_MS = 30_000


def shown(look: Look, text: str) -> QTextDocument:
    owner = QObject(look)
    document = QTextDocument(owner)
    answer = AnswerDocument(document, Styles(look.theme, QFont()), Workshop.of(look), owner)
    answer.show(text, [])
    answer.finish()
    return document


def lines(look: Look, text: str) -> list[str]:
    return shown(look, text).toPlainText().split("\n")


def runs(text: str) -> list[Run]:
    return runs_of(Parser().inline(text, {}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title\ntext", ["Title", "text"]),
        ("- a\n- b\n  - c", ["•\ta", "•\tb", "◦\tc"]),
        ("3. a\n4. b", ["3.\ta", "4.\tb"]),
        ("0. zero", ["0.\tzero"]),
        ("- [x] done\n- [ ] open", ["☑\tdone", "☐\topen"]),
        ("- ```\n  code\n  ```", ["•\t", "code"]),
        ("-\n- b", ["•\t", "•\tb"]),
        ("> quoted\n> > twice", ["quoted", "twice"]),
        ("```py\na\n\nb\n```\nafter", ["a", "", "b", "after"]),
        ("one\ntwo", ["one two"]),
        ("a &amp; b \\* c", ["a & b * c"]),
        ("$$\nx", ["$$x"]),
        ("costs $5 and $6", ["costs $5 and $6"]),
        ("[a]\n\n[a]: https://example.org", ["a"]),
    ],
)
def test_text_of_blocks(look: Look, text: str, expected: list[str]) -> None:
    assert lines(look, text) == expected


def test_tables(look: Look) -> None:
    document = shown(look, "| a | b |\n|:-:|--:|\n| 1 | `x|y` \\| z |\n| 2 |\n\nafter")
    cursor = QTextCursor(document)
    cursor.setPosition(1)
    table = cursor.currentTable()
    assert table is not None
    assert (table.rows(), table.columns()) == (3, 2)
    cells = [table.cellAt(row, column).firstCursorPosition().block() for row in range(3) for column in range(2)]
    assert [one.text() for one in cells[:3]] == ["a", "b", "1"]
    assert cells[0].blockFormat().alignment() & Qt.AlignmentFlag.AlignHCenter
    assert cells[1].blockFormat().alignment() & Qt.AlignmentFlag.AlignRight
    assert document.lastBlock().text() == "after"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**b** *i* ~~s~~ `c`", [Run("b", BOLD), Run("i", ITALIC), Run("s", STRUCK), Run("c", CODE)]),
        ("***both***", [Run("both", BOLD | ITALIC)]),
        ("$x_1$ \\(y\\)", [Run("x_1", MATH), Run("y", MATH)]),
        ("so $$z$$", [Run("so "), Run("z", MATH, display=True)]),
        ("\\(x + ", [Run("\\(x + ", SOURCE)]),
        ("`a``b`", [Run("a``b", CODE)]),
    ],
)
def test_looks_within_a_line(text: str, expected: list[Run]) -> None:
    assert [run for run in runs(text) if run.text != " "] == expected


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("[a](https://example.org/x)", "https://example.org/x"),
        ("[a](mailto:a@example.org)", "mailto:a@example.org"),
        ("https://example.org/a_(b), so", "https://example.org/a_(b)"),
        ("(see http://example.org/x).", "http://example.org/x"),
        ("见https://example.org/x。", "https://example.org/x"),
        ("<https://example.org>", "https://example.org"),
        ("![alt](https://example.org/x.png)", "https://example.org/x.png"),
        ("[a](file:///etc/passwd)", ""),
        ("[a](javascript:alert(1))", ""),
        ("[a](data:text/html,x)", ""),
        ("[a](//example.org)", ""),
        ("[a](relative/path)", ""),
        ("![x](file:///etc/hostname)", ""),
    ],
)
def test_where_links_lead(text: str, link: str) -> None:
    assert "".join(run.href for run in runs(text)) == link


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src='file:///etc/hostname'>",
        "<b>x</b>",
        "<script>alert(1)</script>",
        "<!-- comment -->",
        "a <br> b",
        "<table><tr><td>x",
        "`<i>x</i>`",
    ],
)
def test_html_is_text(look: Look, hostile: str) -> None:
    document = shown(look, hostile)
    assert document.toPlainText() == hostile.strip("`")
    assert not any(form.isImageFormat() for form in document.allFormats())


def test_what_qt_would_take_for_structure_is_text(look: Look) -> None:
    document = shown(look, "a\u2029b\ufdd0c\ufdd1d\ufffce\x0bf\ud800g\n\n```\nx\u2029y\n```")
    assert document.blockCount() == 2
    assert document.begin().text() == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg"


@pytest.mark.parametrize(
    "hostile",
    [
        "> " * 3000 + "x",
        "- " * 2000 + "x",
        "[" * 5000,
        "*a " * 3000,
        "a `" * 4000,
        "$" * 3000,
        "\\(" * 2000,
        "#" * 9000,
    ],
    ids=["quotes", "lists", "brackets", "stars", "ticks", "dollars", "parentheses", "hashes"],
)
def test_hostile_nesting_is_shown(look: Look, hostile: str) -> None:
    assert shown(look, hostile).characterCount() > 1


def test_references_may_come_late(look: Look) -> None:
    owner = QObject(look)
    document = QTextDocument(owner)
    answer = AnswerDocument(document, Styles(look.theme, QFont()), Workshop.of(look), owner)
    text = "see [one] and [x][two]\n\n| [one] |\n|---|\n| b |\n\nend\n\n"
    answer.show(text, [])
    answer.finish()
    assert document.begin().text() == "see [one] and [x][two]"
    answer.show(text + "[one]: https://example.org/1\n[two]: https://example.org/2\n", [])
    answer.finish()
    assert document.begin().text() == "see one and x"
    links = {form.toCharFormat().anchorHref() for form in document.allFormats() if form.isCharFormat()}
    assert {"https://example.org/1", "https://example.org/2"} <= links
    assert document.lastBlock().text() == "end"


def test_code_is_coloured() -> None:
    source = 'def f(x: int) -> str:\n    """doc\n    string"""\n    return "é🐚" + str(x)  # why'
    colored = list(colored_lines(Code("python", source)))
    assert len(colored) == 4
    assert colored[0][0] == (0, 3, "code_keyword")
    assert [token for _, _, token in colored[1]] == ["code_string"]
    # Behind a shell, which takes two units in Qt's count.
    comment = next(one for one in colored[3] if one[2] == "code_comment")
    assert comment[0] == len(source.split("\n")[3].encode("utf-16-le")) // 2 - len("# why")


def test_colours_travel() -> None:
    code = Code("python", 'def f():\n    """doc"""\n\n    return 1  # why')
    assert decoded(encoded(code)) == tuple(colored_lines(code))
    for damaged in (b"", b"{", b"[[[1]]]", b"[[[0,1,99]]]", b'[[["a",1,0]]]', b"7"):
        assert decoded(damaged) == ()


@pytest.fixture
def colors(qtbot: QtBot) -> Iterator[Colors]:
    made = Colors()
    yield made
    made.close()


def test_code_that_takes_for_ever_stays_as_it_is(colors: Colors, qtbot: QtBot) -> None:
    """A pattern of this language takes for ever on a line of brackets; the next code is coloured."""
    hostile, usual = Code("html+ng2", "[" * 3_900 + "\n"), Code("python", "def f(): pass")
    assert colors.lines(Code("python", "x = 1")) is None
    qtbot.waitUntil(lambda: not colors.busy, timeout=PATIENCE_MS)
    helper = colors.findChild(Helper)
    assert helper is not None
    helper.patience_ms = 300
    assert colors.lines(hostile) is None
    assert colors.lines(usual) is None
    qtbot.waitUntil(lambda: not colors.busy, timeout=PATIENCE_MS)
    assert colors.lines(hostile) == ()
    assert colors.lines(usual) == tuple(colored_lines(usual))


def test_only_the_newest_version_of_growing_code_is_coloured(colors: Colors, qtbot: QtBot) -> None:
    found: list[Code] = []
    colors.found.connect(found.append)
    versions = [Code("python", "x = 1\n" * number) for number in range(1, 50)]
    for version in versions:
        assert colors.lines(version) is None
    qtbot.waitUntil(lambda: not colors.busy, timeout=PATIENCE_MS)
    assert found == versions[-1:]


@pytest.mark.parametrize("language", ["", "text", "no-such-language", "<b>", "../../etc"])
def test_unknown_languages_stay_plain(language: str) -> None:
    assert list(colored_lines(Code(language, "x = 1"))) == []


def test_very_long_code_stays_plain() -> None:
    assert list(colored_lines(Code("python", "x = 1\n" * (LONGEST // 6 + 1)))) == []
    assert list(colored_lines(Code("python", "(" * 10_000))) == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_coloured_code_can_be_read(name: ThemeName) -> None:
    theme = Theme.load(name)
    assert len(TOKENS) == 8
    poor = {one: contrast(theme.color(one), theme.color("code")) for one in (*TOKENS, "text", "muted", "accent")}
    assert {one: ratio for one, ratio in poor.items() if ratio < 4.5} == {}


@pytest.fixture
def formulas(qtbot: QtBot) -> Formulas:
    made = Formulas()
    made.destroyed.connect(lambda: None)
    return made


@pytest.mark.parametrize(
    ("latex", "drawn"),
    [
        ("x^2", True),
        (r"\frac{-b \pm \sqrt{b^2-4ac}}{2a}", True),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", True),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", True),
        (r"\mathbb{E}_{x \sim p}[f(x)]", True),
        (r"\frac{a}", False),
        ("x^", False),
        (r"\begin{matrix", False),
        (r"\text{中文}", False),
    ],
)
def test_formulas_are_drawn_or_refused(formulas: Formulas, qtbot: QtBot, latex: str, drawn: bool) -> None:
    assert formulas.picture(latex, display=True) is None
    qtbot.waitUntil(lambda: not formulas.busy, timeout=PATIENCE_MS)
    picture = formulas.picture(latex, display=True)
    assert (picture is not None) == drawn
    assert formulas.refused(latex, display=True) != drawn
    if picture is not None:
        assert 0.3 < picture.width < 30
        assert 0.3 < picture.above + picture.below < 10
    formulas.close()


@pytest.mark.parametrize(
    "hostile", [r"\sqrt{" * 12 + "x" + "}" * 12, "x+" * 2000, r"\left(" * 20 + "x" + r"\right)" * 20, " "]
)
def test_hostile_formulas_are_not_tried(formulas: Formulas, hostile: str) -> None:
    assert not may_be_drawn(hostile)
    assert formulas.refused(hostile, display=False)
    assert not formulas.busy


def test_a_formula_that_takes_too_long_is_given_up(
    formulas: Formulas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    formulas.picture("a", display=False)
    qtbot.waitUntil(lambda: not formulas.busy, timeout=PATIENCE_MS)
    monkeypatch.setattr("costeer.gui.markdown.formulas.DEEPEST", 99)
    monkeypatch.setattr(formulas.findChild(Helper), "patience_ms", 200)
    slow = r"\sqrt{" * 25 + "x" + "}" * 25
    with qtbot.waitSignal(formulas.drawn, timeout=PATIENCE_MS):
        formulas.picture(slow, display=False)
    assert formulas.refused(slow, display=False)
    formulas.picture("b", display=False)
    qtbot.waitUntil(lambda: not formulas.busy, timeout=PATIENCE_MS)
    assert formulas.picture("b", display=False) is not None
    formulas.close()
