"""A labelled fact is a fact: what is written is read back, and nothing else is taken for a label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.personalization.labels import LABELS, Label, split_label, with_label


@given(label=st.sampled_from(LABELS), value=st.text(min_size=1).filter(lambda one: bool(one.strip())))
def test_what_is_written_is_read_back(label: Label, value: str) -> None:
    assert split_label(with_label(label, value)) == (label, value.strip())


@pytest.mark.parametrize(
    "text", ["I live in Oslo.", "Note: call Ann", "Name:", "Name:  ", ": x", "My name: Anna", ""]
)
def test_a_fact_without_a_label_stays_as_it_is(text: str) -> None:
    assert split_label(text) == (None, text)
    assert with_label(None, text) == text


def test_labels_are_known_in_any_case() -> None:
    assert split_label("NAME : Anna: the second") == ("name", "Anna: the second")
