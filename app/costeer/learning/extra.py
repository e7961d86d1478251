"""Whether the libraries for training are there, without importing them."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from costeer.foundation.errors import KnownError

_LIBRARIES = ("torch", "transformers", "peft", "gguf", "accelerate")
SIEVE = ("datasketch", "py3langid")
"""What it takes to sift texts that a model wrote."""


def check_installed(libraries: Sequence[str] = _LIBRARIES) -> None:
    """Raise KnownError, naming what is missing, unless all are there."""
    for name in libraries:
        if importlib.util.find_spec(name) is None:
            raise missing(name)


def missing(name: str) -> KnownError:
    return KnownError(
        "Training needs libraries that are not installed ({name} is missing); "
        "run `pip install costeer-desktop[training]`.",
        name=name,
    )
