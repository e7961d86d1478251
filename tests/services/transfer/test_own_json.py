"""Our own format: what is written is read back exactly, and what is not ours is refused in words."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.services.transfer import formats, own_json
from costeer.services.transfer.elements import Elements
from costeer.services.transfer.tree import BrokenTree, ConversationTree, TreeMessage, check
from costeer.storage.records import AnswerFigures

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))  # halves of characters and NUL included
MOMENTS = st.datetimes(timezones=st.just(UTC))
COUNTS = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
OF_TYPE: dict[type, st.SearchStrategy[Any]] = {
    int: COUNTS,
    float: st.floats(allow_nan=False),
    str: ANY_TEXT,
    tuple: st.lists(ANY_TEXT, max_size=3).map(tuple),
}
FIGURES = st.builds(
    AnswerFigures,
    **{one.name: OF_TYPE[type(getattr(AnswerFigures(), one.name))] for one in dataclasses.fields(AnswerFigures)},
)
MESSAGES = st.builds(
    TreeMessage,
    id=st.none(),
    parent=st.none(),
    role=st.sampled_from(["user", "assistant"]),
    text=ANY_TEXT,
    created=MOMENTS,
    model=ANY_TEXT,
    state=st.sampled_from(["writing", "complete", "stopped", "failed", "interrupted"]),
    detail=ANY_TEXT,
    tokens=st.lists(st.integers(0, 2**31 - 1), max_size=4).map(tuple),
    figures=st.none() | FIGURES,
)


@st.composite
def trees(draw: st.DrawFn) -> ConversationTree:
    """Any shape: each message below any that stands before it, or at the root."""
    ids = draw(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=8))
    messages = []
    for place, name in enumerate(ids):
        parent = draw(st.sampled_from([None, *ids[:place]]))
        messages.append(dataclasses.replace(draw(MESSAGES), id=name, parent=parent))
    return ConversationTree(
        source="costeer",
        source_id=draw(st.text(max_size=40)),
        title=draw(ANY_TEXT),
        created=draw(MOMENTS),
        changed=draw(MOMENTS),
        messages=tuple(messages),
        active_leaf=draw(st.sampled_from([None, *ids])),
        pinned=draw(st.booleans()),
        folder=draw(ANY_TEXT),
    )


def read(data: bytes) -> list[ConversationTree]:
    found = [
        one for element in Elements(io.BytesIO(data).read) for one in formats.conversations_in(element.parse())
    ]
    assert all(formats.is_known(one) for one in found)
    return [formats.tree_of(one) for one in found]


@given(st.lists(trees(), max_size=4))
def test_any_tree_is_read_back_exactly(some: list[ConversationTree]) -> None:
    data = b"".join(own_json.written(some))
    assert read(data) == some
    assert read(json.dumps(json.loads(data), indent=1, sort_keys=True).encode()) == some
    assert json.loads(data)["format"] == own_json.FILE_FORMAT


def test_a_figure_that_is_no_number_comes_back() -> None:
    (one,) = read(b"".join(own_json.written([_tree(AnswerFigures(leak_bits=float("nan")))])))
    figures = one.messages[0].figures
    assert figures is not None
    assert figures.leak_bits != figures.leak_bits


def _tree(figures: AnswerFigures | None = None) -> ConversationTree:
    now = datetime.now(UTC)
    message = TreeMessage("1", None, "assistant", "Hello \ud800", now, "m", "stopped", "why", (1, 2), figures)
    return ConversationTree("costeer", "c", "t", now, now, (message,), "1")


def _written() -> dict[str, Any]:
    value = json.loads(b"".join(own_json.written([_tree(AnswerFigures())])))["conversations"][0]
    assert isinstance(value, dict)
    return value


def test_what_a_later_version_adds_is_ignored_and_what_an_earlier_one_lacks_has_its_default() -> None:
    value = _written()
    value["later"] = value["messages"][0]["later"] = value["messages"][0]["figures"]["later"] = 1
    del value["messages"][0]["figures"]["tokens"], value["messages"][0]["model"], value["folder"]
    tree = formats.tree_of(value)
    (message,) = tree.messages
    assert (message.model, message.text, message.figures) == ("", "Hello \ud800", AnswerFigures())
    assert (tree.title, tree.folder) == ("t", "")


def test_a_newer_version_says_so() -> None:
    value = {**_written(), "format": "costeer-conversation-2"}
    assert formats.is_known(value)
    with pytest.raises(BrokenTree, match="newer version"):
        formats.tree_of(value)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("id", 3),
        ("title", None),
        ("title", {"base64": "?"}),
        ("title", {"base64": "/w=="}),
        ("created", "2024-01-01T00:00:00"),
        ("created", "yesterday"),
        ("created", 3),
        ("created", "0001-01-01T00:00:00+23:00"),
        ("active_leaf", "2"),
        ("messages", {}),
        ("messages", [3]),
        ("role", "system"),
        ("role", []),
        ("state", "odd"),
        ("parent", "1"),
        ("tokens", [True]),
        ("tokens", [2**31]),
        ("tokens", "x"),
        ("figures", {"tokens": 1.5}),
        ("figures", {"leak_bits": {"number": "1e9"}}),
        ("figures", {"leak_bits": 10**400}),
        ("figures", {"signals": "x"}),
        ("figures", {"tokens": 2**64}),
        ("text", "x" * 10_000_001),
        ("id", "x" * 201),
    ],
)
def test_a_value_that_is_not_what_it_should_be_is_told(where: str, what: object) -> None:
    value = _written()
    place = value if where in value and where != "parent" else value["messages"][0]
    place[where] = what
    with pytest.raises(BrokenTree) as told:
        formats.tree_of(value)
    assert len(str(told.value)) < 200


def test_what_is_missing_is_named() -> None:
    value = _written()
    del value["messages"][0]["text"]
    with pytest.raises(BrokenTree, match="it has no text"):
        formats.tree_of(value)


@pytest.mark.parametrize("seed", range(40))
def test_no_value_that_is_odd_brings_down_the_reader(seed: int) -> None:
    chance = random.Random(seed)
    value: Any = _written()
    inner = chance.choice([value, value["messages"][0], value["messages"][0]["figures"]])
    odd: list[Any] = [None, True, -1, 2**70, float("nan"), "", "x", [], [[]], {}, {"base64": 3}, {"base64": "x"}]
    for _ in range(3):
        inner[chance.choice(list(inner))] = chance.choice(odd)
    if formats.is_known(value):
        with contextlib.suppress(BrokenTree):
            check(formats.tree_of(value))
