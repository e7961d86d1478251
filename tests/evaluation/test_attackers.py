"""Attackers and what their guesses are worth, by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from costeer.evaluation.attribution.answers import read_settings
from costeer.evaluation.attribution.attackers import by_bayes, by_overlap, worth
from costeer.evaluation.attribution.people import MOST_PEOPLE, QUESTIONS, make_people, people_of, read_people
from costeer.foundation.errors import BadInput
from costeer.foundation.private_texts import PrivateTexts
from costeer.personalization.profile import Profile

ALPACAS = Profile((("fact", "My sister Zephyrine keeps alpacas."), ("style", "I write in short sentences.")))
BAKERY = Profile((("fact", "My sister Marisol runs a bakery in Porto."),))
CELLOS = Profile((("note", "I restore cellos."),))


def test_word_overlap_counts_what_the_question_did_not_say() -> None:
    scores = by_overlap(
        "Happy birthday, Marisol! Our sister's BAKERY shines.", "A note to my sister.", [ALPACAS, BAKERY, CELLOS]
    )
    assert scores.tolist() == [0.0, 2.0, 0.0]


def test_naive_bayes_by_hand() -> None:
    # Four words; candidate 0 has said "oh" twice and "sea" once, candidate 1 "law" once and "sea" once.
    scores = by_bayes("Oh, the sea!", [["oh oh sea"], ["law sea"]])
    total = 0.5 * 3
    expected = [
        math.log(2.5 / (3 + total)) + math.log(1.5 / (3 + total)),
        math.log(0.5 / (2 + total)) + math.log(1.5 / (2 + total)),
    ]
    assert scores.tolist() == pytest.approx(expected), "words that nobody has said count for nobody"


def test_naive_bayes_without_anything_known_is_level() -> None:
    assert worth(by_bayes("Hello.", [[], []]), 0).accuracy == 0.5


def test_a_sure_guess() -> None:
    found = worth(np.log([0.5, 0.25, 0.125, 0.125]), 0)
    assert (found.accuracy, found.top3) == (1.0, 1.0)
    assert found.posterior == pytest.approx(0.5)
    assert found.information == pytest.approx(1.0)
    assert found.entropy_drop == pytest.approx(2.0 - 1.75)
    wrong = worth(np.log([0.5, 0.25, 0.125, 0.125]), 3)
    assert (wrong.accuracy, wrong.top3) == (0.0, 0.5), "two share the third place"
    assert wrong.information == pytest.approx(-1.0)


def test_those_that_are_level_share_the_guess() -> None:
    found = worth(np.zeros(8), 5)
    assert (found.accuracy, found.top3) == (1 / 8, 3 / 8)
    assert found.information == pytest.approx(0.0)
    assert found.entropy_drop == pytest.approx(0.0)


def test_an_impossible_truth_costs_finitely_many_bits() -> None:
    assert math.isfinite(worth(np.array([0.0, -2000.0]), 1).information)


def test_people_differ_and_stay_who_they_are() -> None:
    people = make_people(40, 7)
    assert [one.profile for one in make_people(12, 7)] == [one.profile for one in people[:12]]
    assert make_people(12, 8) != people[:12]
    entries = [text for one in people[:16] for text in one.profile.private_strings]
    assert len(set(entries)) == 16 * 5, "no two share a fact, a style or a note while the pools last"
    assert len({one.profile.private_strings for one in make_people(MOST_PEOPLE, 0)}) == MOST_PEOPLE
    asked = "\n".join(one.text for one in QUESTIONS)
    assert not PrivateTexts(entries).found_in(asked)
    assert {one.kind for one in QUESTIONS[:2]} == {"neutral", "personal"}


def test_profiles_of_a_file_are_read_and_bad_rows_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    good = {"name": "Ann", "facts": ["I keep alpacas."], "style": "Dry."}
    lines = [
        json.dumps(good),
        "{nonsense",
        "",
        json.dumps({"facts": []}),
        json.dumps({"facts": ["I keep bees."], "colour": "red"}),
        json.dumps({"facts": ["I keep bees."], "name": "Ann"}),
        json.dumps({"facts": ["I keep alpacas."], "style": "Dry."}),
        json.dumps({"facts": ["write a two-line birthday note to my sister"]}),
        json.dumps({"name": 3, "facts": ["I keep cats."]}),
        "[1, 2]",
        json.dumps({"facts": ["x" * 5000]}),
        json.dumps({"facts": ["Write to me at ann.lee@proton.me."]}),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    rows = people_of(file, None, 0, QUESTIONS)
    assert [(line, one.name) for line, one in rows.used] == [(1, "Ann"), (6, "Ann (line 6)")]
    assert [one.line for one in rows.skipped] == [2, 4, 5, 7, 8, 9, 10, 11, 12]
    reasons = {one.line: one.why for one in rows.skipped}
    assert "not JSON" in reasons[2]
    assert "empty" in reasons[4]
    assert "colour" in reasons[5]
    assert "line 1" in reasons[7]
    assert "not private" in reasons[8]
    assert "email" in reasons[12]
    assert [line for line, _ in read_people(file, 1, QUESTIONS).used] == [1]
    with pytest.raises(BadInput, match="1 usable"):
        people_of(file, 1, 0, QUESTIONS)


@pytest.mark.parametrize("count", [1, 65])
def test_too_few_or_too_many_people(count: int) -> None:
    with pytest.raises(BadInput, match="--limit"):
        people_of(None, count, 0, QUESTIONS)


def test_settings() -> None:
    settings = read_settings("greedy:0.5, quiet:1,fast:1,greedy:0.5", 0.7, 16)
    assert [one.name for one in settings] == ["not steered", "greedy 0.5", "quiet 1", "fast 1"]
    greedy, quiet, fast = (one.policy for one in settings[1:])
    assert (greedy.greedy, quiet.temperature, quiet.fast, fast.fast) == (True, 0.7, False, True)
    assert settings[0].policy.is_zero


@pytest.mark.parametrize("text", ["", "loud:1", "greedy:0", "greedy:3", "greedy", "greedy:x"])
def test_what_is_no_setting(text: str) -> None:
    with pytest.raises(BadInput, match="setting"):
        read_settings(text, 0.7, 16)
