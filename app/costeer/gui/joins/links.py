"""Links of an answer: opened outside, and only when the user says so."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from costeer.gui.strange_text import address_words, openable
from costeer.gui.widgets.parts import message_box
from costeer.gui.wording import tr


def ask_to_open(link: QUrl, over: QWidget) -> QMessageBox | None:
    """Following a link tells its server something, so the user is asked and shown whose server it is, whatever the
    text of the link says. None for a link that leads elsewhere than to the web or to a mail address."""
    target = openable(link)
    if target is None:
        return None
    host, address = address_words(target)
    box = message_box(over)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(tr("Open this address of {host} in your browser?").format(host=host))
    box.setInformativeText(address)
    box.setStandardButtons(QMessageBox.StandardButton.Open | QMessageBox.StandardButton.Cancel)
    box.button(QMessageBox.StandardButton.Open).clicked.connect(lambda: QDesktopServices.openUrl(target))
    box.open()
    return box
