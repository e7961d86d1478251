"""A training in its process: it ends in an adapter, can be stopped, killed and gone on with. Needs the extra."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, KnownError
from costeer.learning.messages import Advanced, DpoSettings, Example, Prepared, SftSettings, Text, TrainingJob
from costeer.learning.process import train
from costeer.local.process import ModelProcess
from costeer.privacy.sealable_file import SealableFile

pytest.importorskip("torch", reason="the extra `training` is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SETTINGS = DpoSettings(per_step=2, epochs=2, learning_rate=1e-3)


@pytest.fixture(scope="module")
def examples(local_model: ModelProcess) -> tuple[Example, ...]:
    """Short answers are better than long ones."""

    def ids(text: str) -> tuple[int, ...]:
        return tuple(local_model.tokenize(text))

    def example(number: int) -> Example:
        asked = f"[Principles] concise [Instruction] What is {number} and {number}?"
        prompt = f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n"
        right = 2 * number
        return Example(ids(prompt), ids(f"{right}."), ids(f"Well, let me think. That would be {right}."))

    return tuple(map(example, range(6)))


def job(model_file: Path, folder: Path, examples: Sequence[Example]) -> TrainingJob:
    return TrainingJob(
        model_file, SealableFile(folder / "adapter.gguf"), folder, tuple(examples), SETTINGS, threads=2
    )


def test_it_ends_in_an_adapter_that_prefers_the_better(
    model_file: Path, tmp_path: Path, examples: tuple[Example, ...]
) -> None:
    told: list[Prepared | Advanced] = []
    trained = train(job(model_file, tmp_path, examples), told.append, CancelToken())
    assert (tmp_path / "adapter.gguf").is_file()
    steps = [one for one in told if isinstance(one, Advanced)]
    assert [one.step for one in steps] == list(range(1, 7))
    assert steps[-1].left == 0.0
    assert trained.losses[-1] < trained.losses[0]
    assert 0 < trained.memory < 4_000_000_000


def test_a_full_disk_in_the_end_costs_no_training(
    model_file: Path, tmp_path: Path, examples: tuple[Example, ...]
) -> None:
    """What was computed is there to go on from until the adapter is."""
    cancel = CancelToken()

    def stop(report: Prepared | Advanced) -> None:
        if isinstance(report, Advanced) and report.step == 4:
            cancel.cancel()

    with pytest.raises(Cancelled):
        train(job(model_file, tmp_path, examples), stop, cancel)
    nowhere = dataclasses.replace(
        job(model_file, tmp_path, examples), adapter=SealableFile(tmp_path / "nowhere" / "adapter.gguf")
    )
    with pytest.raises(KnownError, match="cannot be written"):
        train(nowhere, lambda _: None, CancelToken())
    told: list[Prepared | Advanced] = []
    train(job(model_file, tmp_path, examples), told.append, CancelToken())
    assert (tmp_path / "adapter.gguf").is_file()
    assert all(isinstance(one, Advanced) and one.step >= 5 for one in told), "and what was done is not done again"


def test_a_stopped_training_goes_on(model_file: Path, tmp_path: Path, examples: tuple[Example, ...]) -> None:
    cancel = CancelToken()

    def stop(report: Prepared | Advanced) -> None:
        if isinstance(report, Advanced) and report.step == 2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        train(job(model_file, tmp_path, examples), stop, cancel)
    assert (tmp_path / "checkpoint.pt").is_file()
    told: list[Prepared | Advanced] = []
    train(job(model_file, tmp_path, examples), told.append, CancelToken())
    assert not [one for one in told if isinstance(one, Prepared)]
    first = told[0]
    assert isinstance(first, Advanced)
    assert first.step >= 3


def test_a_killed_training_says_so(model_file: Path, tmp_path: Path, examples: tuple[Example, ...]) -> None:
    def kill(report: Prepared | Advanced) -> None:
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()) and child.nice() == 19:
                child.kill()

    with pytest.raises(KnownError, match="goes on from where it was"):
        train(job(model_file, tmp_path, examples), kill, CancelToken())


def test_where_nothing_can_be_written_it_is_said(
    model_file: Path, tmp_path: Path, examples: tuple[Example, ...]
) -> None:
    with pytest.raises(KnownError, match="cannot be written"):
        train(job(model_file, tmp_path / "missing", examples), lambda _report: None, CancelToken())


def test_texts_become_likelier_until_those_held_out_do_not(
    model_file: Path, tmp_path: Path, local_model: ModelProcess
) -> None:
    """A habit that all texts share is learnt; what comes out is the best of the epochs."""

    def text(name: str) -> Text:
        prompt = f"<|im_start|>user\nGreet {name}.<|im_end|>\n<|im_start|>assistant\n"
        ids = [tuple(local_model.tokenize(one)) for one in (prompt, f"Ahoy, {name}, and mind the gannets!")]
        return Text(ids[0], ids[1])

    settings = SftSettings(epochs=3, learning_rate=2e-3)
    texts = tuple(map(text, ("Ada", "Tom", "Eve", "Max")))
    learning = TrainingJob(
        model_file,
        SealableFile(tmp_path / "adapter.gguf"),
        tmp_path,
        texts,
        settings,
        2,
        held_out=(text("Ida"), text("Leo")),
    )
    trained = train(learning, lambda _report: None, CancelToken())
    assert (tmp_path / "adapter.gguf").is_file()
    assert 2 <= len(trained.held_out) <= 4
    assert min(trained.held_out) < 0.7 * trained.held_out[0]
    assert len(trained.losses) == 2 * (len(trained.held_out) - 1)
