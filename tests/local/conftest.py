"""The real SmolLM2-135M, in a model process that is shared by all tests that do not harm it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.local.scoring import make_copy

from costeer.foundation.paths import environment_models
from costeer.local.catalogue import find_model
from costeer.local.process import ModelProcess
from costeer.local.template_process import TemplateProcess

os.environ.setdefault(
    "GOMP_SPINCOUNT", "1000"
)  # as the worker does; read when llama_cpp is imported for a reference

MODEL_ID = "smollm2-135m-instruct"


@pytest.fixture(scope="session")
def model_file() -> Path:
    return find_model(MODEL_ID, [environment_models()])


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> Path:
    """A folder with the fast copy of the embedded model. Not to be changed."""
    folder = tmp_path_factory.mktemp("copies") / "of-models"
    assert make_copy(model_file, folder).is_copy
    return folder


@pytest.fixture(scope="session")
def templates() -> Iterator[TemplateProcess]:
    with TemplateProcess() as process:
        yield process


@pytest.fixture(scope="session")
def local_model(model_file: Path, templates: TemplateProcess) -> Iterator[ModelProcess]:
    with ModelProcess(model_file, templates=templates) as process:
        process.start()
        yield process


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits for a condition in another process, which cannot be waited on in any other way than by looking."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < end, "the condition has not come true in 20 seconds"
            pause.wait(0.002)

    return wait
