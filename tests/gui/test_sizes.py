"""The window fits small screens: what there is no room for gives way and can be brought back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from costeer.foundation.settings import WindowSettings
from costeer.gui.main_window import MainWindow
from costeer.gui.theme import Look

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


@pytest.mark.parametrize("text_size", [100, 150])
@pytest.mark.parametrize("temporary", [False, True])
def test_nothing_in_the_header_lies_over_another(
    window: MainWindow, look: Look, qtbot: QtBot, text_size: int, temporary: bool
) -> None:
    """At each width, with the panes that are open there: the words beside the dot are whole, or gone."""
    header = window.header
    before = look.text_size
    look.take(WindowSettings(text_size=text_size))
    try:
        header.put("Depths of the fjords, and of the lakes above them", temporary=temporary)
        header.put_endpoint("The large model of the institute", "A")
        for width in (1200, 1000, 960, 853, 620, 480):
            window.resize(width, 600)
            qtbot.waitUntil(lambda: window.width() == width and header_is_whole(window))  # noqa: B023 - at once
            assert header.width() <= width
            assert header.activity.accessibleName()
        assert header.activity.words.isHidden()
        window.resize(1400, 600)
        qtbot.waitUntil(lambda: header.activity.words.isVisible() and header.temporary.isVisible() == temporary)
    finally:
        look.take(WindowSettings(text_size=before))


def header_is_whole(window: MainWindow) -> bool:
    """Each part has the width it asks for, and begins behind the one before."""
    header = window.header
    parts = (
        *(header.list_toggle, header.title, header.temporary, header.delete, header.endpoint, header.tier),
        *(header.activity, header.privacy_toggle, header.menu_button),
    )
    shown = sorted((one for one in parts if one.isVisible()), key=lambda one: one.geometry().left())
    apart = all(one.geometry().right() < other.geometry().left() for one, other in pairwise(shown))
    whole = all(one.width() >= one.sizeHint().width() for one in shown if one is not header.title)
    return apart and whole and shown[-1].geometry().right() < header.width()
