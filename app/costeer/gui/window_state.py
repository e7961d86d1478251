"""Where the window was and how its panes stood, kept beside the settings for the next start.

A file of its own: it changes at each end of the program, and nothing in it is a choice that must not be lost. What
cannot be read counts as nothing. Read before the window is shown, written after it was closed.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from costeer.foundation.files import write_atomically

FILE_NAME = "window.json"

_TITLE_BAR = 40
_GRASP = 120
"""So much of the title bar has to be on a screen, in logical pixels, for the window to be moved."""

_MOST = 1_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WindowState:
    """`place` is the window's x, y, width and height when it is not maximised; `widths` of the three panes, 0
    where one was not shown; `list` and `privacy`: whether the side panes are wanted; `recent` of the palette."""

    place: tuple[int, ...]
    maximized: bool
    widths: tuple[int, ...]
    list: bool
    privacy: bool
    recent: tuple[str, ...]


def read_state(file: Path) -> WindowState | None:
    """None where there is none that can be used."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        return WindowState(
            _numbers(raw["place"], 4),
            raw["maximized"] is True,
            _numbers(raw["widths"], 3),
            raw["list"] is not False,
            raw["privacy"] is not False,
            tuple(str(one) for one in raw["recent"])[:20],
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("the state of the window cannot be read (%s); the usual one is taken", type(error).__name__)
        return None


def write_state(file: Path, state: WindowState) -> None:
    """Raises OSError."""
    write_atomically(file, json.dumps(dataclasses.asdict(state)).encode())


def place_on_screen(place: Sequence[int], screens: Sequence[QRect], primary: QRect) -> QRect:
    """Where the window goes: as it was if it can be grasped there, else in the middle of the primary screen; never
    larger than the screen it is on."""
    wanted = QRect(*place)
    bar = QRect(wanted.x(), wanted.y(), wanted.width(), _TITLE_BAR)
    for screen in screens:
        seen = screen.intersected(bar)
        if seen.width() >= min(_GRASP, wanted.width()) and seen.height() >= _TITLE_BAR // 2:
            wanted.setSize(wanted.size().boundedTo(screen.size()))
            return wanted
    wanted.setSize(wanted.size().boundedTo(primary.size()))
    wanted.moveCenter(primary.center())
    return wanted


def put_on_screen(window: QWidget, place: Sequence[int]) -> None:
    screens = [one.availableGeometry() for one in QGuiApplication.screens()]
    primary: QScreen = QGuiApplication.primaryScreen()
    window.setGeometry(place_on_screen(place, screens, primary.availableGeometry()))


def _numbers(raw: object, count: int) -> tuple[int, ...]:
    if not isinstance(raw, list) or len(raw) != count or any(type(one) is not int for one in raw):
        raise ValueError("numbers were expected")
    if any(abs(one) > _MOST for one in raw):
        raise ValueError("a number is too large")
    return tuple(raw)
