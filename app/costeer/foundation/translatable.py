"""Texts for people, written in English where they arise and translated where they are shown.

A text stays in two parts until somebody reads it: the *template*, a fixed English sentence with named places, and
the *values* for these places. `str()` fills the template in, which is what the command line prints; the window
looks the template up in the translators' table first (`gui/translated`), and fills in numbers as its language
writes them. Templates are literals: `make translations` collects them from the source.

Immutable and plain data, so a text may cross threads and processes, and be kept (`as_json`).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from typing import Self, TypeAlias

Value: TypeAlias = "str | int | float | Translatable | tuple[Value, ...]"
"""A tuple is a list of things, whose commas belong to the language."""

Show = Callable[[Value, str], str]
"""A value, by the format that the template asks for ("" for none), as a reader wants it."""


def translatable(text: str) -> str:
    """`text`, a template that stands in a table of templates instead of where it is used: so that it is found."""
    return text


def fill(text: str, values: Mapping[str, Value], show: Show) -> str:
    """`text` with its places filled. Raises KeyError where a place has no value, ValueError for a lone brace."""
    parts: list[str] = []
    for before, name, form, conversion in string.Formatter().parse(text):
        parts.append(before)
        if name is not None:
            shown = show(values[name], form or "")
            parts.append(repr(shown) if conversion == "r" else shown)
    return "".join(parts)


class Translatable:
    """One text, `template` with `values`. Two with the same are equal; an empty one is false.

    What is no number, no text and no list is kept as its `str()`: paths and errors can be given as they are.
    """

    __slots__ = ("_english", "template", "values")
    template: str
    values: Mapping[str, Value]

    def __init__(self, template: str, /, **values: object) -> None:
        """Raises KeyError where a place has no value."""
        self.template = template
        self.values = {name: _plain(value) for name, value in values.items()}
        self._english = fill(template, self.values, _as_english)

    @classmethod
    def verbatim(cls, text: str) -> Self:
        """A text that somebody else wrote (a server, a file, the system), or that is translated already. Where it
        happens to be a template without places, it is translated as that."""
        return cls(text.replace("{", "{{").replace("}", "}}"))

    @classmethod
    def from_json(cls, value: object) -> Self:
        """What `as_json` gave; a bare text verbatim. Raises ValueError for anything else."""
        if isinstance(value, str):
            return cls.verbatim(value)
        if not isinstance(value, dict) or value.keys() != {"template", "values"}:
            raise ValueError("this is no text for people")
        words, values = value["template"], value["values"]
        if not isinstance(words, str) or not isinstance(values, dict):
            raise ValueError("this is no text for people")
        try:
            return cls(words, **{str(name): _from_json(one) for name, one in values.items()})
        except KeyError as error:
            raise ValueError("a text for people lacks a value") from error

    def as_json(self) -> dict[str, object]:
        return {
            "template": self.template,
            "values": {name: _as_json(value) for name, value in self.values.items()},
        }

    def replacing(self, change: Callable[[str], str]) -> Translatable:
        """The same with each text among the values changed."""
        return Translatable(self.template, **{name: _changed(one, change) for name, one in self.values.items()})

    def __str__(self) -> str:
        return self._english

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self.values.items())
        return f"Translatable({self.template!r}{given})"

    def __bool__(self) -> bool:
        return bool(self.template)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Translatable):
            return NotImplemented
        return (self.template, self.values) == (other.template, other.values)

    def __hash__(self) -> int:
        return hash((self.template, self._english))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.template, dict(self.values))


def _rebuilt(words: str, values: Mapping[str, Value]) -> Translatable:
    return Translatable(words, **values)


def _plain(value: object) -> Value:
    if isinstance(value, str | int | float | Translatable):
        return value
    if isinstance(value, tuple | list):
        return tuple(_plain(one) for one in value)
    return str(value)


def _as_english(value: Value, form: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(_as_english(one, form) for one in value)
    return str(value) if isinstance(value, Translatable) else format(value, form)


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(one, change) for one in value)
    return value.replacing(change) if isinstance(value, Translatable) else value


def _as_json(value: Value) -> object:
    if isinstance(value, tuple):
        return [_as_json(one) for one in value]
    return value.as_json() if isinstance(value, Translatable) else value


def _from_json(value: object) -> object:
    if isinstance(value, list):
        return [_from_json(one) for one in value]
    return Translatable.from_json(value) if isinstance(value, dict) else value


NOTHING = Translatable("")
"""Where there is nothing to say."""
