"""Nothing that can be used is without a name for a screen reader: the window, and whatever a command opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QKeySequenceEdit,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.settings import WindowSettings
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.passphrase_dialog import PassphraseDialog
from tests.gui.conftest import PATIENCE_MS

USABLE = (
    *(QAbstractButton, QAbstractSlider, QAbstractItemView, QAbstractSpinBox, QComboBox, QKeySequenceEdit),
    *(QLineEdit, QPlainTextEdit, QTextEdit, QTabBar),
)


@pytest.fixture(autouse=True)
def usual_settings(app: Application) -> Iterator[None]:
    before = app.settings
    yield
    app.change_settings(lambda _: replace(before, window=WindowSettings()))


def nameless(top: QWidget) -> list[str]:
    """Everything below `top` that can be used and has no name."""
    return [describe(one) for one in [top, *top.findChildren(QWidget)] if is_usable(one) and not name(one)]


def is_usable(one: QWidget) -> bool:
    """Scroll bars, the scroll buttons of a tab bar and the inner parts of Qt's fields are named by what they
    belong to; a file dialog of Qt's own stands in for the system's, which names itself."""
    outer = one.parentWidget()
    part = (
        isinstance(one, QScrollBar)
        or isinstance(outer, QTabBar | QAbstractSpinBox)
        or one.objectName().startswith("qt_")
        or type(one).__name__.startswith("QComboBoxPrivate")
        or any(isinstance(above, QFileDialog) for above in ancestors(one))
    )
    return isinstance(one, USABLE) and not part


def ancestors(one: QWidget) -> Iterator[QWidget]:
    above: QWidget | None = one
    while above is not None:
        yield above
        above = above.parentWidget()


def name(one: QWidget) -> str:
    """What a screen reader is told."""
    interface = QAccessible.queryAccessibleInterface(one)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else one.accessibleName()


def describe(one: QWidget) -> str:
    return " in ".join(f"{type(above).__name__} {above.objectName()}".strip() for above in ancestors(one))


def opened(window: MainWindow) -> list[QWidget]:
    tops = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
    return [one for one in tops if not isinstance(one, QMenu) and (one is window or window in ancestors(one))]


def test_the_window_with_an_answer(window: MainWindow, ask: Callable[[str], None]) -> None:
    ask("Name a planet.")
    window.steering_bar.more.click()
    window.notices.say("Something.", "notice")
    assert nameless(window) == []


def test_whatever_a_command_opens(window: MainWindow, ask: Callable[[str], None], qtbot: QtBot) -> None:
    """Commands that open something end in an ellipsis, so one that is added is looked at here as well."""
    ask("Name a planet.")
    opening = [one for one in window.commands.all() if one.title.endswith("…")]
    seen: set[str] = set()
    faults: dict[str, list[str]] = {}
    for one in opening:
        window.commands.refresh()
        if not one.action.isEnabled():
            continue
        one.action.trigger()
        shown = [top for top in opened(window) if top is not window]
        assert shown, f"{one.id} opens nothing"
        for top in shown:
            seen.add(type(top).__name__)
            faults.setdefault(one.id, []).extend(nameless(top))
            top.close()
    assert {key: found for key, found in faults.items() if found} == {}
    assert {
        "SettingsDialog",
        "ProfileEditor",
        "CloudsDialog",
        "FitDialog",
        "CommandPalette",
        "ReportDialog",
        "PreferencesDialog",
        "PersonalDialog",
    } <= seen


def test_pages_that_come_later(window: MainWindow, qtbot: QtBot) -> None:
    window.open_clouds()
    window.clouds_dialog.begin_adding()
    assert nameless(window.clouds_dialog) == []
    window.first_run_join.open()
    assert nameless(window.first_run_join.guide) == []
    with qtbot.waitSignal(window.own_data.loaded, timeout=PATIENCE_MS):
        window.settings_join.open()
    for page in window.settings_join.dialog.pages:
        window.settings_join.dialog.open_page(page)
        assert nameless(window.settings_join.dialog) == []
    for twice in (True, False):
        dialog = PassphraseDialog(window, "Please.", accept="Open", twice=twice)
        dialog.show()
        assert nameless(dialog) == []
        dialog.close()


def test_questions_have_named_buttons(window: MainWindow, qtbot: QtBot) -> None:
    window.settings_join.open()
    window.settings_join._ask_to_erase()
    questions = [one for one in window.settings_join.dialog.findChildren(QDialog) if one.isVisible()]
    assert len(questions) == 1
    assert nameless(questions[0]) == []
    questions[0].close()
