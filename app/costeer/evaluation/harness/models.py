"""Models of an evaluation's own, beside those of the application."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess


@contextlib.contextmanager
def running(file: Path, copies: Path | None, threads: int) -> Iterator[ModelProcess]:
    """A process with the model; `copies` is where a fast copy of it may be."""
    options = LocalModelOptions(threads=threads, fast_copies=copies)
    with ModelProcess(file, options) as model:
        yield model
