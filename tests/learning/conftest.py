"""The real SmolLM2-135M, in a model process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.local.process import ModelProcess


@pytest.fixture(scope="session")
def local_model(model_file: Path) -> Iterator[ModelProcess]:
    with ModelProcess(model_file) as process:
        process.start()
        yield process
