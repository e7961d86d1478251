"""Files that are no usable model: told in one sentence that names the file, before or while loading."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.foundation.errors import ModelError
from costeer.local.gguf_check import check_file
from costeer.local.process import ModelProcess


def refusal(file: Path) -> str:
    with ModelProcess(file) as process:
        with pytest.raises(ModelError) as caught:
            process.start()
        assert process.pid is None
    assert str(file) in caught.value.user_message
    assert "\n" not in caught.value.user_message
    return caught.value.user_message


def part_of(model_file: Path, target: Path, size: int) -> bytearray:
    with model_file.open("rb") as handle:
        data = bytearray(handle.read(size))
    target.write_bytes(data)
    return data


def test_the_real_model_passes(model_file: Path) -> None:
    check_file(model_file)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "gone.gguf")


def test_a_folder(tmp_path: Path) -> None:
    assert "is not a file" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"GGU", b"<!DOCTYPE html>" * 50])
def test_something_else(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "page.gguf"
    file.write_bytes(content)
    assert "is not a GGUF model file" in refusal(file)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may read everything, so it is given up for the length of a test."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield


def test_an_unreadable_file(nobody: None) -> None:
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(b"GGUF" * 20)
        file.flush()
        Path(file.name).chmod(0)
        assert "check its permissions" in refusal(Path(file.name))


@pytest.mark.parametrize("size", [10, 1000, 1_000_000, 30_000_000])
def test_a_truncated_file(tmp_path: Path, model_file: Path, size: int) -> None:
    file = tmp_path / "part.gguf"
    part_of(model_file, file, size)
    assert "damaged or incomplete" in refusal(file)


def test_a_file_that_lacks_its_last_bytes(tmp_path: Path, model_file: Path) -> None:
    file = tmp_path / "part.gguf"
    part_of(model_file, file, model_file.stat().st_size - 1000)
    assert "damaged or incomplete" in refusal(file)


def test_a_vocabulary_only_file(tmp_path: Path, model_file: Path) -> None:
    file = tmp_path / "vocabulary.gguf"
    data = part_of(model_file, file, 4_000_000)
    data[8:16] = bytes(8)  # the header's tensor count
    file.write_bytes(data)
    assert "lacks weights" in refusal(file)


def test_an_unknown_architecture(tmp_path: Path, model_file: Path) -> None:
    file = tmp_path / "future.gguf"
    data = model_file.read_bytes()
    key = data.index(b"general.architecture")
    place = data.index(b"llama", key)
    file.write_bytes(data[:place] + b"xlama" + data[place + 5 :])
    assert "architecture “xlama”" in refusal(file)
