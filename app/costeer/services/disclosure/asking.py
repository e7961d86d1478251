"""How an answer waits for the user: what was found goes out as an event, the choice comes back as its reply."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import TransmissionRefused
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.storage.records import DisclosureChoice

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class FoundText:
    """A private text in what is about to be sent. `label` says what it is ("name", "email", "text"); `instead` is
    what would stand for it."""

    text: str
    label: str
    instead: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the user wants, by text; what is not named is replaced. `remember` are those to be kept for all
    conversations."""

    choices: Mapping[str, DisclosureChoice] = field(default_factory=dict)
    remember: Collection[str] = ()


class Reply:
    """Given once, from any thread; the answer's own thread waits for it."""

    def __init__(self) -> None:
        self._given = threading.Event()
        self._chosen: Chosen | None = None

    def choose(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._given.set()

    def do_not_send(self) -> None:
        self._given.set()

    def wait(self, cancel: CancelToken) -> Chosen | None:
        """None: nothing is to be sent. Raises Cancelled."""
        with cancel.calling(self._given.set):
            self._given.wait()  # for as long as the user thinks; cancelling ends it
        cancel.raise_if_cancelled()
        return self._chosen


def refusal(found: Sequence[FoundText]) -> TransmissionRefused:
    """Why nothing is sent, in a sentence that does not repeat the text."""
    return TransmissionRefused(
        "Nothing was sent: the message holds a private text (it begins “{beginning}…”{more}); "
        "take it out, or let it be replaced or sent.",
        beginning=beginning(found[0].text),
        more=Translatable(" and {count} more", count=len(found) - 1) if len(found) > 1 else NOTHING,
    )


def beginning(text: str) -> str:
    """So little of a text that it is known again by who knows it."""
    return text[: min(_SHOWN, len(text) // 2)]


@dataclass(frozen=True, slots=True, eq=False)
class DisclosureWanted:
    """The answer waits until `reply` is given. Comes before anything is stored or sent."""

    found: tuple[FoundText, ...]
    reply: Reply
