"""Fast copies of the real model: what is in them, when they are made, and what happens when they cannot be."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import numpy as np
import pytest
from tests.local.scoring import logits_from, make_copy

from costeer.foundation.errors import Cancelled
from costeer.local import copy_files, fast_copy
from costeer.local.copy_files import CopyFiles
from costeer.local.fast_copy import Weights, fast_weights
from costeer.local.gguf_tensors import read_tensors
from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess


@pytest.fixture(scope="session")
def fast_model(copies: Path, model_file: Path) -> Iterator[ModelProcess]:
    with ModelProcess(model_file, LocalModelOptions(fast_copies=copies)) as process:
        yield process


@pytest.fixture
def source(tmp_path: Path, model_file: Path) -> Path:
    """The embedded model, to be changed."""
    return Path(shutil.copy(model_file, tmp_path / "source.gguf"))


def quantised(source: Path, target: Path, ftype: int, embedding: int) -> Path:
    params = llama.llama_model_quantize_default_params()
    params.allow_requantize, params.nthread = True, 1
    params.ftype, params.output_tensor_type, params.token_embedding_type = ftype, embedding, embedding
    assert llama.llama_model_quantize(os.fsencode(source), os.fsencode(target), ctypes.byref(params)) == 0
    return target


def kinds(file: Path) -> dict[str, int]:
    return {tensor.name: tensor.kind for tensor in read_tensors(file)}


def test_every_matrix_of_a_copy_is_of_an_exact_type(copies: Path, model_file: Path) -> None:
    (copy,) = copies.iterdir()
    before, after = kinds(model_file), kinds(copy)
    assert before.keys() == after.keys()
    assert llama.GGML_TYPE_Q4_1 in before.values()
    assert set(after.values()) == {llama.GGML_TYPE_F32, llama.GGML_TYPE_Q8_0}
    assert [name for name in after if after[name] == llama.GGML_TYPE_F32] == [
        name for name in after if before[name] == llama.GGML_TYPE_F32
    ]


def test_the_copy_is_the_same_model(fast_model: ModelProcess, local_model: ModelProcess) -> None:
    assert fast_model.describe() == local_model.describe()
    prompt = local_model.tokenize("The capital of France is the city of")
    answers = [logits_from(one.open(prompt), [], 0) for one in (fast_model, local_model)]
    assert float(np.abs(answers[0] - answers[1]).max()) > 0.0, "both loaded the same file"
    logprobs = [one - np.logaddexp.reduce(one, axis=-1, keepdims=True) for one in answers]
    assert float((np.exp(logprobs[1]) * (logprobs[1] - logprobs[0])).sum()) < 0.02


@pytest.mark.thorough
def test_logits_do_not_depend_on_the_batch(fast_model: ModelProcess) -> None:
    """Bit by bit, for any way to cut an answer into batches of 1 to 16 positions, and after any other session."""
    draws = random.Random(12)
    prompts = [fast_model.tokenize(text) for text in ("Ada grows orchids. Suggest a hobby: ", "A hobby: ")]
    answer = fast_model.tokenize("You could repot a few plants, draw what you see from the window, or bake bread.")
    reference = logits_from(fast_model.open(*prompts), answer, 0)
    for _ in range(8):
        fast_model.open(*(prompt[: draws.randrange(1, len(prompt))] for prompt in prompts))
        session = fast_model.open(*prompts)
        at = 0
        while at <= len(answer):
            wanted = range(at, min(at + draws.randint(1, 16), len(answer) + 1))
            np.testing.assert_array_equal(session.logits(answer[: wanted[-1]], wanted), reference[wanted])
            at = wanted[-1] + 1


def test_a_copy_is_made_once(copies: Path, model_file: Path) -> None:
    (before,) = copies.iterdir()
    inode = before.stat().st_ino
    assert make_copy(model_file, copies) == Weights(before, is_copy=True)
    assert [one.stat().st_ino for one in copies.iterdir()] == [inode]


def test_a_changed_source_gets_a_new_copy_and_the_old_one_goes(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    first = make_copy(source, folder)
    stranger = folder / "other.0123abcd.0123456789ab.gguf"
    stranger.write_bytes(b"another model's")
    os.utime(source, ns=(0, source.stat().st_mtime_ns + 1))
    second = make_copy(source, folder)
    assert second.is_copy
    assert second.file != first.file
    assert set(folder.iterdir()) == {second.file, stranger}


def test_what_is_tidied_away(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    files = CopyFiles.of(source, folder, "recipe")
    gone = 2**22 + 1  # above the largest process id of Linux
    left, busy = (folder / f"x.0123abcd.0123456789ab.gguf.{pid}.part" for pid in (gone, os.getppid()))
    old, fresh = folder / "old.0123abcd.0123456789ab.gguf", folder / "fresh.0123abcd.0123456789ab.gguf"
    for one in (left, busy, old, fresh, files.copy):
        one.touch()
    os.utime(old, (0.0, old.stat().st_mtime - copy_files._UNUSED_SECONDS - 60))
    os.utime(files.copy, (0.0, 0.0))
    assert files.exists()
    files.tidy()
    assert set(folder.iterdir()) == {busy, fresh, files.copy}
    files.discard()
    assert not files.exists()


def test_types_that_are_fit_need_no_copy(copies: Path, tmp_path: Path) -> None:
    (eight,) = copies.iterdir()
    assert make_copy(eight, tmp_path / "none") == Weights(eight)
    assert not (tmp_path / "none").exists()


def test_fit_tensors_stay_as_they_are(model_file: Path, tmp_path: Path) -> None:
    mixed = quantised(model_file, tmp_path / "mixed.gguf", llama.LLAMA_FTYPE_MOSTLY_Q4_0, llama.GGML_TYPE_Q5_1)
    weights = make_copy(mixed, tmp_path / "copies")
    assert weights.is_copy
    before, after = kinds(mixed), kinds(weights.file)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"token_embd.weight"}
    assert llama.GGML_TYPE_Q4_0 in after.values()
    assert after["token_embd.weight"] == llama.GGML_TYPE_Q8_0


def test_none_is_wanted(model_file: Path) -> None:
    assert fast_weights(model_file, None, 1, lambda: True, lambda _fraction: None) == Weights(model_file)


@pytest.mark.parametrize(
    ("limit", "value", "why"),
    [
        ("SPARE_DISK", 1 << 60, "not enough room"),
        ("LARGEST_COPY", 1_000_000, "too large"),
        ("MOST_OF_MEMORY", 1e-9, "too large"),
    ],
)
def test_too_large(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: float, why: str
) -> None:
    monkeypatch.setattr(fast_copy, limit, value)
    weights = make_copy(model_file, tmp_path)
    assert (weights.file, weights.is_copy) == (model_file, False)
    assert why in weights.remark
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_write_that_fails_half_way(model_file: Path, tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000_000, before[1]))
    try:
        weights = make_copy(model_file, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert weights == Weights(model_file, remark="llama.cpp could not convert it")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1000, 30_000_000])
def test_a_truncated_source(source: Path, tmp_path: Path, size: int) -> None:
    os.truncate(source, size)
    weights = make_copy(source, tmp_path / "copies")
    assert weights.file == source
    assert weights.remark
    assert not (tmp_path / "copies").exists() or list((tmp_path / "copies").iterdir()) == []


def test_cancelled_half_way(model_file: Path, tmp_path: Path) -> None:
    ticks = iter((False, True))
    with pytest.raises(Cancelled):
        fast_weights(model_file, tmp_path, 1, lambda: next(ticks), lambda _fraction: None)
    assert list(tmp_path.iterdir()) == []


def test_parts_of_a_model_are_left_alone(source: Path, tmp_path: Path) -> None:
    part = source.rename(tmp_path / "large-00001-of-00002.gguf")
    assert "split" in make_copy(part, tmp_path / "copies").remark
