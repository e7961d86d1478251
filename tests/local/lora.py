"""Adapters of random numbers, for SmolLM2-135M."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from costeer.learning.adapter_file import LowRank, write_adapter
from costeer.privacy.sealable_file import SealableFile
from costeer.steering.types import Float32Array

WIDTH, KEYS, LAYERS, RANK = 576, 192, 30, 4


def random_adapter(
    path: Path | SealableFile, seed: int = 1, *, architecture: str = "llama", width: int = WIDTH
) -> SealableFile:
    """Large enough to be seen in the logits."""
    file = path if isinstance(path, SealableFile) else SealableFile(path)
    chance = np.random.default_rng(seed)

    def normal(*shape: int) -> Float32Array:
        return chance.normal(0.0, 0.05, shape).astype(np.float32)

    weights = {
        f"blk.{layer}.attn_{name}.weight": LowRank(normal(RANK, width), normal(out, RANK))
        for layer in range(LAYERS)
        for name, out in (("q", width), ("v", KEYS))
    }
    write_adapter(file, architecture, 8.0, weights, {})
    return file
