"""The Chinese that ships: complete, true to the placeholders, up to date with the code, compiled, and what a
window shows. How texts get translated at all is tested in test_translations."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMenu, QTabBar, QWidget

from collect_texts import CONTEXT, as_module, collect
from costeer.foundation.paths import shipped
from costeer.gui.main_window import MainWindow
from tests.gui.test_accessible import opened

REPOSITORY = Path(__file__).resolve().parents[2]
TS = shipped("resources", "translations", "costeer_zh_CN.ts")

KEPT = re.compile(r"\{[^}]*\}|\(\*[^)]*\)|\n")
"""What a translation holds exactly as its source does: placeholders, filters of file dialogs, ends of lines."""

LATIN, CHINESE = re.compile(r"[A-Za-z]{2}"), re.compile(r"[\u4e00-\u9fff]")

NAMES = {"CoSteer", "Enter", "Markdown", "JSON"}
"""Products, keys and formats, which are called the same in Chinese."""

LUPDATE_S = 60

Message = tuple[str, str, ET.Element]


def messages(file: Path) -> list[Message]:
    """Context, source and the element of the translation."""
    found = []
    for context in ET.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            element = message.find("translation")
            assert element is not None, f"{file.name}: a message without a translation element"
            found.append((context.findtext("name") or "", message.findtext("source") or "", element))
    return found


@pytest.fixture(scope="module")
def translated() -> list[Message]:
    return messages(TS)


def test_every_message_is_finished(translated: list[Message]) -> None:
    assert translated
    assert [
        (context, source)
        for context, source, element in translated
        if element.get("type") is not None or not (element.text or "").strip()
    ] == []


def test_every_text_from_below_the_window_is_there(translated: list[Message]) -> None:
    there = {source for context, source, _ in translated if context == CONTEXT}
    assert sorted(set(collect().templates) - there) == [], (
        "run `make translations`, then translate what is missing"
    )


def test_what_is_filled_in_is_kept(translated: list[Message]) -> None:
    assert [
        (source, element.text)
        for _, source, element in translated
        if sorted(KEPT.findall(source)) != sorted(KEPT.findall(element.text or ""))
    ] == []


def test_both_forms_of_a_count_are_the_same(translated: list[Message]) -> None:
    """Chinese has one; what differs from the singular by its ending alone is translated alike."""
    words = {(context, source): element.text for context, source, element in translated}
    pairs = [
        (text, words[context, f"{source}s"])
        for (context, source), text in words.items()
        if source.startswith("{count} ") and (context, f"{source}s") in words
    ]
    assert pairs
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_the_file_is_up_to_date_with_the_code(translated: list[Message], tmp_path: Path) -> None:
    lupdate = shutil.which("pyside6-lupdate", path=str(Path(sys.executable).parent))
    if lupdate is None:
        pytest.skip("pyside6-lupdate, which collects the texts, is not installed beside this Python.")
    copy = tmp_path / TS.name
    shutil.copyfile(TS, copy)
    below = tmp_path / "core_texts.py"
    below.write_text(as_module(collect().templates), encoding="utf-8")
    files = sorted(str(file) for file in (REPOSITORY / "app" / "costeer" / "gui").rglob("*.py"))
    command = [lupdate, "-locations", "none", "-no-obsolete", *files, str(below), "-ts", str(copy)]
    subprocess.run(command, check=True, capture_output=True, timeout=LUPDATE_S)
    wanted = {(context, source) for context, source, _ in messages(copy)}
    there = {(context, source) for context, source, _ in translated}
    assert {"missing": wanted - there, "gone": there - wanted} == {"missing": set(), "gone": set()}, (
        "run `make translations`, then translate what is missing (docs/translating.md)"
    )


def test_what_is_compiled_is_what_is_translated(translated: list[Message], qapp: QApplication) -> None:
    translator = QTranslator(qapp)
    assert translator.load(str(TS.with_suffix(".qm")))
    assert [
        (context, source)
        for context, source, element in translated
        if translator.translate(context, source) != element.text
    ] == []


def texts_to_press(top: QWidget) -> Iterator[str]:
    """Of buttons, tabs and entries of menus; a file dialog of Qt's own stands in for the system's."""
    if isinstance(top, QFileDialog):
        return
    yield from (one.text() for one in top.findChildren(QAbstractButton))
    yield from (tabs.tabText(at) for tabs in top.findChildren(QTabBar) for at in range(tabs.count()))
    yield from (one.text() for menu in top.findChildren(QMenu) for one in menu.actions())


@pytest.mark.usefixtures("chinese")
def test_a_window_in_chinese_has_no_english_buttons(window: MainWindow, ask: Callable[[str], None]) -> None:
    ask("你好")
    window.steering_bar.more.click()
    commands = window.commands.all()
    pressed = {one.title for one in commands} | set(texts_to_press(window.first_run_join.guide))
    for one in commands:
        window.commands.refresh()
        if one.title.endswith("…") and one.action.isEnabled():
            one.action.trigger()
            shown = [top for top in opened(window) if top is not window]
            assert shown, f"{one.id} opens nothing"
            for top in shown:
                pressed |= set(texts_to_press(top))
                top.close()
    pressed |= set(texts_to_press(window))
    assert len(pressed) > 100
    assert sorted(one for one in pressed - NAMES if LATIN.search(one) and not CHINESE.search(one)) == []
