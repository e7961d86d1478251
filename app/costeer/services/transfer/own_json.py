"""Our own format, `costeer-conversations-1`, as docs/import-export.md describes it: written and read back exactly.

JSON has no word for half a character, which a text may hold, nor for an infinite number. Such a text is written as
`{"base64": …}` of its UTF-8 with surrogates, such a number as `{"number": "inf"}`.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from costeer.cloud.untrusted import number, token_id
from costeer.services.transfer import untrusted as check_value
from costeer.services.transfer.tree import BrokenTree, ConversationTree, TreeMessage, check
from costeer.storage.records import AnswerFigures, MessageState, Role

FILE_FORMAT = "costeer-conversations-1"
FORMAT = "costeer-conversation-1"
_ANY_VERSION = "costeer-conversation-"

_STATES: dict[object, MessageState] = {one: one for one in get_args(MessageState)}
_ROLES: dict[object, Role] = {one: one for one in get_args(Role)}
_MOST_TOKENS = 1_000_000
_MOST_LISTED = 10_000
_LONGEST_MOMENT = 40

Value = TypeVar("Value")


def written(trees: Iterable[ConversationTree]) -> Iterator[bytes]:
    """A file, piece by piece."""
    yield f'{{"format": "{FILE_FORMAT}", "conversations": ['.encode()
    for place, tree in enumerate(trees):
        yield b",\n" if place else b"\n"
        yield json.dumps(_conversation(tree), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    yield b"\n]}\n"


def recognise(record: dict[str, object]) -> bool:
    form = record.get("format")
    return isinstance(form, str) and form.startswith(_ANY_VERSION)


def read(record: dict[str, object]) -> ConversationTree:
    """Raises BrokenTree."""
    if record["format"] != FORMAT:
        raise BrokenTree("a newer version of the application wrote it; update, and import it again")
    try:
        tree = ConversationTree(
            source="costeer",
            source_id=_name(record["id"]),
            title=_text(record["title"]),
            created=_moment(record["created"]),
            changed=_moment(record["changed"]),
            messages=tuple(_read_message(one) for one in _messages(record["messages"])),
            active_leaf=None if record["active_leaf"] is None else _name(record["active_leaf"]),
            pinned=record.get("pinned") is True,
            folder=_text(record.get("folder", "")),
        )
    except KeyError as error:
        raise BrokenTree("it has no {key}", key=error.args[0]) from None
    except BrokenTree:
        raise
    except (ValueError, OverflowError):
        raise BrokenTree("one of its values is not what it should be") from None
    check(tree)
    return tree


def _conversation(tree: ConversationTree) -> dict[str, object]:
    return {
        "format": FORMAT,
        "id": _exact(tree.source_id),
        "title": _exact(tree.title),
        "created": tree.created.isoformat(),
        "changed": tree.changed.isoformat(),
        "pinned": tree.pinned,
        "folder": _exact(tree.folder),
        "active_leaf": None if tree.active_leaf is None else _exact(tree.active_leaf),
        "messages": [_message(one) for one in tree.messages],
    }


def _message(one: TreeMessage) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": _exact(one.id),
        "parent": None if one.parent is None else _exact(one.parent),
        "role": one.role,
        "created": one.created.isoformat(),
        "text": _exact(one.text),
        "state": one.state,
    }
    known = {"model": _exact(one.model), "detail": _exact(one.detail), "tokens": list(one.tokens)}
    fields |= {name: value for name, value in known.items() if value}
    if one.figures is not None:
        fields["figures"] = {
            each.name: _exact(getattr(one.figures, each.name)) for each in dataclasses.fields(AnswerFigures)
        }
    return fields


def _exact(value: object) -> object:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return {"base64": base64.b64encode(value.encode("utf-8", "surrogatepass")).decode("ascii")}
    elif isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    elif isinstance(value, tuple):
        return [_exact(one) for one in value]
    return value


def _messages(untrusted: object) -> list[object]:
    if not isinstance(untrusted, list) or len(untrusted) > check_value.MOST_MESSAGES:
        raise BrokenTree("its messages are missing or more than {most}", most=check_value.MOST_MESSAGES)
    return untrusted


def _read_message(untrusted: object) -> TreeMessage:
    one = check_value.record(untrusted)
    figures = one.get("figures")
    return TreeMessage(
        id=_name(one["id"]),
        parent=None if one["parent"] is None else _name(one["parent"]),
        role=_one_of(_ROLES, one["role"]),
        text=_text(one["text"]),
        created=_moment(one["created"]),
        model=_text(one.get("model", "")),
        state=_one_of(_STATES, one["state"]),
        detail=_text(one.get("detail", "")),
        tokens=tuple(token_id(token) for token in _list(one.get("tokens", []), _MOST_TOKENS)),
        figures=None if figures is None else _read_figures(check_value.record(figures)),
    )


def _read_figures(stored: dict[str, object]) -> AnswerFigures:
    """Each figure as the type of its default says; one that is missing has its default."""
    figures = AnswerFigures()
    read_as: dict[type, Callable[[object], Any]] = {str: _text, int: _count, float: _number, tuple: _texts}
    known = [one.name for one in dataclasses.fields(figures) if one.name in stored]
    return dataclasses.replace(
        figures, **{name: read_as[type(getattr(figures, name))](stored[name]) for name in known}
    )


def _one_of(known: dict[object, Value], untrusted: object) -> Value:
    if not isinstance(untrusted, str) or untrusted not in known:
        raise BrokenTree("a message has a role or a state that there is not")
    return known[untrusted]


def _text(untrusted: object) -> str:
    if isinstance(untrusted, dict):
        encoded = untrusted.get("base64")
        if not isinstance(encoded, str) or len(encoded) > 2 * check_value.LONGEST_TEXT:
            raise BrokenTree("a text is not one")
        try:
            return base64.b64decode(encoded, validate=True).decode("utf-8", "surrogatepass")
        except (binascii.Error, UnicodeDecodeError):
            raise BrokenTree("a text is not one") from None
    if not isinstance(untrusted, str) or len(untrusted) > check_value.LONGEST_TEXT:
        raise BrokenTree("a text is missing or too long")
    return untrusted


def _name(untrusted: object) -> str:
    name = _text(untrusted)
    if len(name) > check_value.LONGEST_ID:
        raise BrokenTree("an id is too long")
    return name


def _moment(untrusted: object) -> datetime:
    if not isinstance(untrusted, str) or len(untrusted) > _LONGEST_MOMENT:
        raise BrokenTree("a time is missing")
    moment = datetime.fromisoformat(untrusted)
    if moment.tzinfo is None:
        raise BrokenTree("a time does not tell its zone")
    return moment.astimezone(UTC)


def _list(untrusted: object, most: int) -> list[object]:
    if not isinstance(untrusted, list) or len(untrusted) > most:
        raise BrokenTree("a list is missing or has more than {most} values", most=most)
    return untrusted


def _texts(untrusted: object) -> tuple[str, ...]:
    return tuple(_text(one) for one in _list(untrusted, _MOST_LISTED))


def _count(untrusted: object) -> int:
    if type(untrusted) is not int or abs(untrusted) >= 2**63:
        raise BrokenTree("a figure is not a number")
    return untrusted


def _number(untrusted: object) -> float:
    if isinstance(untrusted, dict):
        name = untrusted.get("number")
        if not isinstance(name, str) or name not in ("inf", "-inf", "nan"):
            raise BrokenTree("a figure is not a number")
        return float(name)
    return number(untrusted)
