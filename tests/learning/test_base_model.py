"""The exported adapter is the trained one: llama.cpp and torch find the same log-ratios."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import llama_cpp.llama_cpp as llama
import numpy as np
import pytest

from costeer.learning.messages import LoraSettings
from costeer.local.process import ModelProcess
from costeer.privacy.sealable_file import SealableFile

torch = pytest.importorskip("torch", reason="the extra `training` is not installed")

PROMPT = "<|im_start|>user\n[Principles] concise [Instruction] Suggest a hobby for a rainy day.<|im_end|>\n"
ANSWERS = (
    "Paint.",
    "You could try repotting a few plants, or draw what you see from your window today.",
    "12 + 7",
)


def by_llama(model: ModelProcess, adapter: SealableFile, prompt: Sequence[int], answer: Sequence[int]) -> float:
    session = model.open(prompt, prompt, adapters=(adapter,))
    logits = session.logits(answer, list(range(len(answer)))).astype(np.float64)
    logprobs = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return float(sum(logprobs[at, 0, token] - logprobs[at, 1, token] for at, token in enumerate(answer)))


@pytest.fixture
def unrounded(model_file: Path, tmp_path: Path) -> Iterator[ModelProcess]:
    """The same numbers as float32: llama.cpp rounds what it multiplies quantised weights with, which moves a sum
    of log-ratios by up to a nat."""
    file = tmp_path / "float32.gguf"
    params = llama.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize = llama.LLAMA_FTYPE_ALL_F32, True
    assert llama.llama_model_quantize(os.fsencode(model_file), os.fsencode(file), params) == 0
    with ModelProcess(file) as process:
        yield process


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_llama_cpp_computes_what_torch_does(
    model_file: Path,
    unrounded: ModelProcess,
    local_model: ModelProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from costeer.learning import base_model
    from costeer.learning.base_model import load_adapted
    from costeer.learning.dpo import rewards

    monkeypatch.setattr(base_model, "_number_type", lambda: torch.float32)  # bfloat16 moves it as much
    adapted = load_adapted(model_file, LoraSettings(), seed=3)
    with torch.no_grad():
        for name, weights in adapted.model.named_parameters():
            if "lora_B" in name:  # zero before training
                weights.normal_(0.0, 0.1)
    file = SealableFile(tmp_path / "adapter.gguf")
    adapted.write(file, {"trained_by": "nobody"})
    prompt = local_model.tokenize(PROMPT)
    answers = [local_model.tokenize(one) for one in ANSWERS]
    expected = rewards(adapted, prompt, answers)
    assert max(map(abs, expected)) > 1.0
    np.testing.assert_allclose([by_llama(unrounded, file, prompt, one) for one in answers], expected, atol=0.02)
    np.testing.assert_allclose([by_llama(local_model, file, prompt, one) for one in answers], expected, atol=1.5)
