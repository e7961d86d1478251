"""Every text of the window can be translated, and a compiled translation is used when the language asks for it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from costeer.foundation.paths import shipped
from costeer.gui.main_window import MainWindow
from costeer.gui.translations import TRANSLATED, install_translations
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.wording import phase_words

GUI = Path(__file__).resolve().parents[2] / "app" / "costeer" / "gui"

SHOWING = {
    *("setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setSuffix"),
    *("setAccessibleDescription", "setInformativeText", "setTitle", "setStatusTip", "setLabelText", "addTab"),
    *("addButton", "addItem", "addAction", "addMenu", "say", "label", "text_button", "icon_button", "show_plain"),
    *(
        "QPushButton",
        "QCheckBox",
        "QRadioButton",
        "QLabel",
        "QAction",
        "QGroupBox",
        "QFileDialog",
        "begin_section",
    ),
}
"""What is given to these is shown or read out."""

NAMES = {"CoSteer", "English", "简体中文", "PDF", "Markdown", "JSON"}
KEYWORDS = re.compile(r"[a-z_]+")
"""Names of icons, tones and kinds of notices are single words in small letters; a text like that is not found."""

TS = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context><name>NoticeBar</name><message><source>Dismiss</source><translation>关闭</translation></message></context>
<context><name></name><message><source>Sending…</source><translation>正在发送…</translation></message></context>
</TS>
"""


def untranslated(file: Path) -> Iterator[str]:
    """Texts that are shown as they stand in the code."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in SHOWING:
            continue
        for given in node.args:
            for text in shown_as_it_is(given):
                if re.search(r"[^\W\d_]{2}", text) and text not in NAMES and not KEYWORDS.fullmatch(text):
                    yield f"{file.relative_to(GUI)}:{node.lineno} {name}({text!r})"


def shown_as_it_is(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (str(part.value) for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.IfExp):
        yield from (*shown_as_it_is(node.body), *shown_as_it_is(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*shown_as_it_is(node.left), *shown_as_it_is(node.right))


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """A folder with a translation of two texts, compiled as `make translations` does it."""
    source = tmp_path / "costeer_zh_CN.ts"
    source.write_text(TS, encoding="utf-8")
    release = Path(sys.executable).parent / "pyside6-lrelease"
    command = [str(release), str(source), "-qm", str(tmp_path / "costeer_zh_CN.qm")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return tmp_path


@pytest.fixture
def usual_language(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    yield
    QLocale.setDefault(before)


def test_every_text_can_be_translated() -> None:
    assert [line for file in sorted(GUI.rglob("*.py")) for line in untranslated(file)] == []


def test_what_comes_from_below_is_translated_before_it_is_shown() -> None:
    """An error's sentence in English is for the command line."""
    window = [file for file in sorted(GUI.rglob("*.py")) if file.name != "window_benchmark.py"]
    assert [file.name for file in window if "user_message" in file.read_text(encoding="utf-8")] == []


def test_a_text_that_cannot_is_found(tmp_path: Path) -> None:
    file = GUI / "widgets" / "parts.py"
    found = list(shown_as_it_is(ast.parse("f'Hello {name}' if a else 'Good bye'", mode="eval").body))
    assert found == ["Hello ", "Good bye"]
    assert list(untranslated(file)) == []


@pytest.mark.usefixtures("usual_language")
def test_a_translation_is_used_where_it_has_a_text(qapp: QApplication, compiled: Path, window: MainWindow) -> None:
    installed = install_translations(qapp, "zh_CN", compiled)
    try:
        assert len(installed) == 2
        assert phase_words("sending") == "正在发送…"
        assert phase_words("preparing") == "Getting ready…"
        assert NoticeBar(window._look, window).dismiss.accessibleName() == "关闭"
        assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"
        assert QLocale().name() == "zh_CN"
    finally:
        for one in installed:
            qapp.removeTranslator(one)


@pytest.mark.usefixtures("usual_language")
def test_english_needs_no_file(qapp: QApplication) -> None:
    assert install_translations(qapp, "en") == []
    assert QLocale().language() == QLocale.Language.English


@pytest.mark.usefixtures("usual_language")
def test_a_missing_file_leaves_english(qapp: QApplication, tmp_path: Path) -> None:
    installed = install_translations(qapp, "zh_CN", tmp_path)
    assert len(installed) == 1  # Qt's own
    for one in installed:
        qapp.removeTranslator(one)


@pytest.mark.usefixtures("usual_language")
@pytest.mark.parametrize("language", TRANSLATED)
def test_what_ships_is_loaded(qapp: QApplication, language: str, qtbot: QtBot) -> None:
    assert shipped("resources", "translations", f"costeer_{language}.ts").is_file()
    installed = install_translations(qapp, language)
    assert [Path(one.filePath()).name for one in installed] == [f"qtbase_{language}.qm", f"costeer_{language}.qm"]
    for one in installed:
        qapp.removeTranslator(one)
