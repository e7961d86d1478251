"""Steps from one list of rows to another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costeer.gui.view_models.row_changes import Change, changes

KEYS = st.lists(st.sampled_from("abcdefghijklm"), unique=True)


@given(KEYS, KEYS)
def test_the_steps_lead_from_the_one_to_the_other(old: list[str], new: list[str]) -> None:
    rows = list(old)
    steps = changes(old, new, 100)
    assert steps is not None
    for step in steps:
        if step.kind == "insert":
            rows.insert(step.at, step.key)
            continue
        assert rows.pop(step.at) == step.key
        if step.kind == "move":
            rows.insert(step.to, step.key)
    assert rows == new


def test_only_what_moves_is_moved() -> None:
    listed = [str(one) for one in range(5000)]
    up = changes(listed, ["40", *(one for one in listed if one != "40")], 60)
    down = changes(listed, [*listed[1:41], "0", *listed[41:]], 60)
    assert up == [Change("move", "40", 40, 0)]
    assert down == [Change("move", "0", 0, 40)]
    assert changes(listed, listed, 60) == []
    assert changes(listed, [], 60) is None
