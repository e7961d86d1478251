"""The benchmark measures real answers and reports what design.md promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costeer.bootstrap import Application
from costeer.evaluation.cogenesis import Case, nothing_asked_is_private, read_cases
from costeer.evaluation.decision_benchmark import bench_decisions
from costeer.evaluation.decode_benchmark import CASES, bench_decoders
from costeer.evaluation.virtual_time import CloudSpeed
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.progress import Progress, ignore_progress
from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess
from costeer.personalization.profile import Profile
from costeer.services.options import AskOptions


@pytest.mark.thorough
def test_every_decoder_is_measured(app: Application) -> None:
    seen: list[Progress] = []
    result = bench_decoders(app.chat, AskOptions(max_tokens=8), CASES[:1], 1, seen.append, CancelToken())
    decoders = result["decoders"]
    assert isinstance(decoders, dict)
    assert set(decoders) == {"lookahead", "lookahead with prefetch", "token", "unsteered"}
    for figures in decoders.values():
        assert set(figures) >= {
            *("tokens_per_second", "round_trips_per_token"),
            *("tokens_equal_to_reference", "cloud_tokens_per_token"),
        }
        assert figures["tokens_per_second"] > 0
    assert decoders["token"]["round_trips_per_token"] >= 1.0
    assert decoders["token"]["tokens_equal_to_reference"] == 1.0
    assert decoders["unsteered"]["round_trips_per_token"] == pytest.approx(1 / 8)
    assert [one.done for one in seen] == [1, 2, 3, 4]


@pytest.mark.thorough
def test_the_engine_walks_in_virtual_time(model_file: Path) -> None:
    options = LocalModelOptions(branch_limit=512)
    with ModelProcess(model_file, options) as local, ModelProcess(model_file, options) as cloud:
        result = bench_decisions(
            local, cloud, CASES[:1], AskOptions().policy, 10, CloudSpeed(), ignore_progress, CancelToken()
        )
    decisions, virtual = result["decisions"], result["virtual_time"]
    assert isinstance(decisions, dict)
    assert isinstance(virtual, dict)
    assert decisions["positions"] == 10
    assert decisions["same_choice_as_full_logits"]["top_20"] > 0.9, "one model on both sides: the tail is exact"
    by_token, ahead = (virtual["decoders"][name] for name in ("token", "lookahead"))
    assert by_token["round_trips_per_token"] == 1.0
    assert ahead["round_trips_per_token"] < 1.0
    assert ahead["same_answers_as_token_by_token"] == 1.0


def test_cogenesis_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    private = (
        "You are helpful.\n\n## User Profile\nAge: 47\nWriting_style: Dry; short\n"
        "Privacy_info: Keeps alpacas; Hates cake"
        "\n\n## User Writing History\nTask: Describe a house\nContent: A house stood there.\n\n## Task\nWrite."
    )
    row = {"id": "1", "input": "Write.", "personalized_input": private, "output": "So be it."}
    file.write_text(json.dumps(row) + "\n{}\n", encoding="utf-8")
    (case,) = read_cases(file, 1)
    assert case.prompt == "Write."
    assert case.profile.texts("fact") == ("Age: 47", "Keeps alpacas", "Hates cake")
    assert case.profile.texts("style") == ("Dry; short",)
    assert case.history == ("A house stood there.",)
    with pytest.raises(BadInput, match="Line 2"):
        read_cases(file, 2)
    with pytest.raises(BadInput, match="cannot be read"):
        read_cases(tmp_path / "missing.jsonl", 2)


def test_what_is_asked_is_not_private() -> None:
    profile = Profile((("fact", "She keeps alpacas."), ("fact", "My sister is called Zephyrine.")))
    cases = [Case("Write about it.", profile), Case("She keeps alpacas. Why?", profile)]
    assert [one.profile.texts("fact") for one in nothing_asked_is_private(cases)] == [
        ("My sister is called Zephyrine.",)
    ] * 2
