"""The preference task: what is counted, what is concluded, and users whose taste is known."""

from __future__ import annotations

import numpy as np
import pytest

from costeer.evaluation.harness.intervals import Interval
from costeer.evaluation.harness.observations import Cell, Line
from costeer.evaluation.harness.task import Request
from costeer.evaluation.preference.choosing import Pairs, simulate
from costeer.evaluation.preference.findings import conclude, verdict
from costeer.evaluation.preference.measures import degenerate, letters, repeated, variety, words_of
from costeer.evaluation.preference.task import PreferenceTask
from costeer.foundation.errors import BadInput

TASK = PreferenceTask()


def test_words_are_counted_as_people_do() -> None:
    assert words_of("It's a well-known fact: 2 + 2 = 4, isn’t it?") == [
        *("it's", "a", "well-known", "fact", "isn’t", "it"),
    ]
    assert words_of("Größe, 世界!") == ["größe", "世界"]
    assert letters(["a", "word"]) == 2.5


def test_variety_does_not_depend_on_length() -> None:
    different = [f"w{number}" for number in range(20)]
    assert variety(different) == 1.0
    assert variety(different * 3) == 1.0, "every run of 20 has each word once"
    assert variety(["so"] * 10) == pytest.approx(0.1)


def test_what_goes_round_in_circles_is_no_answer() -> None:
    assert repeated(["a", "b", "c", "d", "e"]) == 0.0
    assert repeated("to be or not".split() * 5) == pytest.approx(13 / 17)
    assert degenerate("to be or not".split() * 5)
    assert degenerate(["yes"])
    assert not degenerate("There is nothing wrong with this short answer".split())


def tastes(noise: float, seed: int = 1) -> Pairs:
    """Four answers to each of 40 questions; the small reward sees what the users like, and `noise`."""
    random = np.random.default_rng(seed)
    liked = [random.normal(size=(4, 6)) for _ in range(40)]
    return Pairs.of(liked, [3.0 * one + noise * random.normal(size=one.shape) for one in liked])


def test_weights_that_are_fitted_foresee_later_choices() -> None:
    curve = simulate(tastes(1.0), 8, (10, 40), 50, seed=0)
    prior, ten, forty = (one.bits.value for one in curve.points)
    assert prior == pytest.approx(1.0), "without a choice nothing is known"
    assert curve.knowing.value < forty < ten < prior
    assert all(one.low is not None and one.low > 0.0 for one in curve.gains)
    assert curve.points[2].right.value > 0.7
    assert simulate(tastes(1.0), 8, (10, 40), 50, seed=0) == curve, "the same seed, the same curve"


def test_a_reward_that_sees_nothing_foresees_nothing() -> None:
    blind = tastes(0.0)
    mixed = Pairs(blind.liked, np.random.default_rng(3).permutation(blind.rewards))
    curve = simulate(mixed, 8, (40,), 50, seed=0)
    (gain,) = curve.gains
    assert gain.low is not None
    assert gain.low < 0.0


def line(preference: str, words: tuple[float, float], *, degenerated: float = 0.0) -> Line:
    low, high = words
    sure = Interval(0.1, 0.05, 0.2, 50)
    moved = {
        "words": Interval((low + high) / 2, low, high, 50),
        "toward": sure,
        "likelihood": Interval(-0.2, -0.3, -0.1, 50),
    }
    return Line(
        {"preference": preference},
        {
            "none": Cell({"degenerate": Interval(0.0, 0.0, 0.07, 50)}, {}),
            "reward": Cell({"degenerate": Interval(degenerated, None, None, 50)}, moved),
        },
    )


@pytest.mark.parametrize(
    ("preference", "words", "found"),
    [
        ("concise", (-20.0, -5.0), "right"),
        ("concise", (-20.0, 1.0), "not clear"),
        ("concise", (2.0, 9.0), "wrong"),
        ("detailed", (2.0, 9.0), "right"),
        ("detailed", (-9.0, -2.0), "wrong"),
        ("humorous", (-9.0, -2.0), "right"),
    ],
)
def test_a_preference_moves_its_measure_the_right_way(
    preference: str, words: tuple[float, float], found: str
) -> None:
    told = verdict(line(preference, words), "reward")
    assert told is not None
    assert told["verdict"] == found
    assert verdict(line(preference, words), "none") is None


def test_what_came_out_is_said() -> None:
    lines = [line("concise", (-9.0, -2.0)), line("detailed", (-9.0, 2.0), degenerated=0.5)]
    concluded = conclude({("preference",): lines}, None)
    assert list(concluded.said) == [
        "reward: 1 of 2 preferences moved the right way, clear of zero; otherwise detailed (not clear). The "
        "cloud's own log-likelihood fell by at most 0.20 nats a token; 25.0 % of the answers degenerated."
    ]


def request(data: object = None, **options: str) -> Request:
    usual = {one.name: one.default for one in TASK.options}
    return Request(data, tuple(TASK.methods), None, 0, {**usual, **options})  # type: ignore[arg-type]


def test_bad_requests_are_refused(tmp_path: object) -> None:
    from pathlib import Path

    data = Path(str(tmp_path)) / "questions.jsonl"
    data.write_text('{"input": "Why is the sky blue?"}\n{"id": 3}\n', encoding="utf-8")
    with pytest.raises(BadInput, match="--data"):
        TASK.check(request())
    with pytest.raises(BadInput, match=r"\{question\}"):
        TASK.check(request(data, ask="Say something."))
    with pytest.raises(BadInput, match="no preference rude"):
        TASK.check(request(data, preferences="concise,rude"))
    with pytest.raises(BadInput, match="6 pairs of answers and the simulated users choose 90 times"):
        TASK.check(request(data))
    TASK.check(request(data, users="0"))
    TASK.check(request(data, choices="2,3", later="3"))
