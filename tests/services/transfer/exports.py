"""Export files of other programs as they really look, of any size, with invented content."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

WORDS = "harbour lantern meadow quartz ripple saddle timber violet walnut yonder 鉛筆 über naïve 🙂 fjord".split()
START = 1_700_000_000.25


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(count))


class ChatGpt:
    """One conversation of ChatGPT's export; nodes are added one by one, each by default below the last."""

    def __init__(self, number: int = 0, title: str | None = "A walk by the harbour") -> None:
        self.chance = random.Random(number)
        self.id = str(uuid.UUID(int=self.chance.getrandbits(128)))
        self.title = title
        self.time = START + 1000 * number
        self.mapping: dict[str, Json] = {}
        self.last: str | None = None
        self.node(None)  # the root has no message
        self.message("system", [""], metadata={"is_visually_hidden_from_conversation": True}, created=None)

    def node(self, message: Json | None, parent: str | None = None, name: str = "") -> str:
        name = name or str(uuid.UUID(int=self.chance.getrandbits(128)))
        parent = parent or self.last
        if message is not None:
            message["id"] = name
        self.mapping[name] = {"id": name, "message": message, "parent": parent, "children": []}
        if parent is not None:
            self.mapping[parent]["children"].append(name)
        self.last = name
        return name

    def message(
        self,
        role: str,
        parts: list[object],
        *,
        parent: str | None = None,
        kind: str = "text",
        recipient: str = "all",
        metadata: Json | None = None,
        created: float | None = 0.0,
    ) -> str:
        return self.with_content(
            role,
            {"content_type": kind, "parts": parts},
            parent=parent,
            recipient=recipient,
            metadata=metadata,
            created=created,
        )

    def with_content(
        self,
        role: str,
        content: Json,
        *,
        parent: str | None = None,
        recipient: str = "all",
        metadata: Json | None = None,
        created: float | None = 0.0,
    ) -> str:
        self.time += 10.5
        known: Json = {"request_id": "9c1f4b", "timestamp_": "absolute", "message_type": None, **(metadata or {})}
        if role == "assistant":
            known = {
                "model_slug": "gpt-4o",
                "default_model_slug": "auto",
                "finish_details": {"type": "stop"},
            } | known
        return self.node(
            {
                "author": {"role": role, "name": None, "metadata": {}},
                "create_time": self.time if created == 0.0 else created,
                "update_time": None,
                "content": content,
                "status": "finished_successfully",
                "end_turn": role == "assistant",
                "weight": 1.0,
                "metadata": known,
                "recipient": recipient,
                "channel": None,
            },
            parent,
        )

    def turn(self, question: str, answer: str) -> tuple[str, str]:
        return self.message("user", [question]), self.message("assistant", [answer])

    def talk(self, turns: int, length: int = 40) -> ChatGpt:
        """As it goes today: each answer comes after thoughts and what they are summed up as."""
        for number in range(turns):
            self.message("user", [f"Question {number}: {words(self.chance, length // 4)}?"])
            self.with_content(
                "assistant", {"content_type": "thoughts", "thoughts": [{"summary": "Hm", "content": "?"}]}
            )
            self.with_content("assistant", {"content_type": "reasoning_recap", "content": "Thought for 3 seconds"})
            self.message("assistant", [f"Answer {number}: {words(self.chance, length)}."])
        return self

    def value(self) -> Json:
        return {
            "title": self.title,
            "create_time": START,
            "update_time": self.time,
            "mapping": self.mapping,
            "moderation_results": [],
            "current_node": self.last,
            "plugin_ids": None,
            "conversation_id": self.id,
            "conversation_template_id": None,
            "gizmo_id": None,
            "is_archived": False,
            "is_starred": None,
            "safe_urls": [],
            "default_model_slug": "auto",
            "id": self.id,
        }


def open_webui(number: int = 0, turns: int = 2, unit: int = 1) -> Json:
    """A chat of Open WebUI's export: the last question has two answers, the first of which is shown. `unit` is how
    many of the times' units make a second."""
    chance = random.Random(number)
    messages: dict[str, Json] = {}
    parent: str | None = None
    time = 1_700_000_000 + 1000 * number

    def add(role: str, content: str, above: str | None, **more: Any) -> str:
        name = str(uuid.UUID(int=chance.getrandbits(128)))
        message: Json = {"id": name, "parentId": above, "childrenIds": [], "role": role, "content": content}
        messages[name] = {**message, "timestamp": (time + len(messages)) * unit, **more}
        if above is not None:
            messages[above]["childrenIds"].append(name)
        return name

    shown = ""
    for turn in range(turns):
        question = add("user", f"Question {turn}: {words(chance, 8)}?", parent, models=["llama3.2:3b"])
        thought = (
            '<details type="reasoning" done="true" duration="2">\n<summary>Thought</summary>\n> Hm\n</details>\n'
        )
        model = {"model": "llama3.2:3b", "modelName": "Llama 3.2", "modelIdx": 0, "done": True}
        shown = parent = add("assistant", f"{thought}Answer {turn}: {words(chance, 30)}.", question, **model)
        if turn == turns - 1:
            add("assistant", "Another answer.", question, **model)
    identifier = str(uuid.UUID(int=chance.getrandbits(128)))
    return {
        "id": identifier,
        "user_id": "7d1c",
        "title": f"Chat {number}",
        "chat": {
            "id": "",
            "title": f"Chat {number}",
            "models": ["llama3.2:3b"],
            "params": {},
            "history": {"messages": messages, "currentId": shown},
            "messages": list(messages.values()),
            "tags": [],
            "timestamp": time * 1000,
            "files": [],
        },
        "updated_at": (time + 500) * unit,
        "created_at": time * unit,
        "share_id": None,
        "archived": False,
        "pinned": number % 2 == 1,
        "meta": {},
        "folder_id": None,
    }


def write(file: Path, conversations: Iterable[Json]) -> Path:
    """Piece by piece, so that a file may be larger than what is in memory."""
    with file.open("w", encoding="utf-8") as out:
        for piece in as_list(conversations):
            out.write(piece)
    return file


def as_list(conversations: Iterable[Json]) -> Iterator[str]:
    yield "["
    for place, one in enumerate(conversations):
        yield ", " if place else ""
        yield json.dumps(one)  # with \\u escapes, as ChatGPT writes it
    yield "]"
