"""Single values of a file that somebody gave us, checked before anything is made of them.

As in `cloud.untrusted`: nothing is converted, every length is bounded, and what the file holds is never repeated
in the reason. Functions that give a default where a value is of no use say so; the others raise BrokenTree.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from costeer.services.transfer.tree import EPOCH, BrokenTree

MOST_MESSAGES = 200_000
LONGEST_TEXT = 10_000_000
LONGEST_ID = 200
LONGEST_NAME = 200
"""Characters of a model's name, a file's or a folder's."""

LONGEST_TITLE = 300

_LATEST = 4_102_444_800  # the year 2100, in seconds since 1970
_UNTITLED = "Imported conversation"
_TITLE_OF_QUESTION = 60
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def record(untrusted: object) -> dict[str, object]:
    """A JSON object, or an empty one for anything else."""
    return untrusted if isinstance(untrusted, dict) else {}


def values(untrusted: object) -> list[object]:
    """A JSON list, or an empty one for anything else; its length is that of the file, which is bounded."""
    return untrusted if isinstance(untrusted, list) else []


def nodes(untrusted: object) -> dict[str, dict[str, object]]:
    """The messages of a tree by their ids."""
    if not isinstance(untrusted, dict):
        raise BrokenTree("its messages are missing")
    if len(untrusted) > MOST_MESSAGES:
        raise BrokenTree("it has more than {most} messages", most=MOST_MESSAGES)
    return {identifier(name): record(one) for name, one in untrusted.items()}


def identifier(untrusted: object) -> str:
    if not isinstance(untrusted, str) or not 0 < len(untrusted) <= LONGEST_ID:
        raise BrokenTree("an id is missing or too long")
    return whole(untrusted)


def optional_id(untrusted: object) -> str | None:
    """An id, or None where there is none."""
    return None if untrusted is None or untrusted == "" else identifier(untrusted)


def text(untrusted: object) -> str:
    """A text that can be stored and sent, empty where there is none."""
    if not isinstance(untrusted, str):
        return ""
    if len(untrusted) > LONGEST_TEXT:
        raise BrokenTree("a message has more than {most} characters", most=LONGEST_TEXT)
    return whole(untrusted)


def name(untrusted: object, most: int = LONGEST_NAME) -> str:
    """One line without control characters, cut to `most`; empty where there is none."""
    if not isinstance(untrusted, str):
        return ""
    line = " ".join(_CONTROLS.sub(" ", whole(untrusted[: 4 * most])).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def title(untrusted: object, first_question: str) -> str:
    """The title, or the beginning of what was asked first."""
    return name(untrusted, LONGEST_TITLE) or name(first_question, _TITLE_OF_QUESTION) or _UNTITLED


def whole(untrusted: str) -> str:
    """`untrusted` with halves of characters, which JSON can hold and nothing else, joined or replaced."""
    if untrusted.isascii():
        return untrusted
    return untrusted.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def moment(untrusted: object) -> datetime | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size; None for anything
    else, for 0, and for what lies behind the year 2100."""
    if type(untrusted) is not int and type(untrusted) is not float:
        return None
    if not 0 < untrusted < _LATEST * 10**9:  # neither is NaN
        return None
    for unit in (1, 10**3, 10**6, 10**9):
        if untrusted < _LATEST * unit:
            return EPOCH + timedelta(microseconds=int(untrusted * 10**6 / unit))
    return None


def now() -> datetime:
    """For conversations that tell no time."""
    return datetime.now(UTC)
