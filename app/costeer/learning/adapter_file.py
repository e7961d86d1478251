"""A LoRA adapter as the GGUF file that llama.cpp loads.

For each adapted weight `W` (out, in) the file holds `A` (rank, in) and `B` (out, rank); llama.cpp computes with
`W + alpha / rank * B A`. Names are llama.cpp's own ("blk.0.attn_q.weight").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gguf
import numpy as np
from numpy.typing import NDArray

from costeer.foundation.memory_file import memory_file
from costeer.privacy.sealable_file import SealableFile

Matrix = NDArray[np.float32]

_PERMUTED = {"llama"}
"""Architectures whose query and key weights llama.cpp keeps with their rows in another order than transformers:
the two halves of each head's rotary pairs lie beside each other instead of one behind the other."""


@dataclass(frozen=True, slots=True, eq=False)
class LowRank:
    """`a` (rank, in) and `b` (out, rank) of one adapted weight."""

    a: Matrix
    b: Matrix


def write_adapter(
    file: SealableFile, architecture: str, alpha: float, weights: Mapping[str, LowRank], notes: Mapping[str, str]
) -> None:
    """Written whole or not at all. `notes` are said of the adapter in its header. Raises OSError."""
    with memory_file() as path:
        writer = gguf.GGUFWriter(path, architecture)
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", alpha)
        for key, value in notes.items():
            writer.add_string(f"costeer.{key}", value)
        for weight, pair in weights.items():
            writer.add_tensor(f"{weight}.lora_a", np.ascontiguousarray(pair.a, dtype=np.float32))
            writer.add_tensor(f"{weight}.lora_b", np.ascontiguousarray(pair.b, dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        file.write(path.read_bytes())


def in_llama_order(architecture: str, weight: str, b: Matrix, heads: int, kv_heads: int) -> Matrix:
    """The rows of `b` (out, rank), trained by transformers, in the order of llama.cpp's rows of `weight`."""
    if architecture not in _PERMUTED or (".attn_q." not in weight and ".attn_k." not in weight):
        return b
    count = heads if ".attn_q." in weight else kv_heads
    rows, rank = b.shape
    return b.reshape(count, 2, rows // count // 2, rank).swapaxes(1, 2).reshape(rows, rank)
