"""Steering a cloud whose tokenizer is not the local model's, through the real demo cloud.

With the embedded model on both sides, taken for two of different tokenizers, the answer is known; the slow tests
take pairs that are really different.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import VocabularyMismatch
from costeer.personalization.profile import Profile
from costeer.services.answers import tokenizers
from costeer.services.events import AnswerFinished
from costeer.services.options import AskOptions
from costeer.steering.pieces.vocabulary import LOCAL_FROM
from tests.integration.conftest import PROFILE, ask

STEERED = AskOptions(strength=1.0, profile=PROFILE, max_tokens=60)
NEAR_TIE = 0.1  # nats
MODELS = "COSTEER_TEST_MODELS"
"""Names a folder with larger models for slow tests."""


@pytest.fixture
def as_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one vocabulary is taken for two: candidates become byte strings."""

    def differ(*_: object) -> list[int]:
        raise VocabularyMismatch("The two are to be taken for different ones.")

    monkeypatch.setattr(tokenizers, "check_same_vocabulary", differ)


def bodies(app: Application, message_id: str) -> list[str]:
    entries = app.audit.entries(message_id=message_id, newest=1000)
    return [one.record.body for one in entries if one.record.kind == "request"]


def prompts_of(app: Application, message_id: str) -> list[list[int | str]]:
    read = [json.loads(one) for one in bodies(app, message_id) if one]
    return [one["prompt"] for one in read if "prompt" in one]


@pytest.mark.thorough
def test_one_vocabulary_taken_for_two_writes_the_same_until_a_near_tie(
    app: Application, request: pytest.FixtureRequest
) -> None:
    by_ids, _ = ask(app, STEERED)
    request.getfixturevalue("as_two")
    by_text, _ = ask(app, STEERED)
    assert "Zephyrine" in by_text.answer.text
    assert by_text.figures.steered_tokens > 0
    assert by_text.figures.round_trips <= by_text.figures.tokens / 2
    traces = zip(app.chat.traces(by_ids.answer.id), app.chat.traces(by_text.answer.id), strict=False)
    for one, other in traces:
        if one.text != other.text:
            after = {candidate.text: candidate.after for candidate in other.candidates}
            assert after[other.text] / after[one.text] < 1.0 + NEAR_TIE
            break


@pytest.mark.thorough
def test_nothing_private_is_sent_but_what_was_written(app: Application, as_two: None) -> None:
    finished, _ = ask(app, STEERED)
    for body in bodies(app, finished.answer.id):
        readable = body + json.dumps(json.loads(body), ensure_ascii=False)
        for private in PROFILE.private_strings:
            assert private.casefold() not in readable.casefold()
    for prompt in prompts_of(app, finished.answer.id):
        assert all(one < LOCAL_FROM for one in prompt if isinstance(one, int))
        assert all(one in finished.answer.text for one in prompt if isinstance(one, str))


def test_an_answer_goes_on_from_its_text(app: Application, as_two: None) -> None:
    first, _ = ask(app, dataclasses.replace(STEERED, max_tokens=12))
    *_, last = app.chat.continue_answer(
        first.answer.id, dataclasses.replace(STEERED, max_tokens=12), CancelToken()
    )
    assert isinstance(last, AnswerFinished)
    assert last.answer.text.startswith(first.answer.text)
    assert len(last.answer.tokens) == last.figures.tokens == 24
    assert [one.index for one in app.chat.traces(last.answer.id)] == list(range(24))
    newest = prompts_of(app, last.answer.id)[0]
    assert first.answer.text in newest, "newest first: the answer so far went as one text"
    unsteered = dataclasses.replace(STEERED, strength=0.0, max_tokens=6)
    *_, end = app.chat.continue_answer(first.answer.id, unsteered, CancelToken())
    assert isinstance(end, AnswerFinished)
    assert end.answer.text.startswith(last.answer.text)


@pytest.mark.thorough
@pytest.mark.parametrize("decoder", ["lookahead", "token"])
def test_emoji_and_chinese_survive(app: Application, as_two: None, decoder: str) -> None:
    likes = Profile((("fact", "I love 🚀 and 你好."),))
    options = AskOptions(profile=likes, strength=0.3, max_tokens=24, decoder=decoder)  # type: ignore[arg-type]
    found = ""
    for prompt in ("Repeat: 你好 🚀🎉 你好 🚀🎉 你好 🚀🎉", "Translate to Chinese: good morning, friend. 早上好"):
        finished, _ = ask(app, options, prompt)
        text = finished.answer.text
        assert "\ufffd" not in text
        traces = app.chat.traces(finished.answer.id)
        assert "".join(one.text for one in traces) == text
        found += text
    assert any(ord(one) > 0xFFFF for one in found)
    assert any("\u4e00" <= one <= "\u9fff" for one in found)


def larger(name: str) -> str:
    folder = os.environ.get(MODELS)
    if not folder:
        pytest.skip(f"{MODELS} does not name a folder with models")
    file = Path(folder) / name
    if not file.is_file():
        pytest.skip(f"{file.name} is not in the folder that {MODELS} names")
    return str(file)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cloud", ["qwen2.5-coder-0.5b-instruct.gguf", "qwen2.5-coder-1.5b-instruct.gguf"])
def test_a_small_model_steers_one_of_another_family(fresh_app: Application, cloud: str) -> None:
    app = fresh_app
    app.use_settings(dataclasses.replace(app.settings, demo_cloud_model=larger(cloud)))
    invite = "Write an e-mail that invites my sister to a party."
    options = dataclasses.replace(STEERED, max_tokens=30)
    plain, _ = ask(app, dataclasses.replace(options, strength=0.0), invite)
    strong, _ = ask(app, dataclasses.replace(options, strength=1.8), invite)
    assert "Zephyrine" in strong.answer.text
    assert "Zephyrine" not in plain.answer.text
    ahead, _ = ask(app, options, invite)
    single, _ = ask(app, dataclasses.replace(options, decoder="token"), invite)
    assert ahead.figures.round_trips < single.figures.round_trips
    for one, other in zip(app.chat.traces(single.answer.id), app.chat.traces(ahead.answer.id), strict=False):
        if one.token != other.token:
            after = {candidate.token: candidate.after for candidate in one.candidates}
            assert after[one.token] / after[other.token] < 1.0 + NEAR_TIE
            break
    chinese, _ = ask(app, options, "用中文写一句生日祝福。")
    assert any("\u4e00" <= one <= "\u9fff" for one in chinese.answer.text)
    assert "\ufffd" not in chinese.answer.text
