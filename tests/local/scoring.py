"""Asking a session for all positions from one on."""

from __future__ import annotations

from collections.abc import Sequence

from costeer.local.process import LocalSession
from costeer.steering.types import Float32Array


def logits_from(session: LocalSession, answer: Sequence[int], first: int) -> Float32Array:
    return session.logits(answer, range(first, len(answer) + 1))
