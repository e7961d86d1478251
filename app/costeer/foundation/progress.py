"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costeer.foundation.translatable import Translatable


@dataclass(frozen=True, slots=True)
class Progress:
    """One report. `total` is None while the amount of work is unknown."""

    what: Translatable
    done: int = 0
    total: int | None = None


ProgressCallback = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """For callers who do not want to know."""
