"""Says in one sentence why a file cannot be used as a model.

`check_file` looks at the outside (there, a file, GGUF) before a process is started for it. What only the
loader can see (truncated tensors, an unknown architecture) is told by llama.cpp's log, which
`explain_load_failure` translates: it knows every tensor type's size, and a second parser would drift from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from costeer.foundation.errors import ModelError
from costeer.foundation.system_words import system_words
from costeer.privacy.sealable_file import SealableFile

_MAGIC = b"GGUF"
_HEADER_BYTES = 24  # magic, version, tensor count, key count

_TRUNCATED = re.compile(
    r"not within the file bounds|corrupted or incomplete|failed to read|unexpectedly reached end of file"
    r"|failed to seek|failed to load model metadata|gguf_init_from_file"
)
_UNKNOWN_ARCHITECTURE = re.compile(r"unknown model architecture: '([^']*)'")
_OTHER_MODEL = re.compile(r"model arch and LoRA arch mismatch|incorrect shape|does not exist in base model")
_NO_WEIGHTS = re.compile(r"missing tensor '")
_NO_MEMORY = re.compile(r"failed to allocate|unable to allocate|out of memory")


def check_file(file: Path) -> None:
    """Raise ModelError when `file` is missing, is no regular file, cannot be read, or is not GGUF."""
    if not file.exists():
        raise ModelError(
            "The model file {file} does not exist; choose another model, or fetch it again.", file=file
        )
    if not file.is_file():
        raise ModelError("{file} is not a file; choose a model file that ends in .gguf.", file=file)
    try:
        with file.open("rb") as handle:
            header = handle.read(_HEADER_BYTES)
    except OSError as error:
        raise ModelError(
            "The model file {file} cannot be read ({why}); check its permissions.",
            file=file,
            why=system_words(error),
        ) from error
    if header[:4] != _MAGIC:
        raise ModelError("{file} is not a GGUF model file; choose one that ends in .gguf.", file=file)
    if len(header) < _HEADER_BYTES:
        raise _truncated(file)
    if int.from_bytes(header[8:16], "little") == 0:
        raise _without_weights(file)


def check_adapter(file: SealableFile) -> None:
    """As `check_file`. What is sealed can only be looked into where it is opened."""
    if file.key is None:
        check_file(file.path)
    elif not file.path.is_file():
        raise ModelError(
            "The adapter {file} does not exist; go back to an earlier version, or train anew.", file=file.path
        )


def explain_load_failure(file: Path, log: Sequence[str]) -> ModelError:
    """What llama.cpp's last log lines mean for the user who chose `file`."""
    text = "\n".join(log)
    if found := _UNKNOWN_ARCHITECTURE.search(text):
        return ModelError(
            "The model file {file} has the architecture “{architecture}”, which this version cannot run; "
            "choose another model.",
            file=file,
            architecture=found[1],
        )
    if _NO_MEMORY.search(text):
        return ModelError(
            "There is not enough memory to load {file}; close other programs or choose a smaller model.", file=file
        )
    if _NO_WEIGHTS.search(text):
        return _without_weights(file)
    if _TRUNCATED.search(text):
        return _truncated(file)
    return ModelError(
        "The model file {file} cannot be loaded; fetch it again or choose another model (the log says more).",
        file=file,
    )


def explain_adapter_failure(file: Path, log: Sequence[str]) -> ModelError:
    """What llama.cpp's last log lines mean for the user whose adapter `file` is."""
    text = "\n".join(log)
    if _OTHER_MODEL.search(text):
        return ModelError(
            "The adapter {file} was trained for another model than this one; choose that model, or train anew.",
            file=file,
        )
    return ModelError(
        "The adapter {file} is damaged or is no LoRA adapter; go back to an earlier version, or train anew.",
        file=file,
    )


def _truncated(file: Path) -> ModelError:
    return ModelError("The model file {file} is damaged or incomplete; remove it and fetch it again.", file=file)


def _without_weights(file: Path) -> ModelError:
    return ModelError(
        "The model file {file} lacks weights (a vocabulary-only file, perhaps); choose a complete model.",
        file=file,
    )
