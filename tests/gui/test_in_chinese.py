"""What comes from below a Chinese window is Chinese in it: errors, notices, remarks, names, months, lists."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from collect_texts import CONTEXT
from costeer.bootstrap import Application
from costeer.cloud.abilities import Abilities
from costeer.cloud.probe import Probed
from costeer.cloud.retries import Wait
from costeer.foundation.errors import BadInput, BugError
from costeer.foundation.settings import EndpointSettings
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look
from costeer.gui.view_models.timeline import in_words, month_title
from costeer.gui.widgets.cloud_result import CloudResult
from costeer.gui.wording import clock, listed, name_words, recorded_words, sentence, translated
from costeer.services.answers.task import THIS_COMPUTER
from costeer.services.endpoints import DEMO_TITLE
from costeer.services.timeline import DayTotal
from tests.gui.conftest import PATIENCE_MS, press_enter, second_window
from tests.gui.test_documents import drop, rows
from tests.gui.test_translation import TS, messages
from tests.privacy.scripted_server import ScriptedServer, Talk

pytestmark = pytest.mark.usefixtures("chinese")

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}[a-z]* [a-z]{2,}")
"""Two words of a sentence; names of products, variables and formats are written otherwise."""

NAME = "Harbour"
MODEL = "test-model"


def assert_chinese(text: str, *quoted: str) -> None:
    """All of `text` but what it quotes."""
    for one in quoted:
        assert one in text
        text = text.replace(one, "")
    assert CHINESE.search(text), text
    assert ENGLISH.search(text) is None, text


@contextmanager
def cloud_at(app: Application, address: str) -> Iterator[None]:
    """An endpoint there, tested some time ago, is the one in use."""
    before = app.settings
    added = EndpointSettings(NAME, address, MODEL)
    app.use_settings(dataclasses.replace(before, endpoints=(added,), endpoint=NAME))
    try:
        yield
    finally:
        app.use_settings(before)


def refusal(window: MainWindow, qtbot: QtBot) -> str:
    """What the window says when it asks now."""
    window.composer.text.setPlainText("法国的首都是哪里？")
    press_enter(window)
    qtbot.waitUntil(lambda: not window.chat.busy and window.notices.isVisible(), timeout=PATIENCE_MS)
    return window.notices.text.text()


def test_a_wrong_key(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    said = "Incorrect API key provided"

    def refuse(talk: Talk) -> None:
        talk.answer(401, "application/json", b'{"error": {"message": "' + said.encode() + b'"}}')

    with ScriptedServer(refuse) as server, cloud_at(app, server.base_url):
        app.endpoints._known.put(server.base_url, MODEL, Abilities("chat", MODEL, 20, "trailing"))
        text = refusal(window, qtbot)
    assert_chinese(text, said, NAME)
    assert text == f"{NAME} 不接受该密钥（{said}）；请重新输入密钥。"


def test_a_dead_host(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    address = "http://127.0.0.1:9"
    with cloud_at(app, address):
        text = refusal(window, qtbot)
    assert_chinese(text, address, NAME)
    assert "连接被拒绝" in text, "what the system says of it, too"


def test_what_is_kept_of_an_answer_is_chinese_later_too(
    window: MainWindow, app: Application, look: Look, ask: Callable[[str], None], qtbot: QtBot
) -> None:
    ask("给我讲一个关于大海的长故事。")
    answer = window.chat.last_answer
    assert answer is not None
    assert "limit of 12 tokens" in str(answer.detail)
    with second_window(app, look, qtbot) as next_:
        next_.chat.open_at(answer.conversation, None)
        qtbot.waitUntil(lambda: next_.transcript.answer(answer.id) is not None, timeout=PATIENCE_MS)
        widget = next_.transcript.answer(answer.id)
        assert widget is not None
        assert widget.detail.text() == "回答已达到 12 个词元的上限；可继续以获取更多内容。"


def test_files_that_cannot_be_read(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    broken, locked, folder = tmp_path / "broken.pdf", tmp_path / "bytes.txt", tmp_path / "folder.txt"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    locked.write_bytes(b"\xff\x00\xff")
    folder.mkdir()
    drop(window.composer, [broken, locked, folder])
    qtbot.waitUntil(lambda: len(rows(window)) == 3 and not window.documents.reading, timeout=PATIENCE_MS)
    for row, name in zip(rows(window), ("broken.pdf", "bytes.txt", "folder.txt"), strict=True):
        assert_chinese(row.problem.text(), name)


def test_the_demo_cloud_is_called_so_everywhere(
    window: MainWindow, ask: Callable[[str], None], qtbot: QtBot
) -> None:
    ask("你好")
    title = "演示云（本机）"
    assert window.header.endpoint.text() == title
    with qtbot.waitSignal(window.clouds.loaded, timeout=PATIENCE_MS):
        window.open_clouds()
    assert window.clouds.list.data(window.clouds.list.index(0)) == title
    timeline = window.records_join.timeline
    with qtbot.waitSignal(timeline.month_changed, timeout=PATIENCE_MS):
        window.records_join.open_timeline()
    page = window.records_join.dialog.timeline
    assert title in [page.endpoint.itemText(at) for at in range(page.endpoint.count())]
    today = date.today()
    assert page.title.text() == f"{today.year}年{today.month}月"
    assert_chinese(page.total.text())
    for row in range(timeline.days.rowCount()):
        assert CHINESE.search(str(timeline.days.data(timeline.days.index(row, 0))))


def test_months_days_and_lists() -> None:
    assert month_title(date(2026, 11, 1)) == "2026年11月"
    assert in_words(DayTotal(date(2026, 11, 3)), "今天") == "今天：未发送任何内容。"
    assert in_words(DayTotal(date(2026, 11, 3), 1, 10, 10, 1234, 0.5), "今天").count("1,234 个词元") == 1
    assert listed(["甲", "乙", "丙"]) == "甲、乙、丙"
    assert clock(datetime(2026, 11, 3, 4, 5, 6).astimezone()) == "04:05:06"


def test_names_that_are_ours() -> None:
    assert name_words(DEMO_TITLE) == "演示云（本机）"
    assert name_words(f"{DEMO_TITLE}, SmolLM2") == "演示云（本机）、SmolLM2"
    assert name_words(f"{THIS_COMPUTER}SmolLM2") == "本机、SmolLM2"
    assert name_words("My cloud, SmolLM2") == "My cloud, SmolLM2"


def test_the_parts_of_a_text() -> None:
    text = Translatable(
        "{why}; it is asked again in {seconds} s (attempt {attempt} of at most {attempts}).",
        why=Translatable("{endpoint} cannot be reached", endpoint=DEMO_TITLE),
        seconds=12_345,
        attempt=2,
        attempts=4,
    )
    assert translated(text) == "无法连接 演示云（本机）；将在 12,345 秒后再次询问（第 2 次，最多 4 次）。"
    known = Translatable(
        "There is no model called “{id_or_path}”; choose one of {known}, or give the path of a .gguf file.",
        id_or_path="{x}",
        known=("a", "b"),
    )
    assert "“{x}”的模型；请从 a、b 中选择" in translated(known)
    price = Translatable(
        "A price is 0 to {most:,.0f} for a million tokens, in a currency; enter it again.", most=1e6
    )
    assert "1,000,000" in translated(price)
    assert translated(NOTHING) == ""


def test_what_nobody_has_translated_stays_english() -> None:
    assert translated(Translatable("No {thing} at all.", thing="harm")) == "No harm at all."
    assert recorded_words("A server's own {words}") == "A server's own {words}"
    assert recorded_words("closed by us") == "由本机关闭"


def test_errors_are_said_in_chinese(tmp_path: Path) -> None:
    error = BadInput("There is no file {file}; check the path.", file=tmp_path)
    assert sentence(error, tmp_path) == f"没有文件 {tmp_path}；请检查路径。"
    bug = BugError("The database was used after it had been closed; please report this.")
    assert_chinese(sentence(bug, tmp_path / "log"), str(tmp_path / "log"))


def test_remarks_of_a_test(qtbot: QtBot) -> None:
    remark = Translatable("{endpoint} does not list the model {model}.", endpoint=NAME, model=MODEL)
    found = Abilities("chat", MODEL, remarks=(remark,))
    kept = Abilities.from_json(found.as_json())
    assert kept == found
    result = CloudResult()
    qtbot.addWidget(result)
    result.put(Probed(kept, (), 0.1), "none")
    assert_chinese(result.remarks.text(), NAME, MODEL)


def test_a_wait_is_counted_down_in_chinese(window: MainWindow) -> None:
    wait = Wait(NAME, Translatable("{endpoint} {why}", endpoint=NAME, why=Translatable("is not ready")), 0.0, 2, 4)
    window.waits.take(wait)
    assert window.waits.text == f"{NAME} 尚未就绪；将在 0 秒后再次询问（第 2 次，最多 4 次）。"
    window.waits.end()


def test_no_translation_is_english_in_disguise() -> None:
    words = re.compile(r"\{[^}]*\}|`[^`]*`|“[^”]*”|https?://\S+|\S+\.com\b")
    for context, source, element in messages(TS):
        if context == CONTEXT:
            english, chinese = (words.sub("", one or "") for one in (source, element.text))
            assert ENGLISH.search(chinese) is None, chinese
            assert CHINESE.search(chinese) or not re.search(r"[a-z]{2}", english) or source == "top p", source
