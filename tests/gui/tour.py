"""A new user's first half hour, as a program: `python -m tests.gui.tour FOLDER [light|dark]`.

First run, chat, edit, versions, compare, search, export, import, what the cloud knows; with the real demo cloud,
by keys and clicks, in a home of its own. A picture of each step is left in FOLDER. QT_SCALE_FACTOR and
QT_QPA_PLATFORM are heeded as in any start.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from costeer.bootstrap import Application, open_application
from costeer.foundation.paths import AppPaths
from costeer.gui.jobs import Jobs
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look, ThemeName, window_icon

PATIENCE = 120.0
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
STEPS = (
    *("first_run", "steered", "edited", "versions", "compare", "search"),
    *("exported", "imported", "timeline", "known", "settings", "palette"),
)
"""The pictures, in their order."""


class Tour:
    """Walks through the window step by step; raises TimeoutError where one does not come to its end."""

    def __init__(self, qt: QApplication, window: MainWindow, folder: Path) -> None:
        self._qt = qt
        self._window = window
        self._folder = folder
        self._taken = 0

    def walk(self) -> None:
        window, chat = self._window, self._window.chat
        window.guide_if_new()
        guide = window.first_run_join.guide
        self.until(guide.isVisible)
        self.picture(guide)
        guide.next.click()
        QTest.keyClicks(guide.questions[0][1], "My sister is called Zephyrine and keeps alpacas in Tromso.")
        guide.next.click()
        guide.ask.setText("Write a two-line birthday note to my sister.")
        guide.next.click()
        self.until(lambda: chat.last_answer is not None and not chat.busy)
        answer = chat.last_answer
        if answer is None or not answer.text:
            raise RuntimeError(f"The first answer did not come: {answer}")
        self.picture(window)

        question = window.transcript.question(chat.messages[0].id)
        assert question is not None
        QTest.keyClick(window.composer.text, Qt.Key.Key_Up)
        assert question.editor is not None
        question.editor.text.setPlainText("Write a one-line birthday note to my sister.")
        QTest.keyClick(question.editor.text, Qt.Key.Key_Return, CONTROL)
        self.until(lambda: chat.messages[0].text.startswith("Write a one-line") and not chat.busy)
        self.picture(window)
        window.commands["branch.previous"].action.trigger()
        self.until(lambda: chat.messages[0].text.startswith("Write a two-line"))
        self.picture(window)

        window.commands["steering.compare"].action.trigger()
        self.until(lambda: window.comparing.right is not None and not window.comparing.running)
        self.picture(window.compare_join.dialog)
        window.compare_join.dialog.left.pick.click()
        self.until(lambda: not window.compare_join.dialog.isVisible())

        QTest.keyClicks(window.sidebar.field, "birthd")
        self.until(lambda: window.search.rowCount() > 0)
        self.picture(window)
        window.sidebar.field.clear()
        file = self._folder / "note.json"
        self.choose_file("conversation.export", file)
        self.until(file.exists)
        self.picture(window)
        self.choose_file("conversation.import", file)
        self.until(lambda: "already there" in window.notices.text.text())
        self.picture(window)
        self.pictures_of_dialogs()

    def pictures_of_dialogs(self) -> None:
        window = self._window
        for command in ("privacy.timeline", "privacy.known", "application.settings", "view.palette"):
            window.commands[command].action.trigger()
            self.until(lambda: self._qt.activeModalWidget() is not None or self._dialog() is not None)
            self.settle()
            dialog = self._dialog()
            assert dialog is not None, command
            self.picture(dialog)
            dialog.close()
            self.settle()

    def choose_file(self, command: str, file: Path) -> None:
        self._window.commands[command].action.trigger()
        (dialog,) = (one for one in self._window.findChildren(QFileDialog) if one.isVisible())
        dialog.fileSelected.emit(str(file))
        dialog.filesSelected.emit([str(file)])
        dialog.reject()
        self.until(lambda: not self._window.transfer.running)

    def picture(self, widget: QWidget) -> None:
        self.settle()
        name = f"{self._taken + 1:02}-{STEPS[self._taken]}.png"
        assert widget.grab().save(str(self._folder / name))
        self._taken += 1

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"step {self._taken + 1} ({STEPS[self._taken]}) does not come to its end")
            self._qt.processEvents()
            time.sleep(0.005)
        self.settle()

    def settle(self) -> None:
        """Let layouts and short jobs come to rest."""
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            self._qt.processEvents()
            time.sleep(0.005)

    def _dialog(self) -> QWidget | None:
        shown = [one for one in self._qt.topLevelWidgets() if one is not self._window and one.isVisible()]
        return shown[-1] if shown else None


def take_tour(folder: Path, theme: ThemeName = "light") -> None:
    """Leave the pictures in `folder`. Raises TimeoutError or AssertionError at the step that fails."""
    qt = QApplication.instance() or QApplication([])
    assert isinstance(qt, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    look = Look(qt)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        paths = AppPaths(root / "config", root / "data", root / "cache", root / "log").create()
        with open_application(paths) as app:
            _walk(qt, app, look, theme, folder)


def _walk(qt: QApplication, app: Application, look: Look, theme: ThemeName, folder: Path) -> None:
    steering, shown = app.settings.steering, app.settings.window
    app.use_settings(
        replace(app.settings, steering=replace(steering, max_tokens=64), window=replace(shown, theme=theme))
    )
    look.take(app.settings.window)
    jobs = Jobs()
    window = MainWindow(app, jobs, look, window_icon())
    try:
        window.show()
        window.load()
        Tour(qt, window, folder).walk()
    finally:
        window.leave()
        window.hide()
        jobs.wait_for_all(20)


if __name__ == "__main__":
    take_tour(Path(sys.argv[1]), "dark" if sys.argv[2:3] == ["dark"] else "light")
