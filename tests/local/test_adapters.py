"""LoRA adapters in the model process: each branch computes with its own, and a file that is none is refused."""

from __future__ import annotations

from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from tests.local.lora import random_adapter

from costeer.foundation.errors import ModelError, StorageError
from costeer.local.process import ModelProcess
from costeer.privacy.sealable_file import SealableFile
from costeer.steering.types import Float32Array

Ids = tuple[list[int], list[int]]

TOLERANCE = 1e-2  # logits
PROMPT = "<|im_start|>user\nSuggest a hobby for a rainy day.<|im_end|>\n<|im_start|>assistant\n"
ANSWER = "You could try repotting a few plants."


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> SealableFile:
    return random_adapter(tmp_path_factory.mktemp("adapters") / "first.gguf")


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SealableFile:
    return random_adapter(tmp_path_factory.mktemp("adapters") / "second.gguf", seed=2)


@pytest.fixture(scope="module")
def ids(local_model: ModelProcess) -> Ids:
    return local_model.tokenize(PROMPT), local_model.tokenize(ANSWER)


def reference(model: Path, lora: Path | None, ids: Ids) -> Float32Array:
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
    local_model: ModelProcess,
    model_file: Path,
    first: SealableFile,
    second: SealableFile,
    ids: Ids,
) -> None:
    prompt, answer = ids
    wanted = list(range(len(answer) + 1))
    expected = [reference(model_file, lora, ids) for lora in (None, first.path, second.path)]
    for left, right in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(expected[left] - expected[right]).max() > 1.0
    session = local_model.open(prompt, prompt, prompt, prompt, adapters=(None, first, second))
    logits = session.logits(answer, wanted)
    for branch, one in enumerate((0, 1, 2, 0)):
        np.testing.assert_allclose(logits[:, branch], expected[one][:, : logits.shape[2]], atol=TOLERANCE)


def test_a_session_without_adapters_comes_after_one_with(
    local_model: ModelProcess, first: SealableFile, ids: Ids
) -> None:
    prompt, answer = ids
    plain = local_model.open(prompt, prompt).logits(answer, [len(answer)])
    adapted = local_model.open(prompt, prompt, adapters=(first,)).logits(answer, [len(answer)])
    again = local_model.open(prompt, prompt).logits(answer, [len(answer)])
    np.testing.assert_array_equal(plain, again)
    np.testing.assert_array_equal(plain[:, 1], adapted[:, 1])
    assert np.abs(plain[:, 0] - adapted[:, 0]).max() > 0.1


def test_a_restarted_process_has_the_adapters_again(
    local_model: ModelProcess, first: SealableFile, ids: Ids
) -> None:
    prompt, answer = ids
    session = local_model.open(prompt, prompt, adapters=(first,))
    before = session.logits(answer, [3])
    other = local_model.open(prompt)  # takes the process over
    other.logits(answer, [1])
    np.testing.assert_array_equal(session.logits(answer, [3]), before)


def test_files_that_are_no_adapters_for_this_model_are_refused(
    local_model: ModelProcess,
    model_file: Path,
    first: SealableFile,
    tmp_path: Path,
    ids: Ids,
) -> None:
    prompt, _ = ids
    cut, noise, missing = (SealableFile(tmp_path / f"{name}.gguf") for name in ("cut", "noise", "missing"))
    cut.write(first.read()[:-5000])
    noise.write(b"no adapter at all" * 100)
    other = random_adapter(tmp_path / "other.gguf", architecture="qwen2")
    narrow = random_adapter(tmp_path / "narrow.gguf", width=128)
    for file, said in (
        (noise, "not a GGUF"),
        (missing, "does not exist"),
        (SealableFile(model_file), "is no LoRA adapter"),
        (other, "another model"),
        (narrow, "another model"),
        (cut, "is damaged"),
    ):
        with pytest.raises(ModelError, match=said):
            local_model.open(prompt, adapters=(file,))
    # None of that has done any harm.
    assert local_model.open(prompt).logits([], [0]).shape[0] == 1


def test_a_sealed_adapter_computes_the_same_and_only_under_its_key(
    local_model: ModelProcess, first: SealableFile, tmp_path: Path, ids: Ids
) -> None:
    prompt, answer = ids
    sealed = SealableFile(tmp_path / "sealed.gguf", bytes(32))
    sealed.write(first.read())
    assert b"attn_q" not in sealed.path.read_bytes()
    expected = local_model.open(prompt, adapters=(first,)).logits(answer, [len(answer)])
    found = local_model.open(prompt, adapters=(sealed,)).logits(answer, [len(answer)])
    np.testing.assert_array_equal(found, expected)
    renamed = SealableFile(sealed.path.rename(tmp_path / "other.gguf"), sealed.key)
    for wrong in (SealableFile(renamed.path, bytes([1]) * 32), renamed):
        with pytest.raises(StorageError, match="another database"):
            local_model.open(prompt, adapters=(wrong,))
    with pytest.raises(ModelError, match="does not exist"):
        local_model.open(prompt, adapters=(sealed,))
