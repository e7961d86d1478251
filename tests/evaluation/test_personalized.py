"""How likely methods make a text: the published formulas on numbers worked by hand, and the published formats."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.evaluation.cogenesis import Case
from costeer.evaluation.harness.text_scores import meteor, rouge
from costeer.evaluation.personalized.findings import share_closed
from costeer.evaluation.personalized.forcing import (
    MIXTURE,
    Forced,
    begun,
    bits_of,
    default_policy,
    force,
    loop_difference,
    mixed_bits,
)
from costeer.evaluation.personalized.formulas import FORMULAS, Adaptive, Views, shared_shares
from costeer.evaluation.personalized.mixing import fit_weight, weight_of
from costeer.evaluation.personalized.opened import Written
from costeer.evaluation.personalized.rows import cogenesis, longlamp, own
from costeer.evaluation.personalized.scores import score, telling
from costeer.evaluation.personalized.task import METHODS, SKETCH
from costeer.evaluation.personalized.told import telling as told_views
from costeer.foundation.errors import BadInput
from costeer.personalization.profile import Profile
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import COSTEER_GAIN, LIGHT_GAIN
from costeer.steering.types import CloudPosition, FloatArray

CLOUD, LOCAL, PLAIN = (np.log(np.array(one)) for one in ([0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2]))
VIEWS = Views(CLOUD, LOCAL, PLAIN, shown=np.log(np.array([0.1, 0.1, 0.8])))
HALF, THRICE = 0.5, 3.0
"""What the context makes of the first two tokens and of the last, as a factor: exp(d)."""


def in_shares(*weights: float) -> FloatArray:
    return np.array(weights) / sum(weights)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("cloud", in_shares(0.5, 0.3, 0.2)),
        ("ceiling", in_shares(0.1, 0.1, 0.8)),
        ("local", in_shares(0.4, 0.4, 0.2)),
        ("local-context", in_shares(0.2, 0.2, 0.6)),
        ("proxy-tuning", in_shares(0.5 * HALF, 0.3 * HALF, 0.2 * THRICE)),
        ("costeer", in_shares(*(one * HALF**COSTEER_GAIN for one in (0.5, 0.3)), 0.2 * THRICE**COSTEER_GAIN)),
        ("lightcosteer", in_shares(*(one * HALF**LIGHT_GAIN for one in (0.5, 0.3)), 0.2 * THRICE**LIGHT_GAIN)),
        ("context-steering", in_shares(0.2 * HALF, 0.2 * HALF, 0.6 * THRICE)),
        ("linear-alignment", in_shares(0.2 * HALF**2, 0.0, 0.6 * THRICE**2)),  # top-p 0.8: the last and the first
        ("amulet", in_shares(0.2 * HALF**4.65, 0.2 * HALF**4.65, 0.6 * THRICE**4.65)),
    ],
)  # fmt: skip
def test_the_published_formulas(method: str, expected: FloatArray) -> None:
    formula, told = begun([method])[method]
    assert told is None
    np.testing.assert_allclose(np.exp(formula(VIEWS)), expected, atol=1e-12)


def test_the_default_is_the_engines() -> None:
    policy = default_policy()
    gain, mixture = policy.signals[0].gain, policy.mixture
    product = in_shares(0.5 * HALF**gain, 0.3 * HALF**gain, 0.2 * THRICE**gain)
    formula, _ = begun(["default"])["default"]
    expected = (1 - mixture) * product + mixture * np.exp(LOCAL)
    np.testing.assert_allclose(np.exp(formula(VIEWS)), expected, atol=1e-12)
    sure = Views(np.log(np.array([0.99, 0.005, 0.005])), LOCAL, PLAIN)
    np.testing.assert_array_equal(formula(sure), sure.cloud)


def test_adacosteer_stops_for_good_once_the_cloud_has_been_sure_for_three_tokens() -> None:
    sure, unsure = np.log(np.array([0.95, 0.03, 0.02])), CLOUD
    formula = Adaptive()
    steered = []
    for cloud in (sure, sure, unsure, sure, sure, sure, unsure):
        found = formula(Views(cloud, LOCAL, PLAIN))
        steered.append(not np.array_equal(found, cloud))
    assert steered == [True, True, True, True, True, False, False]


def test_cogenesis_joins_the_ten_likeliest_of_either() -> None:
    cloud = np.log(in_shares(*range(1, 13)))
    views = Views(cloud, cloud[::-1].copy(), cloud)
    total = sum(range(3, 13))
    assert shared_shares(views, 11) == pytest.approx((12 / total, 0.0))
    assert shared_shares(views, 5) == pytest.approx((6 / total, 7 / total))


@given(st.integers(0, 2**32 - 1))
def test_the_loop_is_its_closed_form(seed: int) -> None:
    random = np.random.default_rng(seed)
    cloud, local, plain = (np.log(in_shares(*random.dirichlet(np.full(50, 0.1)) + 1e-12)) for _ in range(3))
    assert loop_difference(Views(cloud, local, plain)) < 1e-9


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_what_an_endpoint_tells_is_completed_as_the_engine_does(seed: int, told: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(2, 40)).astype(np.float32) * 3
    row = LogitsRow(logits)
    cloud, local, plain = (np.log(in_shares(*np.exp(one))) for one in (random.normal(size=40) * 3, *logits))
    order = np.argsort(-cloud)[:told]
    engine = row.opinions(CloudPosition(int(order[0]), order, cloud[order]), 0.0)
    np.testing.assert_allclose(told_views(Views(cloud, local, plain), told).cloud, engine.cloud, atol=1e-5)


def test_a_weight_is_learnt_from_what_is_owed_to_whom() -> None:
    random = np.random.default_rng(5)
    signal = random.normal(size=3000)
    features = np.stack([np.ones(3000), signal], axis=1)
    second = random.random(3000) < weight_of(features, np.array([-0.5, 2.0]))
    own, other = np.where(second, 0.05, 0.6), np.where(second, 0.6, 0.05)
    learnt = fit_weight(features, own, other)
    assert learnt[1] > 1.0
    assert learnt[0] < 0.0
    assert fit_weight(features[:3], np.zeros(3), np.zeros(3)).tolist() == [0.0, 0.0], "nothing is known"


def test_a_text_is_forced_by_every_method() -> None:
    text = [2, 0, 2, 1]
    found = force(text, [VIEWS] * 4, list(METHODS))
    assert set(found.bits) == set(METHODS) - {MIXTURE, SKETCH}
    assert found.tokens == 4
    assert found.bits["cloud"] == pytest.approx(-sum(math.log2((0.5, 0.3, 0.2)[one]) for one in text), abs=1e-3)
    assert found.bits["ceiling"] == pytest.approx(sum(bits_of(np.asarray(VIEWS.shown), one) for one in text))
    assert found.curve[0] == pytest.approx(found.bits["cloud"], abs=1e-2), "strength 0 is the cloud"
    assert found.loop < 1e-9
    assert Forced.of(json.loads(json.dumps(found.plain()))) == found
    assert bits_of(np.array([-np.inf, 0.0]), 0) == pytest.approx(math.log2(2e4)), "never endless"


def test_the_mixtures_weight_is_learnt_on_other_texts() -> None:
    """One half likes the second model and the other does not: told by each other, both err."""
    liking = [[1.0, 0.5, 0.5, 0.5, 0.5, 0.01, 0.9]] * 30
    other = [[1.0, 0.5, 0.5, 0.5, 0.5, 0.9, 0.01]] * 30
    bits = mixed_bits([Forced(1000, 30, mixture=liking), Forced(1000, 30, mixture=other)])
    assert min(bits) > 30 * 3.0
    alike = mixed_bits([Forced(1000, 30, mixture=liking)] * 2)
    assert max(alike) < 30 * 0.5


def test_the_share_of_the_gap() -> None:
    bits = {
        "cloud": {"1": 4.0, "2": 5.0},
        "ceiling": {"1": 3.0, "2": 4.0},
        "default": {"1": 3.5, "2": 4.0},
    }
    found = share_closed(bits, "default")
    assert found is not None
    assert found.value == pytest.approx(0.75)
    assert share_closed(bits, "ceiling") is None
    assert share_closed({**bits, "ceiling": bits["cloud"]}, "default") is None, "no gap, no share"


def test_answers_are_scored() -> None:
    profile = Profile((("fact", "My sister Zephyrine keeps alpacas in Tromso."),))
    case = Case("Write to my sister.", profile, (), "Dear Zephyrine, how are the alpacas?")
    assert telling(case) == {"zephyrine", "alpacas"}
    found = score(Written("Dear Zephyrine, how are you?", 8, True, changed=3, leak_bits=9.0), case)
    assert found["recall"] == 0.5
    assert found["round_trips"] == 0.5
    assert found["words"] == 5
    assert found["rouge1"] == pytest.approx(2 * (4 / 5) * (4 / 6) / (4 / 5 + 4 / 6))
    assert 0.3 < found["meteor"] < 0.9
    assert "recall" not in score(Written("", 0, True), Case("Write.", Profile(), (), "So."))


def test_the_libraries_scores_are_what_they_are_known_for() -> None:
    assert rouge("the cat sat", "the cat sat") == {"rouge1": 1.0, "rougeL": 1.0}
    assert meteor("the cat sat on the mat", "the cat sat on the mat") > 0.99
    assert meteor("cats", "dogs") == 0.0
    assert meteor("walking", "walked") > 0.0, "stems count"


PERSONALIZED = (
    "## User Profile\nName: Ada\nWriting_style: dry\nPrivacy_info: keeps bees; hates cake\n"
    "## User Writing History\nTask: a\nContent: Bees again.\n## Task\nWrite."
)


def lines(file: Path, *rows: object) -> Path:
    file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in rows), encoding="utf-8")
    return file


def test_rows_of_cogenesis(tmp_path: Path) -> None:
    good = {"input": "Write.", "personalized_input": PERSONALIZED, "output": "Bees."}
    rows = cogenesis(
        lines(tmp_path / "a.jsonl", good, "{", {"input": "x"}, {**good, "personalized_input": "?"}, good), None
    )
    assert [line for line, _ in rows.used] == [1, 5]
    case = rows.used[0][1]
    assert [text for _, text in case.profile.entries] == ["Name: Ada", "dry", "keeps bees", "hates cake"]
    assert (case.history, case.reference) == (("Bees again.",), "Bees.")
    assert [one.line for one in rows.skipped] == [2, 3, 4]
    assert "profile and history" in rows.skipped[2].why


def test_rows_of_longlamp(tmp_path: Path) -> None:
    records = [{"title": f"On {one}", "abstract": f"We study {one}."} for one in ("bees", "tides", "bread")]
    shown = {"input": "Write about bees", "output": "We study wax.", "top_5": records}
    whole = {
        "input": "An abstract on tides",
        "output": "We study the moon.",
        "profile": [*records, {"title": "On the moon", "abstract": "We study the moon. Tides too."}],
    }
    review = {"input": "Review", "output": "Fine.", "top_5": [{"description": "A pot", "reviewText": "It leaks."}]}
    rows = longlamp(lines(tmp_path / "a.jsonl", shown, whole, review, {"input": "x", "output": "y"}), None)
    first, second, third = (case for _, case in rows.used)
    assert first.history[0] == "Title: On bees\nAbstract: We study bees."
    assert second.history[0] == "Title: On tides\nAbstract: We study tides.", "what resembles the question most"
    assert all("the moon" not in one for one in second.history), "never the text that is to be written"
    assert third.history == ("Product: A pot\nReview: It leaks.",)
    assert "top_5" in rows.skipped[0].why


def test_a_text_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "letters.md"
    said = "The ferry was late and the gulls were not. " * 12
    file.write_text("\n\n".join(f"Letter {one}. {said}" for one in range(9)))
    rows = own(file, 4)
    assert len(rows.used) == 4
    assert rows.used[0][1].prompt.startswith("Continue this text")
    with pytest.raises(BadInput, match="too little"):
        own(lines(tmp_path / "short.txt", "Too short."), None)


def test_every_formula_belongs_to_a_method() -> None:
    assert set(FORMULAS) <= set(METHODS)
