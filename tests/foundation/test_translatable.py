"""Texts for people: what they say in English, and that template and values survive wherever they travel."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest

from costeer.foundation.errors import BadInput, EndpointRefused, KnownError
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import NOTHING, Translatable

PART = Translatable("is {state}", state="asleep")
ALL = Translatable(
    "{name!r} {part}; {count} of {files}, {share:.1f} %, in {folder}",
    name="a {b}",
    part=PART,
    count=12_000,
    files=["x", Translatable("y")],
    share=1 / 3,
    folder=Path("here"),
)


def test_in_english() -> None:
    assert str(ALL) == "'a {b}' is asleep; 12000 of x, y, 0.3 %, in here"
    assert str(Translatable("A brace {{ and a half }} stay.")) == "A brace { and a half } stay."


def test_a_place_without_a_value_is_told_at_once() -> None:
    with pytest.raises(KeyError):
        Translatable("There is no {bread}.")


@pytest.mark.parametrize("one", [ALL, PART, NOTHING])
def test_it_travels_whole(one: Translatable) -> None:
    for there in (
        pickle.loads(pickle.dumps(one)),
        copy.deepcopy(one),
        Translatable.from_json(json.loads(json.dumps(one.as_json()))),
    ):
        assert (there, hash(there), str(there)) == (one, hash(one), str(one))
        assert there.template == one.template


@pytest.mark.parametrize(
    "value", [7, None, [], {}, {"template": "x"}, {"template": 1, "values": {}}, {"template": "{x}", "values": {}}]
)
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="text for people"):
        Translatable.from_json(value)


def test_what_others_wrote_is_taken_word_for_word() -> None:
    assert str(Translatable.verbatim("{a} }{ {{")) == "{a} }{ {{"
    assert Translatable.from_json("{a}") == Translatable.verbatim("{a}")
    assert Translatable.verbatim("timed out") == Translatable("timed out")


def test_texts_among_the_values_can_be_changed() -> None:
    shout = ALL.replacing(str.upper)
    assert str(shout) == "'A {B}' is ASLEEP; 12000 of X, y, 0.3 %, in HERE"
    assert shout.template == ALL.template


def test_nothing_is_false() -> None:
    assert not NOTHING
    assert ALL
    assert ALL != "text"


def test_an_error_says_its_sentence() -> None:
    error = BadInput("The file {name} is {part}.", name="{x}", part=PART)
    assert error.user_message == str(error) == "The file {x} is is asleep."
    assert error.said.template == "The file {name} is {part}."
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.said) == (BadInput, error.said)
    assert KnownError(error.said).said is error.said


def test_an_error_keeps_its_status_and_may_name_it() -> None:
    error = EndpointRefused("HTTP {status}: {why}", status=404, why="gone")
    assert (error.status, str(error)) == (404, "HTTP 404: gone")
    again = pickle.loads(pickle.dumps(error))
    assert (again.status, str(again)) == (404, "HTTP 404: gone")
    error.reword(error.said.replacing(lambda text: text.replace("gone", "[key]")))
    assert str(error) == error.user_message == "HTTP 404: [key]"


def test_the_system_s_words(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "none").read_text(encoding="utf-8")
    assert system_words(caught.value) == Translatable("No such file or directory")
    assert str(system_words(OSError("odd"))) == "OSError"
