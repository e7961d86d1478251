"""How the window looks: two sets of colours, one style sheet, icons drawn in the colours of the theme.

The theme follows the system: `Look` listens to the system's colour scheme and dresses the application anew when it
changes. Window thread only.
"""

from __future__ import annotations

import re
import tomllib
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import shiboken6
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from costeer.foundation.paths import shipped

ThemeName = Literal["light", "dark"]

_TOKEN = re.compile(r"@([a-z_]+)")
_ICON_SIZE = 20
_SCALES = (1, 2)


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

    def style_sheet(self) -> str:
        text = shipped("resources", "themes", "window.qss").read_text(encoding="utf-8")
        check = shipped("resources", "icons", f"check_{self.name}.svg").as_posix()
        down = shipped("resources", "icons", f"down_{self.name}.svg").as_posix()
        values = {**self.colors, "check": f'"{check}"', "down": f'"{down}"'}
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
    """The theme in force. `changed` after the application has been dressed anew."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._dressed: weakref.WeakKeyDictionary[QAbstractButton, tuple[str, str]] = weakref.WeakKeyDictionary()
        application.setStyle("Fusion")
        self._theme = Theme.load(system_theme(application))
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

    def dress(self, button: QAbstractButton, icon: str, token: str = "muted") -> None:
        """Give `button` an icon in the colour `token`, now and whenever the theme changes."""
        self._dressed[button] = (icon, token)
        button.setIcon(self.icon(icon, token))
        button.setIconSize(QSize(_ICON_SIZE, _ICON_SIZE))

    def icon(self, name: str, token: str = "muted") -> QIcon:
        icon = QIcon()
        for mode, color in ((QIcon.Mode.Normal, token), (QIcon.Mode.Disabled, "faint")):
            for scale in _SCALES:
                icon.addPixmap(_draw(name, self._theme.colors[color], scale), mode)
        return icon

    def _apply(self) -> None:
        self._application.setPalette(self._theme.palette())
        self._application.setStyleSheet(self._theme.style_sheet())
        for button, (icon, token) in list(self._dressed.items()):
            if shiboken6.isValid(button):
                button.setIcon(self.icon(icon, token))
        self.changed.emit()

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        if scheme != Qt.ColorScheme.Unknown:
            self.use("dark" if scheme == Qt.ColorScheme.Dark else "light")


def system_theme(application: QApplication) -> ThemeName:
    """What the system asks for; where it does not say, what its palette looks like."""
    scheme = application.styleHints().colorScheme()
    if scheme != Qt.ColorScheme.Unknown:
        return "dark" if scheme == Qt.ColorScheme.Dark else "light"
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
