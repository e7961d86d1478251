"""Run as a program: open the window, ask for a long answer, close the window at its first words.

The slot that closes it fails afterwards, as a slot with a mistake in it would.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtWidgets import QApplication, QMessageBox

from costeer.bootstrap import open_application
from costeer.gui.application import run_window
from costeer.gui.main_window import MainWindow
from costeer.storage.records import Message

_STOP = QMessageBox.ButtonRole.DestructiveRole


def begin() -> None:
    window = next(one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow))

    def on_message_put(message: Message) -> None:
        if message.role == "assistant" and message.text:
            window.close()
            box = window.findChild(QMessageBox)
            assert box is not None, "closing does not ask while an answer is written"
            stop = next(one for one in box.buttons() if box.buttonRole(one) == _STOP)
            stop.click()
            raise RuntimeError("a slot that fails")

    window.chat.message_put.connect(on_message_put)
    window.chat.send("Tell me a long story about the sea.")


if __name__ == "__main__":
    sys.exit(run_window(open_application(), time.time(), first_paint=begin))
