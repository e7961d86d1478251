"""What every test stands on: a home of its own, Qt off screen, and the embedded model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before any test imports Qt

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="session", autouse=True)
def costeer_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings, data and logs of the whole session; child processes inherit it. Never the developer's own."""
    home = tmp_path_factory.mktemp("costeer-home")
    before = os.environ.get("COSTEER_HOME")
    os.environ["COSTEER_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["COSTEER_HOME"]
    else:
        os.environ["COSTEER_HOME"] = before


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The embedded model. Its absence is a failure: without it half of the suite would prove nothing."""
    from costeer.foundation.paths import environment_models

    file = environment_models() / MODEL
    if not file.is_file():
        pytest.fail(f"The embedded model {file} is missing; run `make setup`.")
    return file
