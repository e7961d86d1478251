"""Both branches' logits of the real model, against llama-cpp-python's own single-sequence evaluation."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from tests.local.scoring import logits_from

from costeer.foundation.errors import BadInput, BugError, PromptTooLong
from costeer.local.messages import LocalModelOptions
from costeer.local.process import LocalSession, ModelProcess
from costeer.steering.distributions import log_softmax
from costeer.steering.rows import LogitsRow
from costeer.steering.types import Float32Array, LocalScorer

TOLERANCE = 1e-2  # logits

WITH = "<|im_start|>system\nThe user is Ada, a botanist who grows orchids.<|im_end|>\n"
PUBLIC = "<|im_start|>user\nSuggest a hobby for a rainy day.<|im_end|>\n<|im_start|>assistant\n"
ANSWER = "You could try repotting a few plants, or draw what you see from your window today."


class Prompted:
    """The two prompts and an answer as ids, and a session over them."""

    def __init__(self, model: ModelProcess) -> None:
        self.model = model
        self.with_context = model.tokenize(WITH + PUBLIC)
        self.without_context = model.tokenize(PUBLIC)
        self.answer = model.tokenize(ANSWER)

    def session(self) -> LocalSession:
        return self.model.open(self.with_context, self.without_context)


@pytest.fixture(scope="session")
def prompted(local_model: ModelProcess) -> Prompted:
    return Prompted(local_model)


@pytest.fixture(scope="session")
def reference(model_file: Path, prompted: Prompted) -> Float32Array:
    """All positions of the answer, each branch evaluated alone by another front end of llama.cpp."""
    llama = llama_cpp.Llama(
        str(model_file), n_ctx=512, n_batch=32, logits_all=True, flash_attn=True, verbose=False
    )
    branches = []
    for prompt in (prompted.with_context, prompted.without_context):
        llama.reset()
        llama.eval([*prompt, *prompted.answer])
        branches.append(np.array(llama.scores[len(prompt) - 1 : len(prompt) + len(prompted.answer)]))
    llama.close()
    return np.stack(branches, axis=1)


def assert_same(actual: Float32Array, expected: Float32Array) -> None:
    assert actual.shape == expected.shape
    assert actual.dtype == np.float32
    assert float(np.abs(actual - expected).max()) < TOLERANCE
    np.testing.assert_array_equal(actual.argmax(axis=-1), expected.argmax(axis=-1))


def test_a_session_is_a_local_scorer(prompted: Prompted) -> None:
    scorer: LocalScorer = prompted.session()
    (row,) = scorer.score([], [0])
    assert isinstance(row, LogitsRow)
    ids, logprobs = row.alone()
    assert len(ids) == prompted.model.describe().n_vocab
    assert np.exp(logprobs).sum() == pytest.approx(1)


def test_positions_are_left_out(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.session()
    for wanted in ([0], [2, 3, 7], [1, 9], [5], [16]):
        assert_same(session.logits(prompted.answer, wanted), reference[wanted])
    assert session.cost.positions == (1, 2, 3)


def test_a_session_with_one_branch(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.model.open(prompted.with_context)
    assert_same(logits_from(session, prompted.answer, 3), reference[3:, :1])
    assert_same(logits_from(prompted.session(), prompted.answer, 3), reference[3:])


def test_two_branches_in_one_batch_equal_two_separate_evaluations(
    prompted: Prompted, reference: Float32Array
) -> None:
    assert len(prompted.answer) > 16, "more than one call's positions"
    assert_same(logits_from(prompted.session(), prompted.answer, 0), reference)


def test_one_position_at_a_time_equals_all_at_once(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.session()
    rows = [logits_from(session, prompted.answer[:i], i) for i in range(len(prompted.answer) + 1)]
    assert_same(np.concatenate(rows), reference)


def test_asking_again_gives_the_same(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.session()
    for first in (0, 5, len(prompted.answer), 5):
        assert_same(logits_from(session, prompted.answer, first), reference[first:])
        assert_same(logits_from(session, prompted.answer[:7], min(first, 7)), reference[min(first, 7) : 8])


def test_a_corrected_answer_does_not_remember_the_wrong_one(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.session()
    wrong = [*prompted.answer[:4], *reversed(prompted.answer[4:])]
    logits_from(session, wrong, 0)
    assert_same(logits_from(session, prompted.answer, 4), reference[4:])


def test_a_second_turn_reuses_the_cache_and_agrees_with_a_fresh_one(prompted: Prompted, model_file: Path) -> None:
    model = prompted.model
    logits_from(prompted.session(), prompted.answer, len(prompted.answer))
    turn = model.tokenize("<|im_end|>\n<|im_start|>user\nAnd in the sun?<|im_end|>\n<|im_start|>assistant\n")
    prompts = [[*prompt, *prompted.answer, *turn] for prompt in (prompted.with_context, prompted.without_context)]
    beats = model.beats
    session = model.open(*prompts)
    continued = logits_from(session, [], 0)
    spent = model.beats - beats
    model.open([0], [0])  # empties the cache
    beats = model.beats
    fresh = logits_from(model.open(*prompts), [], 0)
    assert_same(continued, fresh)
    assert spent < model.beats - beats


@pytest.mark.thorough
def test_two_sessions_do_not_mix(prompted: Prompted, reference: Float32Array) -> None:
    first, second = (
        prompted.session(),
        prompted.model.open(prompted.without_context, prompted.with_context),
    )
    assert_same(logits_from(first, prompted.answer, 3), reference[3:])
    assert_same(logits_from(second, prompted.answer, 3), reference[3:, ::-1])
    assert_same(logits_from(first, prompted.answer, 9), reference[9:])


def test_calls_from_several_threads_are_serialised(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.session()
    results: dict[int, Float32Array] = {}

    def work(first: int) -> None:
        results[first] = logits_from(session, prompted.answer, first)

    threads = [threading.Thread(target=work, args=(first,)) for first in (1, 6, 11, 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for first, logits in results.items():
        assert_same(logits, reference[first:])
    assert len(results) == 4


@pytest.mark.thorough
def test_logits_do_not_depend_on_what_was_decoded_before(prompted: Prompted) -> None:
    """Sessions that share beginnings leave the cache in ever other states; the numbers stay the same."""
    draws = random.Random(2)
    reference = logits_from(prompted.session(), prompted.answer, 0)
    for _ in range(6):
        prompts = (prompted.with_context, prompted.without_context)
        other = prompted.model.open(*(one[: draws.randrange(1, len(one))] for one in prompts))
        length = draws.randrange(len(prompted.answer))
        logits_from(other, prompted.answer[:length], draws.randrange(length + 1))
        length = draws.randrange(len(prompted.answer))
        first = draws.randrange(length + 1)
        again = logits_from(prompted.session(), prompted.answer[:length], first)
        np.testing.assert_array_equal(again, reference[first : length + 1])


def test_what_is_returned_is_a_copy(prompted: Prompted, reference: Float32Array) -> None:
    session = prompted.session()
    kept = logits_from(session, prompted.answer[:3], 3)
    logits_from(session, prompted.answer, 8)
    assert_same(kept, reference[3:4])


def test_how_likely_a_whole_answer_is(prompted: Prompted, reference: Float32Array) -> None:
    """Longer than a batch too; and the session goes on."""
    session = prompted.session()
    for answer in (prompted.answer, prompted.answer[:1], [*prompted.answer * 3, 7]):
        rows = session.logits(answer, range(len(answer))).astype(np.float64)
        each = [[log_softmax(branch)[token] for branch in row] for row, token in zip(rows, answer, strict=True)]
        np.testing.assert_allclose(session.log_likelihoods(answer), np.sum(each, axis=0), atol=1e-3)
    assert session.log_likelihoods([]).tolist() == [0.0, 0.0]
    assert_same(logits_from(session, prompted.answer, 3), reference[3:])
    with pytest.raises(BugError, match="vocabulary"):
        session.log_likelihoods([-1])


def test_positions_and_ids_that_do_not_exist_are_a_bug(prompted: Prompted) -> None:
    session = prompted.session()
    for first in (-1, 3):
        with pytest.raises(BugError, match="Position"):
            logits_from(session, [1, 2], first)
    for token in (-1, prompted.model.describe().n_vocab):
        with pytest.raises(BugError, match="vocabulary"):
            logits_from(session, [token], 1)


@pytest.mark.thorough
def test_both_branches_may_fill_their_context(model_file: Path) -> None:
    limit = 256
    with ModelProcess(model_file, LocalModelOptions(branch_limit=limit)) as model:
        assert model.describe().branch_context == limit
        text = "The rain in Spain stays mainly in the plain, they say. " * 30
        tokens = model.tokenize(text)
        left, right = tokens[: limit - 8], tokens[1 : limit - 7]
        session = model.open(left, right)
        assert session.max_answer == 8
        answer = tokens[:8]
        assert np.isfinite(logits_from(session, answer, 0)).all()
        with pytest.raises(BadInput, match="256 tokens"):
            logits_from(session, [*answer, 1], 9)
        with pytest.raises(BadInput, match="256 tokens"):
            session.log_likelihoods([*answer, 1, 1])
        assert logits_from(session, answer, 8).shape[0] == 1, "the session goes on"
        assert session.log_likelihoods([*answer, 1])[0] < 0.0
        with pytest.raises(PromptTooLong, match="256"):
            model.open(tokens[:limit], right)
        with pytest.raises(BadInput, match="not empty"):
            model.open([], right)


@pytest.mark.parametrize(
    "text",
    ["", "plain", " two  spaces\n\tand a tab", "naïve café", "日本語 العربية", "👩‍🔬🎉 emoji", "<|im_end|>"],
)
@pytest.mark.parametrize("parse_special", [False, True])
def test_tokens_bytes_add_up_to_the_text(local_model: ModelProcess, text: str, parse_special: bool) -> None:
    pieces = local_model.describe().token_bytes
    tokens = local_model.tokenize(text, parse_special)
    assert b"".join(pieces[token] for token in tokens).decode() == text


def test_what_the_model_tells_of_itself(local_model: ModelProcess) -> None:
    info = local_model.describe()
    assert info.n_vocab == len(info.token_bytes) == 49152
    assert info.token_bytes.index(b"<|im_end|>") in info.end_tokens
    assert (info.bos_text, info.eos_text) == ("<|im_start|>", "<|im_end|>")
    assert "add_generation_prompt" in info.chat_template
    assert info.branch_context == 4096
    assert info.name.startswith("Smollm2 135M")


def test_a_text_without_end_is_refused(local_model: ModelProcess) -> None:
    assert len(local_model.tokenize("word " * 100_000)) > 50_000
    with pytest.raises(BadInput, match="too long"):
        local_model.tokenize("word " * 1_000_000)
