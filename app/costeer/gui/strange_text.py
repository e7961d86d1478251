"""Text from elsewhere (a model, a server, a file) on its way to Qt: no markup, and nothing that its layout cannot
bear. Pure functions.
"""

from __future__ import annotations

import html
import json
import re

from PySide6.QtCore import QUrl

LONGEST_BLANKS = 1_000
"""White space in a row that is shown as it is."""

LONGEST_TIP = 2_000

LONGEST_LINE = 1_000

_BLANKS = re.compile(rf"([^\S\n]{{{LONGEST_BLANKS}}})[^\S\n]")
_NO_BLANK = "\u200b"
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Turns the direction of what is around it, or takes no room; but for what joins letters and pictures, as the
languages need it."""


def layable(text: str) -> str:
    """`text`, of as many characters, without white space in rows of thousands.

    Qt counts the white space at the end of a line in 16 bits, and looks for the end of a line with 65,536 of them
    for ever. So after every thousand one of them is replaced by a character without width.
    """
    return _BLANKS.sub(rf"\1{_NO_BLANK}", text)


def in_short_lines(text: str) -> str:
    """`text` with its long lines broken, behind a space where there is one: it is laid out line by line."""
    return "\n".join(_broken(one) for one in text.split("\n"))


def _broken(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    pieces: list[str] = []
    at = 0
    while len(line) - at > LONGEST_LINE:
        space = line.rfind(" ", at + LONGEST_LINE // 2, at + LONGEST_LINE)
        end = space + 1 if space >= 0 else at + LONGEST_LINE
        pieces.append(line[at:end])
        at = end
    return "\n".join([*pieces, line[at:]])


def in_sight(text: str) -> str:
    """`text`, of as many characters, in which a mark stands for each that nobody would see: code that is read is
    code that is copied."""
    return _UNSEEN.sub("\ufffd", text)


def spelled_out(text: str) -> str:
    """`text` with what nobody would see as JSON writes it: `\\u202e`."""
    return _UNSEEN.sub(lambda found: json.dumps(found.group())[1:-1], text)


def openable(link: QUrl) -> QUrl | None:
    """`link` as it may be given to a browser or a mail program; None for what leads anywhere else.

    Of a mail address nothing but the address: some programs attach a file that is named behind it.
    """
    if link.scheme() in ("http", "https") and link.isValid() and link.host():
        return link
    if link.scheme() == "mailto" and link.isValid() and link.path():
        return QUrl(f"mailto:{link.path(QUrl.ComponentFormattingOption.FullyEncoded)}")
    return None


def address_words(link: QUrl) -> tuple[str, str]:
    """Whose an address is, and the whole of it, both in ASCII: nothing in it can look like something else, turn
    direction or be invisible."""
    encoded = bytes(link.toEncoded().data()).decode("ascii", "replace")
    host = link.host(QUrl.ComponentFormattingOption.FullyEncoded)
    return host or link.path().rpartition("@")[2], encoded


def plain_tip(text: str) -> str:
    """`text` for a tool tip, which takes what looks like HTML for HTML, files that it names included."""
    short = layable(text if len(text) <= LONGEST_TIP else text[: LONGEST_TIP - 1] + "…")
    if "<" not in short and "&" not in short:
        return short  # Qt sees nothing in it that could be markup
    return f"<p style='white-space:pre-wrap'>{html.escape(short)}</p>"
