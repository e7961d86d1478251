"""Versions of adapters: kept, used, gone back to, deleted; and what is no adapter is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from costeer.foundation.errors import BadInput, KnownError, StorageError
from costeer.services.training.adapters import AdapterShelf

KEY = bytes(range(32))


@pytest.fixture
def shelf(tmp_path: Path) -> AdapterShelf:
    return AdapterShelf(tmp_path / "adapters", lambda: KEY)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "A model, of 1B.gguf"
    file.write_bytes(b"GGUF")
    return file


def add(shelf: AdapterShelf, model: Path, accuracy: float) -> int:
    version, file = shelf.room_for("reward", model)
    file.write(b"GGUF adapter")
    assert shelf.add("reward", model, version, {"accuracy": accuracy}).version == version
    return version


def test_versions(shelf: AdapterShelf, model: Path, tmp_path: Path) -> None:
    assert shelf.in_use("reward", model) is None
    assert shelf.all("reward", model) == []
    first, second = add(shelf, model, 0.7), add(shelf, model, 0.8)
    assert [one.version for one in shelf.all("reward", model)] == [first, second] == [1, 2]
    assert shelf.in_use("reward", model) is None
    shelf.use("reward", model, second)
    used = shelf.in_use("reward", model)
    assert used is not None
    assert used.figures == {"accuracy": 0.8}
    assert used.file.read() == b"GGUF adapter"
    shelf.use("reward", model, first)
    shelf.delete("reward", model, second)
    assert [one.version for one in shelf.all("reward", model)] == [first]
    assert add(shelf, model, 0.9) == 2
    shelf.delete("reward", model, first)
    assert shelf.in_use("reward", model) is None
    assert shelf.all("personal", model) == []
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    assert shelf.all("reward", other) == []
    with pytest.raises(BadInput, match="version 7"):
        shelf.use("reward", model, 7)


def test_what_cannot_be_read_is_no_version(shelf: AdapterShelf, model: Path) -> None:
    version = add(shelf, model, 0.7)
    shelf.use("reward", model, version)
    _, next_file = shelf.room_for("reward", model)
    folder = next_file.path.parent
    for name, text in (("2.json", "{"), ("3.json", '{"created": 1}'), ("4.json", "[]"), ("x.json", "{}")):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "in-use").write_text("\u00e4", encoding="utf-8")
    assert [one.version for one in shelf.all("reward", model)] == [version]
    assert shelf.in_use("reward", model) is None
    next(folder.glob("1.gguf")).unlink()
    assert shelf.all("reward", model) == []


def test_what_cannot_be_read_is_not_written_over_and_lends_its_number_to_none(
    shelf: AdapterShelf, model: Path, tmp_path: Path
) -> None:
    """As where a backup with another key was restored."""
    other = AdapterShelf(tmp_path / "adapters", lambda: bytes(32))
    for _ in range(2):
        version, file = other.room_for("personal", model)
        file.write(b"GGUF of before")
        other.add("personal", model, version, {})
    other.use("personal", model, 2)
    version, file = shelf.room_for("personal", model)
    assert version == 3
    file.write(b"GGUF")
    shelf.add("personal", model, version, {})
    assert shelf.in_use("personal", model) is None, "nobody said so"
    assert [one.file.read() for one in other.all("personal", model)] == [b"GGUF of before"] * 2
    for name in ("2.json", "3.json"):
        (file.path.parent / name).unlink()
    assert shelf.room_for("personal", model)[0] == 3, "2 is said to be in use"


def test_a_folder_that_cannot_be_written_is_named(shelf: AdapterShelf, model: Path, tmp_path: Path) -> None:
    (tmp_path / "adapters").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(StorageError, match="adapters"):
        shelf.room_for("reward", model)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_only_the_user_can_read_them(shelf: AdapterShelf, model: Path) -> None:
    add(shelf, model, 0.7)
    _, file = shelf.room_for("reward", model)
    assert file.path.parent.stat().st_mode & 0o077 == 0


def test_what_a_training_needed_to_go_on_goes_with_its_end(shelf: AdapterShelf, model: Path) -> None:
    checkpoint = shelf.working_folder("reward", model) / "checkpoint.pt"
    checkpoint.write_bytes(b"weights")
    version = add(shelf, model, 0.7)
    assert checkpoint.is_file(), "until somebody says so"
    shelf.end_training("reward", model)
    assert not checkpoint.exists()
    assert [one.version for one in shelf.all("reward", model)] == [version]


def test_what_learnt_from_a_text_goes_with_it_for_every_model(
    shelf: AdapterShelf, model: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF, longer")
    for of, learnt_from in ((model, ("a", "b")), (model, ("c",)), (other, ("b",))):
        version, file = shelf.room_for("personal", of)
        file.write(b"GGUF adapter")
        shelf.add("personal", of, version, {}, learnt_from)
    shelf.use("personal", model, 1)
    shelf.use("personal", other, 1)
    unfinished, checkpoint = (
        shelf.room_for("personal", other)[1],
        shelf.working_folder("personal", model) / "at.pt",
    )
    unfinished.write(b"half an adapter")
    checkpoint.write_bytes(b"weights")
    assert shelf.forget("personal", ["b"]) == [1, 1]
    assert [one.version for one in shelf.all("personal", model)] == [2]
    assert shelf.in_use("personal", model) is None
    assert shelf.all("personal", other) == []
    left = {file.name for file in (tmp_path / "adapters").rglob("*") if file.is_file()}
    assert left == {"2.gguf", "2.json"}, "nor is there anything of a training that was not finished"


def test_a_personal_adapter_and_what_it_learnt_from_are_sealed(
    shelf: AdapterShelf, model: Path, tmp_path: Path
) -> None:
    version, file = shelf.room_for("personal", model)
    file.write(b"GGUF adapter")
    shelf.add("personal", model, version, {"gain": 0.5}, ["an id that is made of a text"])
    for one in (tmp_path / "adapters").rglob("*.*"):
        data = one.read_bytes()
        assert b"adapter" not in data, "of who has the disk nobody reads it"
        assert b"made of" not in data
    assert shelf.all("personal", model)[0].learnt_from == {"an id that is made of a text"}
    other = AdapterShelf(tmp_path / "adapters", lambda: bytes(32))
    assert other.all("personal", model) == [], "and another database has another key"
    assert other.all("reward", model) == []


def test_one_program_at_a_time_trains_a_kind(shelf: AdapterShelf, tmp_path: Path) -> None:
    other = AdapterShelf(tmp_path / "adapters", lambda: KEY)
    with shelf.alone("personal"):
        with pytest.raises(KnownError, match="at this already"), other.alone("personal"):
            pytest.fail("two at once")
        with other.alone("reward"), other.alone("augmenting"):
            pass
    with other.alone("personal"):
        pass
