"""Each bound of the processes that help with answers: whatever a child does, the window goes on and is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from costeer.gui.main_window import MainWindow
from costeer.gui.markdown.colors import PATIENCE_MS as COLORS_PATIENCE_MS
from costeer.gui.markdown.helper import ENDED_AT_MOST, MOST_WAITING, Helper
from costeer.gui.markdown.pieces import Code
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.theme import Look
from tests.gui.helper_script import serve, serve_nobody

PATIENCE_MS = 60_000
Answers = dict[object, bytes]


@pytest.fixture
def answers() -> Answers:
    return {}


@pytest.fixture
def helper(answers: Answers) -> Iterator[Helper]:
    made = Helper(serve, "a test", PATIENCE_MS)
    made.answered.connect(answers.__setitem__)
    yield made
    made.close()


def settle(helper: Helper, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not helper.busy, timeout=PATIENCE_MS)


def test_questions_are_answered_in_their_order(helper: Helper, answers: Answers, qtbot: QtBot) -> None:
    asked = [("abc", number) for number in range(20)]
    assert all(helper.ask(one) for one in [*asked, *asked])
    settle(helper, qtbot)
    assert answers == {one: f"3 {one[1]}".encode() for one in asked}
    assert list(answers) == asked


def test_a_question_larger_than_the_pipe(helper: Helper, answers: Answers, qtbot: QtBot) -> None:
    """The first one: it waits until the child can read it."""
    helper.ask(("a" * 3_000_000, 1))
    settle(helper, qtbot)
    assert list(answers.values()) == [b"3000000 1"]


@pytest.mark.parametrize("word", ["hang", "die"])
def test_a_child_that_gives_no_answer_is_replaced(
    helper: Helper, answers: Answers, qtbot: QtBot, word: str
) -> None:
    helper.ask(("first", 0))
    settle(helper, qtbot)
    helper.patience_ms = 200
    helper.ask((word, 0))
    helper.ask(("after", 0))
    settle(helper, qtbot)
    assert answers[word, 0] == b""
    assert answers["after", 0] == b"5 0"


@pytest.mark.parametrize("question", [("take", 2_000_000_000), ("raise", 0)])
def test_memory_and_errors_cost_an_answer_and_no_child(
    helper: Helper, answers: Answers, qtbot: QtBot, question: tuple[str, int]
) -> None:
    helper.ask(("first", 0))
    settle(helper, qtbot)
    process = helper._process
    helper.ask(question)
    helper.ask(("after", 0))
    settle(helper, qtbot)
    assert answers[question] == b""
    assert answers["after", 0] == b"5 0"
    assert helper._process is process


def test_children_are_not_started_for_ever(helper: Helper, answers: Answers, qtbot: QtBot) -> None:
    for number in range(ENDED_AT_MOST + 2):
        helper.ask(("die", number))
    settle(helper, qtbot)
    assert answers == {("die", number): b"" for number in range(ENDED_AT_MOST + 2)}
    assert not helper.ask(("after", 0)), "nobody is left to ask"
    assert helper._process is None


def test_giving_up_is_told_once_and_can_be_taken_back(helper: Helper, answers: Answers, qtbot: QtBot) -> None:
    told: list[int] = []
    helper.given_up.connect(lambda: told.append(len(answers)))
    for number in range(ENDED_AT_MOST + 2):
        helper.ask(("die", number))
    settle(helper, qtbot)
    assert told == [ENDED_AT_MOST]
    helper.begin_again()
    assert helper.ask(("after", 0))
    settle(helper, qtbot)
    assert answers["after", 0] == b"5 0"
    assert told == [ENDED_AT_MOST]


def test_the_window_says_that_code_has_no_colours_any_more(window: MainWindow, look: Look, qtbot: QtBot) -> None:
    """Codes that no child colours within a turn of the clock; then one that may take its time."""
    colors, notices = Workshop.of(look).colors, window.notices
    found: list[Code] = []
    colors.found.connect(found.append)
    colors._helper.patience_ms = 0
    try:
        for number in range(ENDED_AT_MOST + 1):
            colors.lines(Code("python", f"# {number}\n" + "value = [1, 'two']\n" * 5_000))
        qtbot.waitUntil(lambda: len(found) == ENDED_AT_MOST + 1, timeout=PATIENCE_MS)
        assert not notices.isHidden()
        assert f"ended {ENDED_AT_MOST} times" in notices.text.text()
        assert colors.lines(Code("python", "x = 1")) == (), "left as it is"
        colors._helper.patience_ms = PATIENCE_MS
        notices.action.click()
        assert notices.isHidden()
        again = Code("python", "x = 'again'")
        assert colors.lines(again) is None
        qtbot.waitUntil(lambda: found[-1] == again, timeout=PATIENCE_MS)
        lines = colors.lines(again)
        assert lines is not None
        assert any(lines)
    finally:
        colors._helper.patience_ms = COLORS_PATIENCE_MS
        colors.begin_again()


def test_a_child_that_never_gets_ready(answers: Answers, qtbot: QtBot) -> None:
    helper = Helper(serve_nobody, "a test", PATIENCE_MS)
    helper.answered.connect(answers.__setitem__)
    helper.ask(("word", 0))
    settle(helper, qtbot)
    assert answers == {("word", 0): b""}
    helper.close()


def test_only_so_many_may_wait(helper: Helper) -> None:
    assert all(helper.ask(("word", number)) for number in range(MOST_WAITING))
    assert not helper.ask(("one more", 0))
    assert helper.ask(("word", 0)), "it waits already"
    helper.forget(lambda _: True)
    assert not helper.busy


def test_an_idle_child_is_ended(helper: Helper, answers: Answers, qtbot: QtBot) -> None:
    helper._idle.setInterval(1)
    helper.ask(("word", 0))
    qtbot.waitUntil(lambda: bool(answers) and helper._process is None, timeout=PATIENCE_MS)
    helper.ask(("again", 0))
    qtbot.waitUntil(lambda: ("again", 0) in answers, timeout=PATIENCE_MS)
    assert answers["again", 0] == b"5 0"
