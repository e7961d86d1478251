"""The model process makes its fast copy: killed, cancelled, hindered, and with a copy that is damaged."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.local.scoring import logits_from

from costeer.bootstrap import Application, open_application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import Progress
from costeer.foundation.settings import Settings, load_settings, save_settings
from costeer.foundation.translatable import Translatable
from costeer.local.messages import LocalModelOptions
from costeer.local.process import ModelProcess
from costeer.steering.types import Float32Array

WaitUntil = Callable[[Callable[[], bool]], None]


def first_logits(process: ModelProcess) -> Float32Array:
    return logits_from(process.open(process.tokenize("The capital of France is")), [], 0)


def process_for(
    model_file: Path, folder: Path, on_restart: Callable[[Translatable], None] | None = None
) -> ModelProcess:
    return ModelProcess(model_file, LocalModelOptions(fast_copies=folder, threads=1), on_restart=on_restart)


def copies_in(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.suffix == ".gguf"]


@pytest.mark.thorough
def test_the_user_hears_of_it_once(model_file: Path, tmp_path: Path) -> None:
    for expected in (True, False):
        heard: list[Progress] = []
        with process_for(model_file, tmp_path) as process:
            process.start(heard.append)
        preparing = [one for one in heard if str(one.what).startswith("Preparing")]
        assert bool(preparing) is expected
        assert all(0 < one.done < 1000 == one.total for one in preparing)
    assert list(tmp_path.iterdir()) == copies_in(tmp_path)


@pytest.mark.thorough
def test_cancelled_while_preparing_nothing_is_left(model_file: Path, tmp_path: Path) -> None:
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if str(progress.what).startswith("Preparing"):
            cancel.cancel()

    with process_for(model_file, tmp_path) as process:
        with pytest.raises(Cancelled):
            process.start(stop, cancel)
        assert process.pid is None
        assert list(tmp_path.iterdir()) == []
        process.start()
        assert len(copies_in(tmp_path)) == 1


@pytest.mark.thorough
def test_killed_while_preparing_the_answer_comes_and_the_next_start_prepares(
    model_file: Path, local_model: ModelProcess, tmp_path: Path, wait_until: WaitUntil
) -> None:
    notices: list[Translatable] = []
    with process_for(model_file, tmp_path, notices.append) as process:
        starting = threading.Thread(target=process.start)
        starting.start()
        wait_until(lambda: any(one.suffix == ".part" for one in tmp_path.iterdir()))
        (part,) = tmp_path.iterdir()
        os.kill(int(part.suffixes[-2][1:]), signal.SIGKILL)
        starting.join(60)
        assert len(notices) == 1
        np.testing.assert_array_equal(first_logits(process), first_logits(local_model))
    assert list(tmp_path.iterdir()) == [part]
    with process_for(model_file, tmp_path) as process:
        process.start()
    assert [one.suffix for one in tmp_path.iterdir()] == [".gguf"]


def test_a_restart_uses_the_copy_again(model_file: Path, copies: Path) -> None:
    with process_for(model_file, copies) as process:
        expected = first_logits(process)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        np.testing.assert_array_equal(first_logits(process), expected)


def test_where_no_copy_can_be_written_the_file_is_used(
    model_file: Path, local_model: ModelProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    occupied = tmp_path / "a-file"
    occupied.touch()
    with process_for(model_file, occupied) as process:
        np.testing.assert_array_equal(first_logits(process), first_logits(local_model))
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "no fast copy" in record.getMessage()


def test_a_damaged_copy_is_removed_and_the_file_used(
    model_file: Path, local_model: ModelProcess, copies: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = Path(shutil.copy(next(copies.iterdir()), tmp_path))
    os.truncate(copy, 50_000_000)
    with process_for(model_file, tmp_path) as process:
        np.testing.assert_array_equal(first_logits(process), first_logits(local_model))
    assert "damaged" in caplog.text
    assert not copy.exists()


def test_the_application_keeps_its_copies_in_its_cache(app: Application) -> None:
    app.models.close()  # whatever became of the copies of the process that runs, the next one has its own
    app.models.ready()
    assert len(copies_in(app.paths.cache / "fast-models")) == 1


def test_fast_copies_can_be_switched_off(tmp_path: Path) -> None:
    paths = AppPaths(*(tmp_path / name for name in ("config", "data", "cache", "log"))).create()
    save_settings(paths.settings_file, Settings(fast_copies=False))
    assert load_settings(paths.settings_file).fast_copies is False
    with open_application(paths) as application:
        application.models.ready()
    assert not (paths.cache / "fast-models").exists()
