"""Small pieces that several widgets are made of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPropertyAnimation, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QGraphicsDropShadowEffect,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look

_GLOW, _GLOW_MS = 24.0, 1500


def label(text: str = "", tone: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text; `tone` (muted, title, section, figure) is what the style sheet knows."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if tone:
        made.setProperty("tone", tone)
    return made


def dialog_button(text: str, slot: Callable[[], None]) -> QPushButton:
    """One that Enter in a field of the dialog does not press."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.clicked.connect(lambda: slot())
    return made


class ElidedLabel(QLabel):
    """One line that ends in … where there is no room; the whole text is its tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def put(self, text: str) -> None:
        self._whole = text
        self.setToolTip(plain_tip(text))
        self._elide()

    @property
    def whole(self) -> str:
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


def icon_button(look: Look, icon: str, name: str, shortcut: str = "", *, token: str = "muted") -> QToolButton:
    """A button that shows an icon; `name` is what a screen reader says and the tool tip shows."""
    button = QToolButton()
    look.dress(button, icon, token)
    button.setAccessibleName(name)
    button.setToolTip(plain_tip(f"{name} ({shortcut})" if shortcut else name))
    return button


def text_button(look: Look, icon: str, text: str, tip: str = "") -> QToolButton:
    """An icon with its name beside it."""
    button = QToolButton()
    look.dress(button, icon)
    button.setText(text)
    button.setAccessibleName(text)
    button.setProperty("kind", "quiet")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setToolTip(plain_tip(tip))
    return button


def message_box(parent: QWidget | None) -> QMessageBox:
    """A question or a message in plain text: names and sentences come from anywhere."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def say_at_once(text: str) -> None:
    """Where there is no window to say it in; returns when the user has read it."""
    box = message_box(None)
    box.setIcon(QMessageBox.Icon.Critical)
    box.setWindowTitle("CoSteer")
    box.setText(text)
    box.exec()


def tier_chip() -> QLabel:
    """A few letters in a box."""
    made = label()
    made.setObjectName("chip")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def with_clear_button(field: QLineEdit, name: str) -> None:
    """A button in the field that empties it; Qt gives it no name for a screen reader."""
    field.setClearButtonEnabled(True)
    for one in field.findChildren(QToolButton):
        if not one.accessibleName():
            one.setAccessibleName(name)


def name_fields(dialog: QInputDialog, name: str) -> None:
    """The fields of Qt's own dialog, whichever of them it shows, have no names for a screen reader."""
    for field in (*dialog.findChildren(QLineEdit), *dialog.findChildren(QComboBox)):
        field.setAccessibleName(name)
    for one in dialog.findChildren(QComboBox):
        one.view().setAccessibleName(name)


def indent_number(box: QAbstractSpinBox) -> None:
    """The style sheet's padding does not reach the text of such a box."""
    field = box.findChild(QLineEdit)
    if isinstance(field, QLineEdit):
        field.setTextMargins(6, 0, 0, 0)


def restyle(widget: QWidget) -> None:
    """Have the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def point_out(widget: QWidget, color: QColor) -> None:
    """A glow around `widget` that fades away."""
    glow = QGraphicsDropShadowEffect(widget)
    glow.setOffset(0, 0)
    glow.setColor(color)
    glow.setBlurRadius(_GLOW)
    widget.setGraphicsEffect(glow)
    fading = QPropertyAnimation(glow, b"blurRadius", glow)
    fading.setDuration(_GLOW_MS)
    fading.setStartValue(_GLOW)
    fading.setEndValue(0.0)
    fading.finished.connect(lambda: widget.setGraphicsEffect(None))  # type: ignore[arg-type]  # takes it off
    fading.start()
