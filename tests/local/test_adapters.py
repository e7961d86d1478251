"""LoRA adapters in the model process: each branch computes with its own, and a file that is none is refused."""

from __future__ import annotations

from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from tests.local.lora import random_adapter

from costeer.foundation.errors import ModelError
from costeer.local.process import ModelProcess
from costeer.steering.types import Float32Array

TOLERANCE = 1e-2  # logits
PROMPT = "<|im_start|>user\nSuggest a hobby for a rainy day.<|im_end|>\n<|im_start|>assistant\n"
ANSWER = "You could try repotting a few plants."


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_adapter(tmp_path_factory.mktemp("adapters") / "first.gguf")


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_adapter(tmp_path_factory.mktemp("adapters") / "second.gguf", seed=2)


@pytest.fixture(scope="module")
def ids(local_model: ModelProcess) -> tuple[list[int], list[int]]:
    return local_model.tokenize(PROMPT), local_model.tokenize(ANSWER)


def reference(model: Path, lora: Path | None, ids: tuple[list[int], list[int]]) -> Float32Array:
    """The logits of every position of the answer by another front end of llama.cpp, shape (positions, V)."""
    llama = llama_cpp.Llama(
        str(model),
        lora_path=None if lora is None else str(lora),
        n_ctx=256,
        n_batch=32,
        logits_all=True,
        flash_attn=True,
        verbose=False,
    )
    prompt, answer = ids
    llama.eval([*prompt, *answer])
    scores = np.array(llama.scores[len(prompt) - 1 : len(prompt) + len(answer)])
    llama.close()
    return scores


def test_each_branch_computes_with_its_own_adapter(
    local_model: ModelProcess, model_file: Path, first: Path, second: Path, ids: tuple[list[int], list[int]]
) -> None:
    prompt, answer = ids
    wanted = list(range(len(answer) + 1))
    expected = [reference(model_file, lora, ids) for lora in (None, first, second)]
    for left, right in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(expected[left] - expected[right]).max() > 1.0
    session = local_model.open(prompt, prompt, prompt, prompt, adapters=(None, first, second))
    logits = session.logits(answer, wanted)
    for branch, one in enumerate((0, 1, 2, 0)):
        np.testing.assert_allclose(logits[:, branch], expected[one][:, : logits.shape[2]], atol=TOLERANCE)


def test_a_session_without_adapters_comes_after_one_with(
    local_model: ModelProcess, first: Path, ids: tuple[list[int], list[int]]
) -> None:
    prompt, answer = ids
    plain = local_model.open(prompt, prompt).logits(answer, [len(answer)])
    adapted = local_model.open(prompt, prompt, adapters=(first,)).logits(answer, [len(answer)])
    again = local_model.open(prompt, prompt).logits(answer, [len(answer)])
    np.testing.assert_array_equal(plain, again)
    np.testing.assert_array_equal(plain[:, 1], adapted[:, 1])
    assert np.abs(plain[:, 0] - adapted[:, 0]).max() > 0.1


def test_a_restarted_process_has_the_adapters_again(
    local_model: ModelProcess, first: Path, ids: tuple[list[int], list[int]]
) -> None:
    prompt, answer = ids
    session = local_model.open(prompt, prompt, adapters=(first,))
    before = session.logits(answer, [3])
    other = local_model.open(prompt)  # takes the process over
    other.logits(answer, [1])
    np.testing.assert_array_equal(session.logits(answer, [3]), before)


def test_files_that_are_no_adapters_for_this_model_are_refused(
    local_model: ModelProcess, model_file: Path, first: Path, tmp_path: Path, ids: tuple[list[int], list[int]]
) -> None:
    prompt, _ = ids
    cut, noise, missing = tmp_path / "cut.gguf", tmp_path / "noise.gguf", tmp_path / "missing.gguf"
    cut.write_bytes(first.read_bytes()[:-5000])
    noise.write_bytes(b"no adapter at all" * 100)
    other = random_adapter(tmp_path / "other.gguf", architecture="qwen2")
    narrow = random_adapter(tmp_path / "narrow.gguf", width=128)
    for file, said in (
        (noise, "not a GGUF"),
        (missing, "does not exist"),
        (model_file, "is no LoRA adapter"),
        (other, "another model"),
        (narrow, "another model"),
        (cut, "is damaged"),
    ):
        with pytest.raises(ModelError, match=said):
            local_model.open(prompt, adapters=(file,))
    # None of that has done any harm.
    assert local_model.open(prompt).logits([], [0]).shape[0] == 1
