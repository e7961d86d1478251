"""A conversation as it travels, whichever program it comes from or goes to.

Invariants: the ids of the messages are distinct, each message stands behind its parent, and `active_leaf` is one
of them or None. The order is that in which they were written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from costeer.foundation.errors import Worded
from costeer.storage.records import AnswerFigures, MessageState, Role

Source = Literal["costeer", "chatgpt", "open-webui"]


class BrokenTree(Worded, ValueError):
    """A conversation that cannot be imported; `said` tells why, in words of our own."""


@dataclass(frozen=True, slots=True)
class TreeMessage:
    """`id` is the source's own. `model` names who wrote an answer, empty where that is not known. What follows it
    is known of our own conversations only, and as in `records.Message`."""

    id: str
    parent: str | None
    role: Role
    text: str
    created: datetime
    model: str = ""
    state: MessageState = "complete"
    detail: str = ""
    tokens: tuple[int, ...] = ()
    figures: AnswerFigures | None = None


@dataclass(frozen=True, slots=True)
class ConversationTree:
    """`source_id` is the source's id of the conversation, empty where it has none."""

    source: Source
    source_id: str
    title: str
    created: datetime
    changed: datetime
    messages: tuple[TreeMessage, ...]
    active_leaf: str | None
    pinned: bool = False
    folder: str = ""

    def fingerprint(self) -> str:
        """32 hexadecimal digits, the same for the same conversation of the same source.

        Of what was said, by whom and in answer to what; not of titles and times, which change without a word being
        said. Only where the source tells no id do they count, so that two that begin with "hello" stay two.
        """
        named = [self.source_id] if self.source_id else [self.title, self.created.isoformat()]
        whole = json.dumps([self.source, *named, self.content_hash()])
        return hashlib.sha256(whole.encode("ascii")).hexdigest()[:32]

    def content_hash(self) -> str:
        """SHA-256 of what was said; ids do not count."""
        places = {one.id: place for place, one in enumerate(self.messages)}
        said = hashlib.sha256()
        for one in self.messages:
            parent = -1 if one.parent is None else places[one.parent]
            said.update(json.dumps([parent, one.role, one.text]).encode("ascii"))
        return said.hexdigest()


def active_branch(tree: ConversationTree) -> list[TreeMessage]:
    """First to last."""
    by_id = {one.id: one for one in tree.messages}
    branch: list[TreeMessage] = []
    at = tree.active_leaf
    while at is not None:
        branch.append(by_id[at])
        at = by_id[at].parent
    return branch[::-1]


def check(tree: ConversationTree) -> None:
    """Raise BrokenTree where the invariants do not hold."""
    known: set[str | None] = {None}
    for one in tree.messages:
        if one.id in known:
            raise BrokenTree("two of its messages have the same id")
        if one.parent not in known:
            raise BrokenTree("a message stands before the one that it answers")
        known.add(one.id)
    if tree.active_leaf not in known:
        raise BrokenTree("it shows a message that it does not have")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
