"""A JSON file of any size, cut into the conversations it holds, of which one at a time is in memory.

The scanner only finds where each object of the outermost list begins and ends: it counts brackets outside of
strings. What lies between is left to the `json` of the standard library. So a conversation that is no valid JSON
costs itself and not those behind it, numbers and half characters come out exactly, and what a conversation may
cost is known before it is parsed: its bytes, its depth, and how many values it has.

The outermost list is the file's only value, or stands under "conversations" in an object that begins with plain
values (our own exports). Objects that stand alone, or behind each other, are taken one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import islice

from costeer.services.transfer.tree import BrokenTree

LARGEST = 100_000_000
"""Bytes of one conversation."""

DEEPEST = 100
MOST_VALUES = 4_000_000
"""Objects, lists and their members in one conversation: what they cost in memory does not show in its bytes."""

_CHUNK = 256 * 1024
_HEADER = 8192

# Groups are repeated a bounded number of times, so that little is remembered for going back; possessive ones are
# matched wrongly by Python before 3.11.5.
_UP_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+){0,99}"[^"\[\]{}]*+){0,99}', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+){0,999}', re.DOTALL)
_STRING_OR_VALUE = re.compile(rb'"[^"]*+"|[,\[{]')
_UNDER_CONVERSATIONS = re.compile(
    rb'\s*\{(?:\s*"[^"\\]{0,100}"\s*:\s*(?:"[^"\\]{0,200}"|[\w.+-]{1,30})\s*,){0,20}\s*"conversations"\s*:\s*\['
)
_LIST = re.compile(rb"\s*\[")
_BEFORE_VALUES = (b",", b"[", b"{")
_QUOTE = ord('"')
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Read = Callable[[int], bytes]
"""At most so many bytes of the file; none at its end."""


@dataclass(frozen=True, slots=True)
class Element:
    """The bytes of one object or list. `problem` says why they were not kept, where they were not."""

    data: bytes
    problem: BrokenTree | None = None

    def parse(self) -> object:
        """Its value. Raises BrokenTree where it has none, or one that would cost too much."""
        if self.problem:
            raise self.problem
        if _has_too_many_values(self.data):
            raise BrokenTree("it consists of more than {most} values", most=MOST_VALUES)
        try:
            value: object = json.loads(self.data.decode("utf-8"))
        except ValueError:  # UnicodeDecodeError and JSONDecodeError are such, and what `int` says of 5,000 digits
            raise BrokenTree("it is not valid JSON") from None
        return value


class Elements:
    """Iterates over the elements of one file, once. `whole` tells afterwards whether it ended where it should.

    One thread. In memory: one element, twice, and a chunk of the file.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._depth = 0
        self._in_string = False
        self._kept = bytearray()
        self._problem: BrokenTree | None = None
        self._closed = False
        self.whole = False

    def __iter__(self) -> Iterator[Element]:
        data = self._first().removeprefix(_BYTE_ORDER_MARK)
        opening = _LIST.match(data) or _UNDER_CONVERSATIONS.match(data)
        data = data[opening.end() :] if opening else data
        while data and not self._closed:
            left = yield from self._scan(data)
            more = self._read(_CHUNK)
            data = left + more if more else b""
        self.whole = self._depth == 0 and not self._in_string and self._closed == (opening is not None)

    def _first(self) -> bytes:
        """Enough to hold the opening of the outermost list; all of a file that is shorter."""
        data = b""
        while len(data) < _HEADER and (more := self._read(_CHUNK)):
            data += more
        return data

    def _scan(self, data: bytes) -> Generator[Element, None, bytes]:
        """The elements that end in `data`. Returns what must be looked at again with what follows: a backslash
        whose character has not been read yet."""
        at = begun = 0
        while at < len(data) and not self._closed:
            at = _end_of(_IN_STRING if self._in_string else _UP_TO_BRACKET, data, at)
            mark = data[at : at + 1]
            if not mark or mark == b"\\":
                break
            at += 1
            if mark == b'"':
                self._in_string = not self._in_string
            elif mark in b"[{":
                begun = at - 1 if self._depth == 0 else begun
                self._go_deeper()
            elif self._depth == 0:
                self._closed = True
            else:
                self._depth -= 1
                if self._depth == 0:
                    self._keep(data[begun:at])
                    yield self._take()
        if self._depth > 0:
            self._keep(data[begun:at])
        return data[at:]

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._give_up(BrokenTree("it is nested more than {most} deep", most=DEEPEST))

    def _keep(self, part: bytes) -> None:
        if len(self._kept) + len(part) > LARGEST:
            self._give_up(BrokenTree("it has more than {most} MB", most=LARGEST // 1_000_000))
        if not self._problem:
            self._kept += part

    def _give_up(self, problem: BrokenTree) -> None:
        """The element is read to its end and not kept."""
        self._problem = self._problem or problem
        self._kept = bytearray()

    def _take(self) -> Element:
        element = Element(bytes(self._kept), self._problem)
        self._kept, self._problem = bytearray(), None
        return element


def _end_of(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where what `pattern` takes from `at` on ends, however often it has to be asked."""
    while (found := pattern.match(data, at)) and found.end() > at:  # bounded by the data
        at = found.end()
    return at


def _has_too_many_values(data: bytes) -> bool:
    if sum(data.count(one) for one in _BEFORE_VALUES) <= MOST_VALUES:
        return False  # even if all of them began one
    bare = data.replace(rb"\\", b"").replace(rb"\"", b"")  # so that a string ends at the next quote
    began = (one for one in _STRING_OR_VALUE.finditer(bare) if bare[one.start()] != _QUOTE)
    return next(islice(began, MOST_VALUES, None), None) is not None
