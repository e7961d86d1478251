"""The icon in the system's tray, where there is one."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget


class Tray(QObject):
    """`toggle_wanted` on a click. The menu is for who knows the commands. Shown only where there is a tray."""

    toggle_wanted = Signal()

    def __init__(self, icon: QIcon, window: QWidget) -> None:
        super().__init__(window)
        self.available = QSystemTrayIcon.isSystemTrayAvailable()
        self.menu = QMenu(window)
        self._icon = QSystemTrayIcon(icon, self)
        self._icon.setToolTip("CoSteer")
        self._icon.setContextMenu(self.menu)
        self._icon.activated.connect(self._on_activated)
        if self.available:
            self._icon.show()

    def say(self, text: str) -> None:
        """A short notice beside the icon, where the system shows such."""
        if self.available:
            self._icon.showMessage("CoSteer", text, self._icon.icon(), 6000)

    def hide(self) -> None:
        self._icon.hide()

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.toggle_wanted.emit()
