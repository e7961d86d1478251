"""A connection past the transport is refused, and the window says so once, with a report to look at."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from costeer.bootstrap import Application
from costeer.foundation.door import Refusal
from costeer.gui.main_window import MainWindow


def test_the_window_says_who_tried(app: Application, window: MainWindow, qtbot: QtBot) -> None:
    refusal = Refusal("192.0.2.1", 443, "some.library")
    tries = threading.Thread(target=app.audit.write_refusal, args=(refusal,))
    tries.start()
    qtbot.waitUntil(lambda: "192.0.2.1" in window.notices.text.text(), timeout=5000)
    assert "some.library" in window.notices.text.text()
    tries.join()
    assert app.audit.entries(newest=1)[0].record.kind == "refused"
    assert app.audit.verify().ok
