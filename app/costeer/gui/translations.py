"""The language of the window: English in the code, others from compiled files of Qt Linguist.

`make translations` collects the texts into `resources/translations/*.ts` and compiles what is translated. Loaded
once, at the start, before any widget is made: widgets take their texts when they are made. Window thread.
"""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from costeer.foundation.paths import shipped

CHINESE = "zh_CN"
TRANSLATED = (CHINESE,)
"""Languages that there is a file for."""

_log = logging.getLogger(__name__)


def install_translations(
    application: QCoreApplication, wanted: str, folder: Path | None = None
) -> list[QTranslator]:
    """Have texts translated from now on into `wanted`, one of TRANSLATED, `en`, or `system`. Returns what was
    installed, Qt's own texts first. `folder` holds the compiled files; those that ship, if None.

    A file that is missing or damaged leaves its texts in English and is told of in the log.
    """
    language = _of_system() if wanted == "system" else wanted
    if wanted != "system":
        QLocale.setDefault(_locale(language))
    if language not in TRANSLATED:
        return []
    own = folder or shipped("resources", "translations")
    qt = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    installed = []
    for file in (qt / f"qtbase_{language}.qm", own / f"costeer_{language}.qm"):
        translator = QTranslator(application)
        if translator.load(str(file)):
            application.installTranslator(translator)
            installed.append(translator)
        else:
            _log.warning("the translation %s cannot be loaded; its texts stay in English", file.name)
    return installed


def _of_system() -> str:
    """The first language of the user's that there is a file for, unless English comes before it."""
    for name in QLocale.system().uiLanguages():
        locale = QLocale(name)
        if locale.language() == QLocale.Language.English:
            return "en"
        if locale.language() == QLocale.Language.Chinese and locale.script() == QLocale.Script.SimplifiedHanScript:
            return CHINESE
    return "en"


def _locale(language: str) -> QLocale:
    """For numbers and dates: the system's own where it speaks that language."""
    system = QLocale.system()
    chosen = QLocale(language)
    return system if system.language() == chosen.language() else chosen
