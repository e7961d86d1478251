"""Settings: colours, text, language, and what closing does."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase

from costeer.gui.theme import LARGEST_TEXT, SMALLEST_TEXT
from costeer.gui.widgets.settings.rows import RowMaker, SettingsPage

_FOR_CODE = ("mono", "code", "console", "courier", "consolas", "menlo", "monaco", "hack", "fixed", "typewriter")
"""Families are told by their names: asking each for the widths of its letters would load them all."""


class AppearancePage(SettingsPage):
    """What is chosen here is seen at once, but for the language."""

    def __init__(self, make: RowMaker, *, tray: bool) -> None:
        """`tray`: whether this system has one."""
        super().__init__(self.tr("Appearance"))
        families = code_families()
        self.begin_section(self.tr("Colours and text"))
        self.theme = self.add(
            make.choice(
                self.tr("Theme"),
                self.tr("Light, dark, or whatever the system uses at the time."),
                "window.theme",
                lambda: (
                    ("system", self.tr("As the system")),
                    ("light", self.tr("Light")),
                    ("dark", self.tr("Dark")),
                ),
            )
        )
        self.text_size = self.add(
            make.number(
                self.tr("Text size"),
                self.tr("Of everything in the window, compared with the size that the system sets."),
                "window.text_size",
                (SMALLEST_TEXT, LARGEST_TEXT, 10),
                self.tr(" %"),
            )
        )
        self.code_font = self.add(
            make.choice(
                self.tr("Font for code"),
                self.tr("For code in answers and for what was sent, word for word."),
                "window.code_font",
                lambda: (("", self.tr("The system's")), *((one, one) for one in families)),
            )
        )
        self.begin_section(self.tr("Language and window"))
        self.language = self.add(
            make.choice(
                self.tr("Language"),
                self.tr("Of the window, not of the answers. Takes effect when the application is next started."),
                "window.language",
                lambda: (("system", self.tr("As the system")), ("en", "English"), ("zh_CN", "简体中文")),
            )
        )
        meaning = self.tr(
            "Closing the window then hides it: an answer is written to its end, and the icon in the tray brings "
            "the window back."
        )
        if not tray:
            meaning = self.tr("This system shows no tray, so closing the window ends the application.")
        self.tray = self.add(make.switch(self.tr("Keep running in the tray"), meaning, "window.keep_in_tray"))
        self.tray.setEnabled(tray)


def code_families() -> list[str]:
    """Font families whose names say that they are for code."""
    families = QFontDatabase.families()
    return [one for one in families if any(part in one.casefold() for part in _FOR_CODE)]
