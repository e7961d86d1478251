"""Starts the window, and ends everything when it is closed.

A start paints the window first; only then are the data opened, the lists read and the models loaded, on worker
threads.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from costeer.bootstrap import Application, prepare
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KnownError
from costeer.foundation.lean_start import collect_again
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import ignore_progress
from costeer.gui.jobs import Jobs
from costeer.gui.joins.opening import OpeningJoin
from costeer.gui.main_window import MainWindow
from costeer.gui.markdown.workshop import Workshop
from costeer.gui.single_instance import SingleInstance, claim
from costeer.gui.start_report import BENCH_VARIABLE, NextPaint, StartReport
from costeer.gui.theme import Look, window_icon
from costeer.gui.translations import install_translations
from costeer.gui.widgets.parts import say_at_once
from costeer.gui.window_state import FILE_NAME, read_state, write_state
from costeer.gui.wording import translated
from costeer.services.own_data import erase

JOBS_PATIENCE = 8.0
"""Seconds that closing waits for an answer to be stored."""

CLOSE_PATIENCE = 10.0
"""Seconds that closing waits for the services."""

_log = logging.getLogger(__name__)


def open_window() -> int:
    """Open the user's data and show the window until it is closed. Returns the exit status."""
    started = time.time()
    before = install_translations(_qt(), "system")  # until it is known which language the user has chosen
    try:
        paths = AppPaths.locate().create()
        instance = claim(paths.data)
        if instance is None:
            return 0
        app = prepare(paths)
    except KnownError as error:
        # Without its folders there is no window to say it in.
        say_at_once(translated(error.said))
        return 1
    for one in before:
        _qt().removeTranslator(one)
    return run_window(app, started, instance=instance)


def run_window(
    app: Application,
    started: float,
    *,
    first_paint: Callable[[], None] | None = None,
    instance: SingleInstance | None = None,
) -> int:
    """Show the window until it is closed, then close `app`. Returns the exit status.

    `app` need not be open yet.

    `started` is `time.time()` as early as the program could read it; `first_paint` is called after the first
    paint, on the window's thread; `instance` tells when another start wants the window.
    """
    qt = _qt()
    qt.setQuitOnLastWindowClosed(False)  # the window may be hidden in the tray
    install_translations(qt, app.settings.window.language)
    jobs = Jobs()
    look = Look(qt)
    look.take(app.settings.window)
    window = MainWindow(app, jobs, look, window_icon())
    window.closed.connect(qt.quit)
    erasing: list[bool] = []
    window.settings_join.erase_wanted.connect(lambda: erasing.append(True))
    window.settings_join.erase_wanted.connect(window.closing_join.leave_now)
    if instance is not None:
        instance.show_wanted.connect(window.closing_join.show_window)
    state_file = app.paths.config / FILE_NAME
    state = read_state(state_file)
    if state is not None:
        window.restore(state)
    opening = OpeningJoin(app, window.notices, app.paths.log_file, window)
    painted = NextPaint(window)
    stop_warming = CancelToken()
    measured = os.environ.get(BENCH_VARIABLE)
    if measured:
        StartReport(window, painted, started, measured).done.connect(window.close)
    if measured != "paint":
        opening.opened.connect(lambda: load_in_background(app, jobs, window, stop_warming))
        opening.given_up.connect(window.closing_join.leave_now)
        painted.happened.connect(opening.begin)
        painted.happened.connect(Workshop.of(look).warm)
    for ready in (painted.happened, window.conversations.loaded):
        ready.connect(collect_again, Qt.ConnectionType.SingleShotConnection)
    if first_paint is not None:
        painted.happened.connect(first_paint)
    window.show()
    before, sys.excepthook = sys.excepthook, _log_and_say(window)
    status = qt.exec()
    sys.excepthook = before
    window.leave()
    stop_warming.cancel()
    _keep_state(window, state_file)
    if not opening.close(CLOSE_PATIENCE):
        _log.error("closing: the data are still being opened")
    close_services(app, jobs)
    if instance is not None:
        instance.close()
    return _erase(app.paths) if erasing else status


def _keep_state(window: MainWindow, file: Path) -> None:
    try:
        write_state(file, window.state())
    except OSError as error:  # where the window was is not worth a message
        _log.warning("the state of the window cannot be kept: %s", error.strerror)


def _erase(paths: AppPaths) -> int:
    """Nothing is open any more. Returns the exit status."""
    logging.shutdown()
    try:
        erase(paths)
    except KnownError as error:
        say_at_once(translated(error.said))
        return 1
    return 0


def load_in_background(app: Application, jobs: Jobs, window: MainWindow, cancel: CancelToken) -> None:
    """What a start needs but the first paint does not: first the list, then the models."""
    listed, once = window.conversations.loaded, Qt.ConnectionType.SingleShotConnection
    # The guide waits for the list: whoever has conversations is no newcomer.
    listed.connect(window.guide_if_new, once)
    listed.connect(lambda: window.warm(jobs.run_beside(lambda: app.warm_up(ignore_progress, cancel))), once)
    window.load()


def close_services(app: Application, jobs: Jobs) -> None:
    """Let running jobs store what they have, then close the services. Bounded; a hung one is left behind."""
    if not jobs.wait_for_all(JOBS_PATIENCE):
        _log.error("closing: work is still running after %s seconds", JOBS_PATIENCE)
    jobs.run_beside(app.close)
    if not jobs.wait_for_all(CLOSE_PATIENCE):
        _log.critical("closing: the services did not close within %s seconds", CLOSE_PATIENCE)
        logging.shutdown()
        # A hung worker would hold up the interpreter's end for ever; the child processes leave with their parent.
        os._exit(1)


def _log_and_say(window: MainWindow) -> Callable[..., None]:
    """What Qt calls with an error that a slot did not expect: it goes to the log, and the window says so."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("The window met an unexpected error", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            window.say_error(error)

    return hook


def _qt() -> QApplication:
    """The one application object, named as the desktop files name it."""
    running = QApplication.instance()
    qt = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    qt.setApplicationName("costeer")
    qt.setApplicationDisplayName("CoSteer")
    qt.setDesktopFileName("costeer")
    return qt
