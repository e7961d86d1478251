"""Errors are said once, in words; those of our own offer a report, which is previewed and sent nowhere."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.errors import BadInput
from costeer.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS


def test_a_mistake_of_ours_offers_a_report(window: MainWindow, app: Application, qtbot: QtBot) -> None:
    app.profile.add("fact", "My dog is called Biscuit.")
    logging.getLogger("costeer.test").error("My dog is called Biscuit. %s", Path("/home/me/x.txt"))
    before = app.audit.verify().entries
    window.say_error(ZeroDivisionError("division"))
    assert window.notices.action.isVisible()
    with qtbot.waitSignal(window.report.loaded, timeout=PATIENCE_MS):
        window.notices.action.click()
    dialog = window.report_join.dialog
    assert dialog.isVisible()
    assert "- CoSteer: " in dialog.body.toPlainText()
    assert "- Qt: " in dialog.body.toPlainText()
    assert "Biscuit" not in dialog.body.toPlainText()
    dialog.told.setPlainText("I pressed a button.")
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == dialog.text
    assert dialog.text.startswith("I pressed a button.")
    assert app.audit.verify().entries == before, "a report sends nothing"


def test_what_the_user_can_mend_needs_no_report(window: MainWindow) -> None:
    window.say_error(BadInput("Choose another file."))
    assert window.notices.text.text() == "Choose another file."
    assert not window.notices.action.isVisible()


def test_it_is_saved_where_the_user_wants(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.report.loaded, timeout=PATIENCE_MS):
        window.commands["application.report"].action.trigger()
    dialog = window.report_join.dialog
    dialog.body.setPlainText("cut down")
    with qtbot.waitSignal(window.report.saved, timeout=PATIENCE_MS):
        window.report.save(dialog.text, tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "cut down"
    assert "Saved in" in dialog.notices.text.text()


@pytest.mark.parametrize("where", ["not there/report.md"])
def test_what_goes_wrong_is_said_in_the_dialog(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, where: str
) -> None:
    window.report_join.open()
    with qtbot.waitSignal(window.report.failed, timeout=PATIENCE_MS):
        window.report.save("x", tmp_path / where)
    assert "cannot be written" in window.report_join.dialog.notices.text.text()
    assert window.notices.isHidden()
