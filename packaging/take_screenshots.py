"""The pictures of the documentation, taken of the real window: `make screenshots`.

An empty home, the profile of the README, the demo cloud, one question. What the picture shows is what a reader who
does the same gets; it is taken off screen, so that no other window and no desktop theme is in it.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from costeer.bootstrap import open_application
from costeer.foundation.paths import AppPaths
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look, window_icon

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"

FACTS = ("My sister is called Zephyrine.", "She keeps alpacas in Tromso and hates cake.")
STYLE = "I write in short, dry sentences."
QUESTION = "Write a two-line birthday note to my sister."

_SIZE = (1280, 820)
_PATIENCE_SECONDS = 300.0
_SETTLE_MS = 700


def main() -> None:
    qt = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_application(AppPaths(home / "config", home / "data", home / "cache", home / "log")) as app:
            app.use_settings(dataclasses.replace(app.settings, propose_memories=False))
            for fact in FACTS:
                app.profile.add("fact", fact)
            app.profile.add("style", STYLE)
            jobs = Jobs()
            window = MainWindow(app, jobs, Look(qt), window_icon())
            window.resize(*_SIZE)
            window.show()
            window.load()
            _ask(window)
            assert window.grab().save(str(IMAGES / "window.png"))
            window.leave()
            window.close()
            jobs.wait_for_all(20)


def _ask(window: MainWindow) -> None:
    """The question, its answer with the changed tokens marked, and what was sent."""
    window.commands["steering.show"].action.trigger()
    QTest.qWait(_SETTLE_MS)
    window.composer.text.setPlainText(QUESTION)
    QTest.keyClick(window.composer.text, Qt.Key.Key_Return)
    _until(lambda: window.chat.last_answer is not None and not window.chat.busy)
    QTest.qWait(8 * _SETTLE_MS)  # the title is found after the answer


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("The window did not come to what the picture is to show.")
        QTest.qWait(50)


if __name__ == "__main__":
    main()
