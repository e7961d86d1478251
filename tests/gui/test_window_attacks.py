"""What a hostile model writes is shown by the real window, and holds it up for less than a second."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.gui.loop_probe import LoopProbe
from costeer.gui.main_window import MainWindow
from costeer.gui.markdown.document import LONGEST_SHOWN, MOST_PIECES
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.widgets.text_view import TextView
from costeer.gui.wording import number
from tests.material.markdown_attacks import attacks

PATIENCE_MS = 120_000
LONGEST_STALL = 1_000
"""Milliseconds that the window's thread may compute without looking at its events."""

MOST_MEMORY = 400_000_000
"""Bytes that one answer may take more."""

HOSTILE = [
    "<img src=http://127.0.0.1:9/a.png>",
    "![a](http://127.0.0.1:9/a.png)",
    "![a](file:///etc/hostname)",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](file://127.0.0.1/share/x)",
    "[a](\\\\127.0.0.1\\share)",
    "[a]: file:///etc/passwd\n\n[a]",
    "<file:///etc/passwd>",
    "<svg onload=alert(1)><image href=http://127.0.0.1:9/a.svg></svg>",
    "<style>@import url(http://127.0.0.1:9/a.css)</style>",
    "<p style='background:url(http://127.0.0.1:9/b)'>x</p>",
    "<object data=file:///etc/passwd></object><iframe src=http://127.0.0.1:9/></iframe>",
    "[a](ms-msdt:/id)",
    "[a](x-apple.systempreferences:)",
]


def import_answers(app: Application, folder: Path, texts: dict[str, str]) -> dict[str, str]:
    """Conversations that hold these answers, as another program's export brings them; ids by name."""
    exported = [
        {
            "title": name,
            "create_time": 1700000000.0 + at,
            "update_time": 1700000000.0 + at,
            "conversation_id": f"attack-{at}-{len(text)}",
            "current_node": "b",
            "mapping": {
                "a": {
                    "parent": None,
                    "message": {
                        "author": {"role": "user"},
                        "content": {"content_type": "text", "parts": ["Go."]},
                    },
                },
                "b": {
                    "parent": "a",
                    "message": {
                        "author": {"role": "assistant"},
                        "content": {"content_type": "text", "parts": [text]},
                    },
                },
            },
        }
        for at, (name, text) in enumerate(texts.items())
    ]
    file = folder / "conversations.json"
    file.write_text(json.dumps(exported), encoding="utf-8")
    report = app.transfer.import_files([file])
    assert (report.broken_count, report.failed) == (0, ())
    return {one.title: one.id for one in report.imported}


@pytest.fixture
def probe() -> Iterator[LoopProbe]:
    made = LoopProbe()
    yield made
    made.deleteLater()


def shown(window: MainWindow, qtbot: QtBot) -> TextView:
    """The last message on the screen, written to its end."""
    qtbot.waitUntil(lambda: not Workshop.of(window.transcript._look).busy, timeout=PATIENCE_MS)
    answer = window.transcript.answer(window.chat.messages[-1].id)
    assert answer is not None
    return answer.view


def open_conversation(window: MainWindow, qtbot: QtBot, conversation: str) -> None:
    with qtbot.waitSignal(window.chat.thread_shown, timeout=PATIENCE_MS):
        window.chat.open_at(conversation, None)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_answer_holds_the_window_up(
    window: MainWindow, app: Application, qtbot: QtBot, probe: LoopProbe, tmp_path: Path
) -> None:
    """A hundred attacks of 100,000 characters. Measured on two busy cores: 0.4 to 0.7 s, and 90 MB, at most."""
    process = psutil.Process()
    slow, large = {}, {}
    texts = {name: text if text.strip() else f"a{text}b" for name, text in attacks(100_000).items()}
    for name, conversation in import_answers(app, tmp_path, texts).items():
        before = process.memory_info().rss
        probe.start()
        open_conversation(window, qtbot, conversation)
        shown(window, qtbot)
        window.chat.open_new()
        qtbot.waitUntil(lambda: window.chat.messages == [], timeout=PATIENCE_MS)
        stall, grown = probe.stop().busiest, process.memory_info().rss - before
        if stall > LONGEST_STALL:
            slow[name] = stall
        if grown > MOST_MEMORY:
            large[name] = grown
    assert slow == {}
    assert large == {}


def test_very_long_answers_are_shown_in_part(
    window: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    texts = {"long": "word " * 90_000, "lines": "a\n\n" * 12_000}
    found = import_answers(app, tmp_path, texts)
    open_conversation(window, qtbot, found["long"])
    view = shown(window, qtbot)
    assert f"{number(50_000)} more characters" in view.toPlainText()
    assert view.document().characterCount() < LONGEST_SHOWN + 1_000
    open_conversation(window, qtbot, found["lines"])
    view = shown(window, qtbot)
    assert f"{number(6_000)} more characters" in view.toPlainText()
    assert view.document().blockCount() == MOST_PIECES + 1


def test_a_row_of_spaces_does_not_hang_the_window(
    window: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    """Qt looks for ever for the end of a line with 65,536 of them."""
    for unit in (" ", "\u2003", "\u3000"):
        row = f"a{unit * 70_000}b"
        texts = {"text": row, "code": f"```\n{row}\n```", "cell": f"|{row}|\n|-|", "heading": f"# {row}"}
        for conversation in import_answers(app, tmp_path, texts).values():
            open_conversation(window, qtbot, conversation)
            assert shown(window, qtbot).toPlainText().lstrip("|").startswith("a")


def test_nothing_but_web_and_mail_can_be_followed(
    window: MainWindow, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    """The door is shut: a connection would be refused, and written down."""
    before = len([one for one in app.audit.entries(newest=10_000) if one.record.kind == "refused"])
    found = import_answers(app, tmp_path, {"all": "\n\n".join(HOSTILE)})
    open_conversation(window, qtbot, found["all"])
    view = shown(window, qtbot)
    links = set(re.findall(r'href="([^"]*)"', view.document().toHtml()))
    assert links
    assert all(one.startswith("http://127.0.0.1:9/") for one in links)
    assert not re.search(
        r"<(?!/?(html|head|meta|style|body|p|span|a|br|title)\b|!DOCTYPE)", view.document().toHtml()
    )
    assert "<svg onload" in view.toPlainText()
    assert len([one for one in app.audit.entries(newest=10_000) if one.record.kind == "refused"]) == before
