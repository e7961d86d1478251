"""Run as a program: open the window, and delete everything through the settings, confirmed twice."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from costeer.bootstrap import open_application
from costeer.gui.application import run_window
from costeer.gui.main_window import MainWindow
from costeer.gui.widgets.settings.storage_page import StoragePage

PATIENCE_MS = 10_000


def begin() -> None:
    window = next(one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow))
    window.settings_join.open()
    dialog = window.settings_join.dialog
    page = next(one for one in dialog.pages if isinstance(one, StoragePage))
    page.erase.click()
    for _ in range(2):
        box = next(one for one in dialog.findChildren(QMessageBox) if one.isVisible())
        confirm = next(
            one for one in box.buttons() if box.buttonRole(one) == QMessageBox.ButtonRole.DestructiveRole
        )
        confirm.click()
    QTimer.singleShot(PATIENCE_MS, lambda: QApplication.exit(3))


if __name__ == "__main__":
    sys.exit(run_window(open_application(), time.time(), first_paint=begin))
