"""File names made of titles, which every system takes: Windows has the most rules, so they hold everywhere."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 120
"""Bytes of UTF-8, ending included, which leaves room for a number and for the name of a temporary file."""

_UNTITLED = "Conversation"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)
"""Names of Windows' devices, with any ending."""


class FileNames:
    """Gives names that are distinct from each other and from those `taken`, also where case and composition of
    characters do not count."""

    def __init__(self, taken: list[str]) -> None:
        self._taken = {_compared(one) for one in taken}
        self._numbers: dict[str, int] = {}

    def name(self, title: str, suffix: str) -> str:
        stem = safe_stem(title, _LONGEST - len(suffix))
        number = self._numbers.get(_compared(stem), 1)
        name = f"{stem}{suffix}"
        while _compared(name) in self._taken:
            number += 1
            name = f"{stem} ({number}){suffix}"
        self._numbers[_compared(stem)] = number
        self._taken.add(_compared(name))
        return name


def safe_stem(title: str, most: int) -> str:
    """`title` as the name of a file without its ending, of at most `most` bytes."""
    shown = "".join(
        one if unicodedata.category(one)[0] != "C" else " " for one in unicodedata.normalize("NFC", title)
    )
    stem = " ".join(_FORBIDDEN.sub(" ", shown).split())
    stem = stem.encode("utf-8")[:most].decode("utf-8", "ignore").strip(" .-~")
    if not stem:
        return _UNTITLED
    return f"_{stem}" if _DEVICES.match(stem) else stem


def _compared(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
