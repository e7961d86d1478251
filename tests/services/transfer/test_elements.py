"""A file is cut where its conversations end, whatever is in them and however it is read."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.services.transfer import elements
from costeer.services.transfer.elements import Element, Elements
from costeer.services.transfer.tree import BrokenTree

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)


def in_pieces(data: bytes, chance: random.Random) -> Callable[[int], bytes]:
    """A file that gives a few bytes at a time."""
    stream = io.BytesIO(data)
    return lambda size: stream.read(min(size, chance.randint(1, 7)))


def cut(data: bytes) -> tuple[list[Element], bool]:
    found = Elements(io.BytesIO(data).read)
    return list(found), found.whole


@pytest.mark.thorough
@given(st.lists(OBJECTS, max_size=5), st.booleans(), st.sampled_from([None, 1]), st.randoms())
def test_every_object_of_a_list_comes_out(
    values: list[object], ascii_only: bool, indent: int | None, chance: random.Random
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent)
    for form in (text, f'{{"format": "x", "version": 1, "conversations": {text}, "more": []}}', f"\ufeff {text} "):
        found = Elements(in_pieces(form.encode("utf-8", "surrogatepass"), chance))
        assert [one.parse() for one in found] == values
        assert found.whole


def test_a_single_object_and_objects_behind_each_other() -> None:
    assert [one.parse() for one in cut(b'{"a": [1, "}"]}')[0]] == [{"a": [1, "}"]}]
    assert [one.parse() for one in cut(b'{"a": 1}\n{"b": 2}\n')[0]] == [{"a": 1}, {"b": 2}]


def test_an_object_that_is_no_json_costs_itself_alone() -> None:
    data = b'[{"a": 1}, {"b": 01}, {"c": "\xff"}, {"d": nope, "e": "]"}, {"f": ' + b"9" * 5000 + b'}, {"g": 2}]'
    found, whole = cut(data)
    assert whole
    parsed = []
    for one in found:
        try:
            parsed.append(one.parse())
        except BrokenTree as error:
            parsed.append(str(error))
    assert parsed == [{"a": 1}, *["it is not valid JSON"] * 4, {"g": 2}]


@pytest.mark.parametrize(
    "data", [b"", b"[", b'[{"a": 1}', b'[{"a": 1}, {"b', b'[{"a": "x\\', b'[{"a": 1}, "x', b'{"a": 1']
)
def test_a_file_that_ends_too_early_is_told(data: bytes) -> None:
    found, whole = cut(data)
    assert not whole or data == b""
    assert len(found) == data.startswith(b'[{"a": 1}')


def test_what_is_too_much_is_skipped_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "LARGEST", 300_000)
    monkeypatch.setattr(elements, "MOST_VALUES", 1000)
    deep = b'{"a":' * 101 + b"1" + b"}" * 101
    large = b'{"a": "' + b"x, " * 100_000 + b'"}'
    many = b'{"a": [' + b"{}," * 600 + b"{}]}"
    text = b'{"a": "' + b"x, [{" * 2000 + b'"}'
    found, whole = cut(b"[" + b", ".join([deep, large, many, text, b'{"b": 1}']) + b"]")
    assert whole
    assert [str(one.problem) for one in found[:2]] == [
        "it is nested more than 100 deep",
        "it has more than 0 MB",
    ]
    assert found[1].data == b""
    with pytest.raises(BrokenTree, match="1000 values"):
        found[2].parse()
    assert [list(one.parse()) for one in found[3:]] == [["a"], ["b"]]  # type: ignore[call-overload]


def test_what_is_not_json_gives_nothing_and_ends() -> None:
    chance = random.Random(5)
    noise = chance.randbytes(400_000)
    for one in cut(noise)[0]:
        with pytest.raises(BrokenTree):
            one.parse()
    assert cut(b"Dear diary")[0] == []


def test_halves_of_characters_and_long_strings_cross_chunks() -> None:
    text = '\\ud83d \\\\ \\" 🙂 ' * 60_000
    data = f'[{{"a": "{text}"}}, {{"b": "{text}"}}]'.encode()
    found, whole = cut(data)
    assert whole
    assert [one.parse() for one in found] == json.loads(data)
