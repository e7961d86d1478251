"""What a reward is trained on: pairs out of answers under opposite principles."""

from __future__ import annotations

from costeer.personalization.principles import DIMENSIONS
from costeer.services.training.material import Axis, Wanted, pairs_of, read_material, split, wanted_answers
from costeer.services.training.writing import WrittenAnswer

AXIS = Axis("length", ("concise", "detailed"))


def test_what_ships_covers_all_dimensions_and_holds_some_axes_out() -> None:
    material = read_material()
    principles = {one for axis in material.axes for one in axis.principles}
    assert {one.principle for one in DIMENSIONS} <= principles
    held_out = {one for axis in material.axes if axis.held_out for one in axis.principles}
    assert len(held_out) == 4
    assert not held_out & {one.principle for one in DIMENSIONS}
    assert len(set(material.questions)) == len(material.questions) >= 100
    assert "{principle}" in material.tell


def test_the_same_answers_are_wanted_each_time_and_a_part_is_a_fair_part() -> None:
    material = read_material()
    wanted = wanted_answers(material.axes, material.questions, 10, seed=3)
    assert wanted == wanted_answers(material.axes, material.questions, 10, seed=3)
    assert len(set(wanted)) == len(wanted) == 2 * 10 * len(material.axes)
    assert len({one.axis for one in wanted[:60]}) == len(material.axes)


def test_each_question_gives_a_pair_under_either_principle() -> None:
    written = {
        Wanted("length", "concise", "Why?"): WrittenAnswer("Because it is so.", True),
        Wanted("length", "detailed", "Why?"): WrittenAnswer(
            "There are many reasons, and the first of them is this", False
        ),
    }
    first, second = pairs_of([AXIS], written)
    assert (first.principle, first.chosen, first.rejected) == ("concise", second.rejected, second.chosen)
    assert second.principle == "detailed"
    assert first.whole == (True, False)
    assert second.whole == (False, True)


def test_answers_that_teach_nothing_are_left_out() -> None:
    same = {Wanted("length", one, "Why?"): WrittenAnswer("Because it is so.", True) for one in AXIS.principles}
    short = {
        Wanted("length", "concise", "How?"): WrittenAnswer("So.", True),
        Wanted("length", "detailed", "How?"): WrittenAnswer("x" * 40, True),
    }
    alone = {Wanted("length", "concise", "When?"): WrittenAnswer("At noon, as always.", True)}
    assert pairs_of([AXIS], {**same, **short, **alone}) == []


def test_a_question_stays_on_its_side() -> None:
    questions = [f"Question {number}?" for number in range(200)]
    written = {
        Wanted("length", one, question): WrittenAnswer(f"{one} answer to {question}", True)
        for question in questions
        for one in AXIS.principles
    }
    pairs = pairs_of([AXIS], written)
    training, held_out = split(pairs, 0.2)
    assert 40 <= len(held_out) <= 120
    assert not {one.question for one in training} & {one.question for one in held_out}
    fewer, _ = split(pairs[:100], 0.2)
    assert set(fewer) <= set(training)
