"""Open WebUI's export: a list of chats, each with the tree of its messages under `chat.history`.

Times are in seconds, milliseconds or nanoseconds, depending on version and field. What a model thought and what
its tools did stands in the answer as `<details>`; it is left out, as the site folds it away.
"""

from __future__ import annotations

from costeer.services.transfer import untrusted as check
from costeer.services.transfer.growing import Node, grow
from costeer.services.transfer.tree import BrokenTree, ConversationTree
from costeer.storage.records import Role

_FOLDED = tuple(f'<details type="{kind}"' for kind in ("reasoning", "tool_calls", "code_interpreter"))
_UNFOLDED = "</details>"
_MOST_FILES = 100


def recognise(record: dict[str, object]) -> bool:
    chat = check.record(record.get("chat"))
    return isinstance(chat.get("history"), dict) or isinstance(chat.get("messages"), list)


def read(record: dict[str, object]) -> ConversationTree:
    """Raises BrokenTree."""
    chat = check.record(record["chat"])
    history = check.record(chat.get("history"))
    if check.record(history.get("messages")):
        found = [_node(name, one) for name, one in check.nodes(history["messages"]).items()]
        current = history.get("currentId")
    else:  # versions before there were branches
        found, current = _chain(check.values(chat.get("messages"))), None
    times = [one.created for one in found if one.created is not None]
    told = check.moment(record.get("created_at")) or check.moment(chat.get("timestamp"))
    created = told or min(times, default=None) or check.now()
    messages, leaf = grow(found, current if isinstance(current, str) else None, created)
    first = next((one.text for one in messages if one.role == "user"), "")
    return ConversationTree(
        source="open-webui",
        source_id=check.name(record.get("id")) or check.name(chat.get("id")),
        title=check.title(record.get("title") or chat.get("title"), first),
        created=created,
        changed=check.moment(record.get("updated_at")) or max(times, default=created),
        messages=messages,
        active_leaf=leaf,
        pinned=record.get("pinned") is True,
    )


def _chain(messages: list[object]) -> list[Node]:
    """A list of messages that tells no parents: each answers the one before it."""
    if len(messages) > check.MOST_MESSAGES:
        raise BrokenTree("it has more than {most} messages", most=check.MOST_MESSAGES)
    found: list[Node] = []
    for place, one in enumerate(messages):
        message = {**check.record(one), "parentId": str(place - 1) if place else None}
        found.append(_node(str(place), message))
    return found


def _node(name: str, message: dict[str, object]) -> Node:
    parent = check.optional_id(message.get("parentId"))
    created = check.moment(message.get("timestamp"))
    role = _role(message.get("role"))
    if role is None:
        return Node(name, parent, created=created)
    text = _content(message.get("content"))
    if role == "assistant":
        model = check.name(message.get("modelName")) or check.name(message.get("model"))
        return Node(name, parent, role, _without_folded(text), created, model)
    lines = _files(message.get("files"))
    return Node(name, parent, role, "\n\n".join([*lines, *([text] if text.strip() else [])]), created)


def _role(untrusted: object) -> Role | None:
    if untrusted == "user":
        return "user"
    return "assistant" if untrusted == "assistant" else None


def _content(untrusted: object) -> str:
    if not isinstance(untrusted, list):
        return check.text(untrusted)
    parts = []
    for one in untrusted:
        part = check.record(one)
        parts.append("[image]" if part.get("type") == "image_url" else check.text(part.get("text")))
    return "\n\n".join(one for one in parts if one.strip())


def _files(untrusted: object) -> list[str]:
    lines = []
    for one in check.values(untrusted)[:_MOST_FILES]:
        file = check.record(one)
        name = check.name(file.get("name"))
        if file.get("type") == "image":
            lines.append("[image]")
        elif name:
            lines.append(f"[file: {name}]")
    return lines


def _without_folded(text: str) -> str:
    """By searching, not by a pattern: time grows with the length and no faster, whatever the text."""
    kept: list[str] = []
    at = 0
    while (begin := text.find("<details", at)) >= 0:
        end = text.find(_UNFOLDED, begin)
        if end < 0:
            break
        behind = end + len(_UNFOLDED)
        folded = text.startswith(_FOLDED, begin)
        kept.append(text[at : begin if folded else behind])
        at = behind
    kept.append(text[at:])
    return "".join(kept).strip("\n") if at else text
