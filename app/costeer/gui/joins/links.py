"""Links of an answer: opened outside, and only when the user says so."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from costeer.gui.wording import tr

_OPENABLE = ("http", "https", "mailto")


def ask_to_open(link: QUrl, over: QWidget) -> None:
    """Following a link tells its server something, so the user is asked and shown where it goes."""
    if link.scheme() not in _OPENABLE:
        return
    box = QMessageBox(over)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(tr("Open this address in your browser?"))
    box.setInformativeText(link.toDisplayString())
    box.setStandardButtons(QMessageBox.StandardButton.Open | QMessageBox.StandardButton.Cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.button(QMessageBox.StandardButton.Open).clicked.connect(lambda: QDesktopServices.openUrl(link))
    box.open()
