"""How the window looks: two sets of colours, one style sheet, icons drawn in the colours of the theme, text sizes.

Unless the user has chosen a theme it follows the system: `Look` listens to the system's colour scheme and dresses
the application anew when it changes. Window thread only.
"""

from __future__ import annotations

import re
import tomllib
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import shiboken6
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from costeer.foundation.paths import shipped
from costeer.foundation.settings import WindowSettings

ThemeName = Literal["light", "dark"]

_TOKEN = re.compile(r"@([a-z_]+)")
_PIXELS = re.compile(r"(?<=font-size: )(\d+)(?=px)")
_ICON_SIZE = 20
_SCALES = (1, 2)
_SLICE = 0.008
"""Seconds of a turn of the event loop that icons nobody sees may take."""

SMALLEST_TEXT, LARGEST_TEXT = 80, 200
"""In percent of the system's."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A name and its colours, by token, as `#rrggbb`."""

    name: ThemeName
    colors: Mapping[str, str]

    @classmethod
    def load(cls, name: ThemeName) -> Theme:
        text = shipped("resources", "themes", f"{name}.toml").read_text(encoding="utf-8")
        return cls(name, {key: str(value) for key, value in tomllib.loads(text).items()})

    def color(self, token: str) -> QColor:
        return QColor(self.colors[token])

    def between(self, weak: str, strong: str, share: float) -> QColor:
        """The colour that lies `share` (0 to 1) of the way from one token to the other."""
        low, high = self.color(weak), self.color(strong)
        parts = zip(low.getRgb()[:3], high.getRgb()[:3], strict=True)  # type: ignore[index]
        return QColor(*(round(a + (b - a) * share) for a, b in parts))

    def style_sheet(self, percent: int = 100) -> str:
        """With text in `percent` of its usual size, where the sheet names one."""
        text = shipped("resources", "themes", "window.qss").read_text(encoding="utf-8")
        text = _PIXELS.sub(lambda match: str(round(int(match[1]) * percent / 100)), text)
        check = shipped("resources", "icons", f"check_{self.name}.svg").as_posix()
        down = shipped("resources", "icons", f"down_{self.name}.svg").as_posix()
        up = shipped("resources", "icons", f"up_{self.name}.svg").as_posix()
        values = {**self.colors, "check": f'"{check}"', "down": f'"{down}"', "up": f'"{up}"'}
        return _TOKEN.sub(lambda match: values[match.group(1)], text)

    def palette(self) -> QPalette:
        role = QPalette.ColorRole
        palette = QPalette()
        for where, token in (
            (role.Window, "window"),
            (role.Base, "card"),
            (role.AlternateBase, "side"),
            (role.Button, "card"),
            (role.ToolTipBase, "card"),
            (role.Text, "text"),
            (role.WindowText, "text"),
            (role.ButtonText, "text"),
            (role.ToolTipText, "text"),
            (role.PlaceholderText, "muted"),
            (role.Highlight, "accent"),
            (role.HighlightedText, "on_accent"),
            (role.Link, "accent"),
            (role.LinkVisited, "accent"),
        ):
            palette.setColor(where, self.color(token))
        for where in (role.Text, role.WindowText, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, where, self.color("faint"))
        return palette


class Look(QObject):
    """The theme in force, and how large text is. `changing` before the application is dressed anew, so that what
    need not be dressed can go, `changed` after it.

    `text_size` is in percent of the system's. Widgets with a font of their own take it from here again whenever
    `changed` tells; all others follow the application's.
    """

    changing = Signal()
    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._icons: dict[tuple[str, str, str], QIcon] = {}
        self.dressing = False
        """Between `changing` and `changed`: sizes come and go that do not stay."""
        self._dressed: weakref.WeakKeyDictionary[QAbstractButton, tuple[str, str]] = weakref.WeakKeyDictionary()
        self._undressed: list[QAbstractButton] = []
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.timeout.connect(self._draw_icons)
        application.setStyle("Fusion")
        self._follows = True
        self._usual_font = application.font()
        self._code_family = ""
        self.text_size = 100
        self._at_start = system_theme(application)
        self._theme = Theme.load(self._at_start)
        self._apply()
        application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def theme(self) -> Theme:
        return self._theme

    def use(self, name: ThemeName) -> None:
        """Switch to the theme `name` until the system's scheme changes."""
        if name != self._theme.name:
            self._theme = Theme.load(name)
            self._apply()

    def take(self, wanted: WindowSettings) -> None:
        """Look as the user wants it from now on. Values that make no sense count as the usual ones."""
        size = min(LARGEST_TEXT, max(SMALLEST_TEXT, wanted.text_size))
        self._follows = wanted.theme not in ("light", "dark")
        name: ThemeName = "dark" if wanted.theme == "dark" else "light"
        hints = self._application.styleHints()
        if self._follows:
            hints.unsetColorScheme()
            name = system_theme(self._application, self._at_start)
        else:  # what Qt leaves to the system, such as a title bar, goes with it
            hints.setColorScheme(Qt.ColorScheme.Dark if name == "dark" else Qt.ColorScheme.Light)
        if (name, size, wanted.code_font) != (self._theme.name, self.text_size, self._code_family):
            self._theme, self.text_size, self._code_family = Theme.load(name), size, wanted.code_font
            self._apply()

    def code_font(self, share: float = 1.0) -> QFont:
        """The font for code and for what was sent, in `share` of the size of other text."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        if self._code_family:
            font.setFamilies([self._code_family, *font.families()])
        font.setPointSizeF(self._application.font().pointSizeF() * share)
        return font

    def dress(self, button: QAbstractButton, icon: str, token: str = "muted") -> None:
        """Give `button` an icon in the colour `token`, now and whenever the theme changes."""
        self._dressed[button] = (icon, token)
        button.setIcon(self.icon(icon, token))
        button.setIconSize(QSize(_ICON_SIZE, _ICON_SIZE))

    def icon(self, name: str, token: str = "muted") -> QIcon:
        """Drawn once: each message of a conversation has the same ones."""
        known = self._icons.get((self._theme.name, name, token))
        if known is not None:
            return known
        icon = self._icons[self._theme.name, name, token] = QIcon()
        for mode, color in ((QIcon.Mode.Normal, token), (QIcon.Mode.Disabled, "faint")):
            for scale in _SCALES:
                icon.addPixmap(_draw(name, self._theme.colors[color], scale), mode)
        return icon

    def _apply(self) -> None:
        self.changing.emit()
        self.dressing = True
        # Qt puts one sheet in the place of another in several passes over all widgets; off and on are two.
        self._application.setStyleSheet("")
        font = QFont(self._usual_font)
        font.setPointSizeF(self._usual_font.pointSizeF() * self.text_size / 100)
        if font != self._application.font():
            self._application.setFont(font)
        self._application.setPalette(self._theme.palette())
        self._application.setStyleSheet(self._theme.style_sheet(self.text_size))
        self._undressed = [one for one in self._dressed if shiboken6.isValid(one)]
        self._undressed.sort(key=lambda one: one.isVisible())
        self._draw_icons()
        self.dressing = False
        self.changed.emit()

    def _draw_icons(self) -> None:
        """Those on the screen now, the others when there is time: each is drawn from a file."""
        until = perf_counter() + _SLICE
        while self._undressed and (self._undressed[-1].isVisible() or perf_counter() < until):
            button = self._undressed.pop()
            if shiboken6.isValid(button):
                button.setIcon(self.icon(*self._dressed[button]))
        if self._undressed:
            self._drawing.start()

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        if self._follows and scheme != Qt.ColorScheme.Unknown:
            self.use("dark" if scheme == Qt.ColorScheme.Dark else "light")


def system_theme(application: QApplication, unknown: ThemeName | None = None) -> ThemeName:
    """What the system asks for; where it does not say `unknown`, or what its palette looks like, which is a
    question for before the application has been dressed."""
    scheme = application.styleHints().colorScheme()
    if scheme != Qt.ColorScheme.Unknown:
        return "dark" if scheme == Qt.ColorScheme.Dark else "light"
    if unknown is not None:
        return unknown
    palette = application.palette()
    back, text = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    return "dark" if back.lightness() < text.lightness() else "light"


def window_icon() -> QIcon:
    return QIcon(str(shipped("resources", "icons", "costeer.svg")))


def _draw(name: str, color: str, scale: int) -> QPixmap:
    text = shipped("resources", "icons", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))
    pixmap = QPixmap(_ICON_SIZE * scale, _ICON_SIZE * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, _ICON_SIZE * scale, _ICON_SIZE * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
