"""Which program a conversation comes from: told by what it holds, never by a file's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from costeer.services.transfer import chatgpt, open_webui, own_json
from costeer.services.transfer.tree import ConversationTree
from costeer.services.transfer.untrusted import record, values


class _Reader(Protocol):
    """What each of the modules of a format offers."""

    def recognise(self, record: dict[str, object]) -> bool: ...

    def read(self, record: dict[str, object]) -> ConversationTree: ...


_READERS: tuple[_Reader, ...] = (own_json, chatgpt, open_webui)


def conversations_in(value: object) -> Iterator[dict[str, object]]:
    """The conversations of one value of a file: itself, or those of its list (our own format, written anew by
    another program, say)."""
    found = record(value)
    listed = found.get("conversations")
    if isinstance(listed, list) and not is_known(found):
        yield from (record(one) for one in values(listed))
    else:
        yield found


def is_known(conversation: dict[str, object]) -> bool:
    return any(reader.recognise(conversation) for reader in _READERS)


def tree_of(conversation: dict[str, object]) -> ConversationTree:
    """Of one that `is_known`. Raises BrokenTree."""
    return next(reader for reader in _READERS if reader.recognise(conversation)).read(conversation)
