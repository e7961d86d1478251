"""What becomes of the nodes of other programs' conversations."""

from __future__ import annotations

import contextlib
import random
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.services.transfer.exports import START, ChatGpt, Json, open_webui

from costeer.services.transfer import chatgpt, formats
from costeer.services.transfer import open_webui as open_webui_reader
from costeer.services.transfer.growing import Node, grow
from costeer.services.transfer.tree import BrokenTree, ConversationTree, TreeMessage, active_branch, check
from costeer.services.transfer.untrusted import moment, title


def read(record: Json) -> ConversationTree:
    assert formats.is_known(record)
    tree = formats.tree_of(record)
    check(tree)
    return tree


def said(messages: tuple[TreeMessage, ...] | list[TreeMessage]) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in messages]


def test_chatgpt_conversation() -> None:
    made = ChatGpt()
    made.turn("Where is the harbour?", "In the south.")
    made.turn("And the fjord?", "In the north.")
    tree = read(made.value())
    assert (tree.source, tree.source_id, tree.title) == ("chatgpt", made.id, "A walk by the harbour")
    assert tree.created == datetime.fromtimestamp(START, UTC)
    assert tree.changed == datetime.fromtimestamp(made.time, UTC)
    assert said(active_branch(tree)) == [
        ("user", "Where is the harbour?"),
        ("assistant", "In the south."),
        ("user", "And the fjord?"),
        ("assistant", "In the north."),
    ]
    assert [one.model for one in tree.messages] == ["", "gpt-4o"] * 2
    assert tree.messages[-1].created == datetime.fromtimestamp(made.time, UTC)
    assert not tree.pinned
    assert read({**made.value(), "is_starred": True}).pinned


def test_chatgpt_branches_and_the_one_that_is_shown() -> None:
    made = ChatGpt()
    question, first = made.turn("Where?", "South.")
    made.message("assistant", ["North."], parent=question)
    edited = made.message("user", ["Where exactly?"], parent=made.mapping[question]["parent"])
    made.message("assistant", ["Hm."], parent=edited)
    made.last = first
    tree = read(made.value())
    assert [(one.text, one.parent) for one in tree.messages] == [
        ("Where?", None),
        ("South.", question),
        ("North.", question),
        ("Where exactly?", None),
        ("Hm.", edited),
    ]
    assert said(active_branch(tree)) == [("user", "Where?"), ("assistant", "South.")]


def test_chatgpt_hidden_nodes_are_left_out_and_an_answer_is_one_message() -> None:
    made = ChatGpt()
    made.with_content(
        "user",
        {"content_type": "user_editable_context", "user_profile": "secret", "user_instructions": "secret"},
        metadata={"is_visually_hidden_from_conversation": True, "is_user_system_message": True},
    )
    made.message("user", ["Count them."])
    made.with_content("assistant", {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "t"}]})
    made.message("assistant", ["I will look."])
    made.with_content(
        "assistant", {"content_type": "code", "language": "unknown", "text": "len(x)"}, recipient="python"
    )
    made.with_content("tool", {"content_type": "execution_output", "text": "7"})
    made.with_content("assistant", {"content_type": "reasoning_recap", "content": "Thought for 2 seconds"})
    made.message("assistant", ["There are \ue200cite\ue202turn0search0\ue201seven."])
    made.with_content("assistant", {"content_type": "code", "language": "python", "text": "print('```')\n"})
    made.message("tool", ["hidden"])
    tree = read(made.value())
    assert said(tree.messages) == [
        ("user", "Count them."),
        ("assistant", "I will look.\n\nThere are seven.\n\n````python\nprint('```')\n````"),
    ]
    assert tree.active_leaf == tree.messages[-1].id


def test_chatgpt_parts_that_are_no_text() -> None:
    made = ChatGpt()
    made.message(
        "user",
        [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1", "width": 3}, "What is it?"],
        kind="multimodal_text",
        metadata={
            "attachments": [
                {"id": "1", "name": "photo.png", "mime_type": "image/png"},
                {"id": "2", "name": "report\n.pdf", "mime_type": "application/pdf"},
            ]
        },
    )
    made.message(
        "assistant",
        [
            {"content_type": "audio_transcription", "text": "A boat.", "direction": "out"},
            {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://file_2"},
        ],
        kind="multimodal_text",
    )
    made.message("user", [{"content_type": "audio_asset_pointer"}, {"content_type": "new"}, 3, None, "  "])
    made.with_content(
        "assistant",
        {"content_type": "code", "text": '{"name": "poem", "type": "document", "content": "Roses"}'},
        recipient="canmore.create_textdoc",
    )
    assert said(read(made.value()).messages) == [
        ("user", "[file: report .pdf]\n\n[image]\n\nWhat is it?"),
        ("assistant", "A boat."),
        ("user", "[audio]\n\n[attachment]"),
        ("assistant", "**poem**\n\nRoses"),
    ]


def test_chatgpt_that_tells_little() -> None:
    made = ChatGpt(title=None)
    made.message("user", ["  Tell me about \x07fjords,  please. " + "x" * 100], created=None)
    made.message("assistant", ["They are \ud83d deep \ude00."], created=None)
    record = {"mapping": made.mapping, "create_time": None, "current_node": "nowhere", "id": made.id}
    before = datetime.now(UTC)
    tree = read(record)
    assert before <= tree.created <= datetime.now(UTC)
    assert tree.title.startswith("Tell me about fjords, please. xxx")
    assert len(tree.title) == 60
    assert tree.messages[-1].text == "They are \ufffd deep \ufffd."
    assert tree.active_leaf == tree.messages[-1].id
    assert tree.source_id == made.id
    assert tree.fingerprint() == read(record).fingerprint()


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_open_webui_chat(unit: int) -> None:
    record = open_webui(3, turns=2, unit=unit)
    tree = read(record)
    assert (tree.source, tree.source_id, tree.title, tree.pinned) == ("open-webui", record["id"], "Chat 3", True)
    assert tree.created == datetime.fromtimestamp(1_700_003_000, UTC)
    assert tree.changed == datetime.fromtimestamp(1_700_003_500, UTC)
    shown = active_branch(tree)
    assert [one.role for one in shown] == ["user", "assistant"] * 2
    assert shown[1].text.startswith("Answer 0: ")
    assert "details" not in shown[1].text
    assert shown[1].model == "Llama 3.2"
    assert shown[1].created == datetime.fromtimestamp(1_700_003_001, UTC)
    assert len(tree.messages) == 5
    assert tree.messages[-1].parent == shown[-1].parent


def test_open_webui_before_there_were_branches() -> None:
    chat = {
        "title": "Old",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {}}]},
            {"role": "assistant", "content": "Hello", "model": "m"},
            {"role": "user", "content": "", "files": [{"type": "file", "name": "a.txt"}, {"type": "image"}]},
        ],
    }
    tree = read({"id": "x", "chat": chat, "created_at": 1_700_000_000})
    assert said(active_branch(tree)) == [
        ("user", "Hi\n\n[image]"),
        ("assistant", "Hello"),
        ("user", "[file: a.txt]\n\n[image]"),
    ]
    assert tree.title == "Old"


def test_open_webui_folded_parts_in_any_text() -> None:
    without = open_webui_reader._without_folded
    folded = '<details type="reasoning" done="true">\n> x\n</details>'
    kept = "<details><summary>Kept</summary>y</details>"
    assert without(f"{folded}\n{kept}\n{folded}Answer") == f"{kept}\nAnswer"
    assert without("a\n") == "a\n"
    assert without(f"{folded}") == ""
    open_only = '<details type="reasoning">' * 3
    assert without(open_only) == open_only
    begun = time.monotonic()
    without(open_only * 100_000)
    without(folded * 50_000)
    assert time.monotonic() - begun < 30.0


def test_a_circle_is_told() -> None:
    made = ChatGpt()
    question, answer = made.turn("a", "b")
    made.mapping[question]["parent"] = answer
    with pytest.raises(BrokenTree, match="circle"):
        read(made.value())
    made.mapping[question]["parent"] = question
    with pytest.raises(BrokenTree, match="circle"):
        read(made.value())


def test_a_parent_that_is_not_there_is_none() -> None:
    made = ChatGpt()
    question, _ = made.turn("a", "b")
    made.mapping[question]["parent"] = "gone"
    assert said(read(made.value()).messages) == [("user", "a"), ("assistant", "b")]


@pytest.mark.parametrize("nodes", [10_000, 50_000])
def test_a_long_conversation_is_read_without_recursion(nodes: int) -> None:
    chain = [Node(f"{n}", f"{n - 1}" if n else None, "user" if n % 2 else "assistant", "x") for n in range(nodes)]
    random.Random(1).shuffle(chain)
    messages, leaf = grow(chain, None, datetime.now(UTC))
    assert len(messages) == nodes
    assert leaf == f"{nodes - 1}"
    answers = [Node(f"{n}", f"{n - 1}" if n else None, "assistant", "x") for n in range(nodes)]
    messages, leaf = grow(answers, f"{nodes - 1}", datetime.now(UTC))
    assert [one.text for one in messages] == ["\n\n".join("x" * nodes)]
    assert leaf == "0"


ODD: list[Any] = [
    None,
    True,
    -1,
    2**70,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    [],
    [[]],
    {},
    {"a": {}},
]


@pytest.mark.parametrize("seed", range(60))
def test_no_value_that_is_odd_brings_down_a_reader(seed: int) -> None:
    """A conversation in which some values were replaced is a tree or is told to be none."""
    chance = random.Random(seed)
    made: Json = ChatGpt(seed).talk(3).value() if seed % 2 else open_webui(seed, turns=3)
    for _ in range(chance.randint(1, 6)):
        _replace_one(made, chance)
    if not formats.is_known(made):
        return
    with contextlib.suppress(BrokenTree):
        tree = formats.tree_of(made)
        check(tree)
        assert all(one.text.encode() for one in tree.messages)
        assert len(tree.fingerprint()) == 32


def _replace_one(value: Any, chance: random.Random) -> None:
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = value[key]
        if not isinstance(inner, dict | list) or chance.random() < 0.15:
            value[key] = chance.choice(ODD)
            return
        value = inner


def test_moments() -> None:
    assert moment(1_700_000_000.25) == datetime(2023, 11, 14, 22, 13, 20, 250_000, UTC)
    assert {moment(one) for one in ODD} == {None}
    assert moment(0) is None


def test_titles() -> None:
    assert title("  A\tb\u2028c \x00", "q") == "A b c"
    assert title(None, "What\nis it?") == "What is it?"
    assert title(3, "") == "Imported conversation"
    assert len(title("x" * 10**6, "")) == 300


def test_a_text_that_is_too_long_is_told() -> None:
    made = ChatGpt()
    made.turn("a", "b" * 10_000_001)
    with pytest.raises(BrokenTree, match="10000000 characters"):
        chatgpt.read(made.value())
