"""From the nodes of a foreign program's tree to messages that are questions and answers.

Nodes that are no message (system, tools, thoughts, the empty root) are left out, and their children join the next
kept ancestor. What one answer wrote in several nodes, with a tool in between, becomes one message again. No
function recurses: a chain may be as long as the file allows.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from costeer.services.transfer.tree import BrokenTree, TreeMessage
from costeer.services.transfer.untrusted import LONGEST_TEXT
from costeer.storage.records import Role


@dataclass(frozen=True, slots=True)
class Node:
    """`role` is None for what is left out. A parent that is not among the nodes is none."""

    id: str
    parent: str | None
    role: Role | None = None
    text: str = ""
    created: datetime | None = None
    model: str = ""


@dataclass(slots=True)
class _Kept:
    """A message that may still take in those that continue it."""

    node: Node
    role: Role
    parent: str | None
    created: datetime
    texts: list[str]
    model: str


def grow(
    nodes: Sequence[Node], current: str | None, created: datetime
) -> tuple[tuple[TreeMessage, ...], str | None]:
    """The messages, and which of them is the active leaf: the one at or above `current`, else the newest.

    `created` is the conversation's time, for messages that tell none. Raises BrokenTree for a circle.
    """
    kept, nearest = _keep(nodes, created)
    joined = _join(kept)
    messages = tuple(_message(one) for name, one in kept.items() if name not in joined)
    shown = nearest.get(current) if current is not None else None
    if shown is None and messages:
        shown = messages[-1].id
    return messages, joined.get(shown, shown) if shown is not None else None


def _keep(nodes: Sequence[Node], created: datetime) -> tuple[dict[str, _Kept], dict[str, str | None]]:
    """What is a message, parents first and by age; and for every node the message at or above it."""
    kept: dict[str, _Kept] = {}
    nearest: dict[str, str | None] = {}
    for node, time in _by_age(nodes, created):
        above = nearest.get(node.parent) if node.parent is not None else None
        if node.role is None or not node.text.strip():
            nearest[node.id] = above
        else:
            kept[node.id] = _Kept(node, node.role, above, time, [node.text], node.model)
            nearest[node.id] = node.id
    if len(nearest) < len(nodes):
        raise BrokenTree("its messages answer each other in a circle")
    return kept, nearest


def _by_age(nodes: Sequence[Node], created: datetime) -> Iterator[tuple[Node, datetime]]:
    """Each node behind its parent, else the older first, with its time; nodes of a circle never come."""
    ids = {node.id for node in nodes}
    children: defaultdict[str | None, list[int]] = defaultdict(list)
    for place, node in enumerate(nodes):
        children[node.parent if node.parent in ids else None].append(place)
    waiting = [(nodes[place].created or created, place) for place in children[None]]
    heapq.heapify(waiting)
    while waiting:
        time, place = heapq.heappop(waiting)
        yield nodes[place], time
        for below in children[nodes[place].id]:
            heapq.heappush(waiting, (nodes[below].created or time, below))


def _join(kept: dict[str, _Kept]) -> dict[str, str]:
    """Let each answer take in the one answer that alone continues it. Returns which id went into which."""
    below = Counter(one.parent for one in kept.values())
    joined: dict[str, str] = {}
    for name, one in kept.items():  # parents first, so that a chain collects in its first
        if one.parent is None:
            continue
        alone = below[one.parent] == 1
        one.parent = joined.get(one.parent, one.parent)
        above = kept[one.parent]
        if alone and one.role == above.role == "assistant":
            above.texts += one.texts
            above.model = one.model or above.model
            joined[name] = one.parent
    return joined


def _message(one: _Kept) -> TreeMessage:
    text = "\n\n".join(one.texts)
    if len(text) > LONGEST_TEXT:
        raise BrokenTree("a message has more than {most} characters", most=LONGEST_TEXT)
    return TreeMessage(one.node.id, one.parent, one.role, text, one.created, one.model)
