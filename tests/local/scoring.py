"""Asking a session for all positions from one on, and making a fast copy, in a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from costeer.local.fast_copy import Weights, fast_weights
from costeer.local.process import LocalSession
from costeer.steering.types import Float32Array


def logits_from(session: LocalSession, answer: Sequence[int], first: int) -> Float32Array:
    return session.logits(answer, range(first, len(answer) + 1))


def make_copy(source: Path, folder: Path) -> Weights:
    return fast_weights(source, folder, 1, lambda: False, lambda _fraction: None)
