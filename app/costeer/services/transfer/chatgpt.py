"""ChatGPT's data export: a list of conversations, each a `mapping` of nodes.

The format is not documented; this follows exports from 2023 to 2026. Nodes hold what the site shows and much that
it does not: the root, system messages, custom instructions, tool calls and their results, thoughts. Of those only
documents that were written in the canvas are kept, because they are what was asked for.
"""

from __future__ import annotations

import json
import re
from datetime import datetime

from costeer.services.transfer import untrusted as check
from costeer.services.transfer.growing import Node, grow
from costeer.services.transfer.markdown import fenced
from costeer.services.transfer.tree import ConversationTree
from costeer.storage.records import Role

_PLACEHOLDERS = {
    "image_asset_pointer": "[image]",
    "audio_asset_pointer": "[audio]",
    "real_time_user_audio_video_asset_pointer": "[audio]",
    "video_container_asset_pointer": "[video]",
}
_OTHER = "[attachment]"
_MOST_FILES = 100

_CITATION = re.compile("\ue200[^\ue200\ue201]{0,2000}\ue201")
"""Marks that the site replaces by a link to a source; the sources are not in the text."""

_NEW_CANVAS = "canmore.create_textdoc"


def recognise(record: dict[str, object]) -> bool:
    return isinstance(record.get("mapping"), dict)


def read(record: dict[str, object]) -> ConversationTree:
    """Raises BrokenTree."""
    found = [_node(name, one) for name, one in check.nodes(record["mapping"]).items()]
    times = [one.created for one in found if one.created is not None]
    created = check.moment(record.get("create_time")) or min(times, default=None) or check.now()
    changed = check.moment(record.get("update_time")) or max(times, default=created)
    current = record.get("current_node")
    messages, leaf = grow(found, current if isinstance(current, str) else None, created)
    first = next((one.text for one in messages if one.role == "user"), "")
    return ConversationTree(
        source="chatgpt",
        source_id=check.name(record.get("conversation_id")) or check.name(record.get("id")),
        title=check.title(record.get("title"), first),
        created=created,
        changed=changed,
        messages=messages,
        active_leaf=leaf,
        pinned=record.get("is_starred") is True or check.moment(record.get("pinned_time")) is not None,
    )


def _node(name: str, node: dict[str, object]) -> Node:
    message = check.record(node.get("message"))
    metadata = check.record(message.get("metadata"))
    created: datetime | None = check.moment(message.get("create_time"))
    role = _role(message, metadata)
    parent = check.optional_id(node.get("parent"))
    if role is None:
        return Node(name, parent, created=created)
    text = _CITATION.sub("", _text(message))
    files = _files(metadata) if role == "user" else []
    model = check.name(metadata.get("model_slug")) if role == "assistant" else ""
    return Node(name, parent, role, "\n\n".join([*files, *([text] if text.strip() else [])]), created, model)


def _role(message: dict[str, object], metadata: dict[str, object]) -> Role | None:
    """None for what the site does not show as something said."""
    hidden = ("is_visually_hidden_from_conversation", "is_user_system_message")
    if any(metadata.get(one) is True for one in hidden):
        return None
    recipient = message.get("recipient")
    if recipient not in (None, "all", _NEW_CANVAS):
        return None
    role = check.record(message.get("author")).get("role")
    if role == "user":
        return "user"
    return "assistant" if role == "assistant" else None


def _text(message: dict[str, object]) -> str:
    content = check.record(message.get("content"))
    kind = content.get("content_type")
    if message.get("recipient") == _NEW_CANVAS:
        return _canvas(check.text(content.get("text")) or _parts(content))
    if kind in ("text", "multimodal_text"):
        return _parts(content)
    if kind == "code":
        code = check.text(content.get("text"))
        return fenced(code, check.name(content.get("language"), 20)) if code.strip() else ""
    return ""  # thoughts, reasoning_recap, user_editable_context, execution_output and the like


def _parts(content: dict[str, object]) -> str:
    parts = check.values(content.get("parts"))
    texts = [_part(one) for one in parts]
    transcribed = any(check.record(one).get("content_type") == "audio_transcription" for one in parts)
    return "\n\n".join(one for one in texts if one.strip() and not (transcribed and one == "[audio]"))


def _part(part: object) -> str:
    if isinstance(part, str):
        return check.text(part)
    record = check.record(part)
    if isinstance(record.get("text"), str):
        return check.text(record["text"])
    kind = record.get("content_type")
    return _PLACEHOLDERS.get(kind, _OTHER) if isinstance(kind, str) else ""


def _files(metadata: dict[str, object]) -> list[str]:
    """A line for each file that was attached; pictures stand among the parts already."""
    lines = []
    for one in check.values(metadata.get("attachments"))[:_MOST_FILES]:
        attached = check.record(one)
        mime_type = attached.get("mime_type")
        name = check.name(attached.get("name"))
        if name and not (isinstance(mime_type, str) and mime_type.startswith("image/")):
            lines.append(f"[file: {name}]")
    return lines


def _canvas(call: str) -> str:
    """The document that a call of the canvas creates."""
    try:
        document = check.record(json.loads(call))
    except (ValueError, RecursionError):
        return ""
    name, kind, text = check.name(document.get("name")), document.get("type"), check.text(document.get("content"))
    if isinstance(kind, str) and kind.startswith("code"):
        text = fenced(text, check.name(kind.partition("/")[2], 20))
    return f"**{name}**\n\n{text}" if name else text
