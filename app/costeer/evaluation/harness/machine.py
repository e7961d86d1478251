"""What a run was made with: the computer, and the files of the models."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from costeer import __version__
from costeer.foundation.cancel import CancelToken
from costeer.foundation.cpu import usable_cores
from costeer.foundation.errors import ModelError
from costeer.foundation.system_words import system_words

_BLOCK = 1 << 22


def this_machine() -> dict[str, object]:
    """For the report; no name of a computer or a user."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": usable_cores(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "costeer": __version__,
    }


@dataclass(frozen=True, slots=True)
class ModelFile:
    """By its contents, wherever it lies."""

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, file: Path, cancel: CancelToken) -> ModelFile:
        """Raises ModelError, Cancelled."""
        digest = hashlib.sha256()
        try:
            with file.open("rb") as data:
                while block := data.read(_BLOCK):
                    cancel.raise_if_cancelled()
                    digest.update(block)
                return cls(file.name, data.tell(), digest.hexdigest())
        except OSError as error:
            raise ModelError(
                "The model {file} cannot be read ({why}); check its path.", file=file, why=system_words(error)
            ) from error

    def plain(self) -> dict[str, object]:
        return {"file": self.name, "bytes": self.size, "sha256": self.sha256}


def _processor(file: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name where the system tells it."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((one.partition(":")[2].strip() for one in lines if one.startswith("model name")), "")
