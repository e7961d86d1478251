"""What every test stands on: a home of its own, Qt off screen, and the embedded model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from costeer.bootstrap import Application, open_application
from costeer.foundation.paths import AppPaths, environment_models

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before any test imports Qt
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # nothing goes to the developer's keychain

hypothesis.settings.register_profile("costeer", deadline=None)  # how long an example takes is no property
hypothesis.settings.load_profile("costeer")

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"


USE_MODELS = ("cli", "cloud", "demo_cloud", "evaluation", "gui", "integration", "local", "services")
"""Folders whose tests run models. They share one worker: two models on one core each are slower than one after
the other, and the session's processes are started once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    for item in items:
        if item.path.relative_to(tests).parts[0] in USE_MODELS:
            item.add_marker(pytest.mark.xdist_group("models"))


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
    file = environment_models() / MODEL
    if not file.is_file():
        pytest.fail(f"The embedded model {file} is missing; run `make setup`.")
    return file


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The whole application on real services, shared by all tests of a process; what they store is theirs."""
    root = tmp_path_factory.mktemp("home")
    paths = AppPaths(root / "config", root / "data", root / "cache", root / "log")
    with open_application(paths) as opened:
        yield opened
