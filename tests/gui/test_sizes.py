"""The window fits small screens: what there is no room for gives way and can be brought back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.gui.main_window import MainWindow

SMALL = (853, 500)
"""1280x800 at 150 %, less a task bar."""


def panes(window: MainWindow) -> tuple[bool, bool]:
    return window.sidebar.isVisible(), window.privacy_panel.isVisible()


def test_the_first_size_fits_the_screen(window: MainWindow) -> None:
    room = window.screen().availableSize()
    assert window.width() <= room.width()
    assert window.height() <= room.height()


@pytest.mark.parametrize(("width", "shown"), [(1200, (True, True)), (853, (True, False)), (460, (False, False))])
def test_what_has_no_room_gives_way(
    window: MainWindow, qtbot: QtBot, width: int, shown: tuple[bool, bool]
) -> None:
    window.resize(width, SMALL[1])
    qtbot.waitUntil(lambda: panes(window) == shown)
    assert (window.width(), window.height()) == (width, SMALL[1])
    inside = (window.composer.button, window.steering_bar.show_steering, window.header.privacy_toggle)

    def all_inside() -> bool:
        corners = [one.mapTo(window, one.rect().bottomRight()) for one in inside]
        return all(one.x() < width and one.y() < SMALL[1] for one in corners)

    qtbot.waitUntil(all_inside)
    window.resize(1200, 700)
    qtbot.waitUntil(lambda: panes(window) == (True, True))


def test_a_pane_is_brought_back_in_place_of_the_other(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(*SMALL)
    qtbot.waitUntil(lambda: panes(window) == (True, False))
    assert not window.header.privacy_toggle.isChecked()
    window.header.privacy_toggle.click()
    assert panes(window) == (False, True)
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert panes(window) == (True, False)
    window.header.list_toggle.click()
    window.resize(1200, 700)
    qtbot.waitUntil(lambda: panes(window) == (False, True))


@pytest.mark.parametrize("temporary", [False, True])
@pytest.mark.parametrize("width", [1200, 853, 620])
def test_the_beginning_of_the_title_is_always_seen(
    window: MainWindow, qtbot: QtBot, width: int, temporary: bool
) -> None:
    header, title = window.header, "Depths of the fjords, and of the lakes above them"
    window.resize(width, 600)
    header.put(title, temporary=temporary)
    header.put_endpoint("The large model of the institute", "A")

    def fits() -> bool:
        shown = header.title.text().rstrip("…")
        return len(shown) >= 6 and title.startswith(shown) and window.width() == width

    qtbot.waitUntil(fits)
    assert header.title.toolTip() == title
    assert header.endpoint.text().startswith("The ")
