"""Which tensor types a model file holds, as ggml's own reader sees them. Imported by the child process only.

ggml reads the header (0.2 s for a vocabulary of 150 000), so that this application has no second parser of the
format that could disagree with the loader's.
"""

from __future__ import annotations

import ctypes
import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
from llama_cpp._ctypes_extensions import load_shared_library


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: `kind` is its GGML_TYPE number, `elements` how many numbers it holds."""

    name: str
    kind: int
    elements: int


class _InitParams(ctypes.Structure):
    """gguf_init_params; a null `context` means that no tensor is read."""

    _fields_ = [("no_alloc", ctypes.c_bool), ("context", ctypes.c_void_p)]


def read_tensors(file: Path) -> list[Tensor]:
    """Raises ValueError when ggml cannot read the file, OSError or AttributeError when its library is not as
    expected."""
    ggml = _library()
    header = ggml.gguf_init_from_file(os.fsencode(file), _InitParams(True, None))
    if not header:
        raise ValueError("its header cannot be read")
    try:
        return [_tensor(ggml, header, index) for index in range(ggml.gguf_get_n_tensors(header))]
    finally:
        ggml.gguf_free(header)


def _tensor(ggml: Any, header: int, index: int) -> Tensor:
    kind = ggml.gguf_get_tensor_type(header, index)
    blocks = ggml.gguf_get_tensor_size(header, index) // ggml.ggml_type_size(kind)
    name = ggml.gguf_get_tensor_name(header, index).decode("utf-8", "replace")
    return Tensor(name, kind, blocks * ggml.ggml_blck_size(kind))


@functools.cache
def _library() -> Any:
    """llama_cpp declares the functions of llama.cpp, not those of ggml beneath it."""
    ggml = load_shared_library("ggml-base", Path(llama_cpp.__file__).parent / "lib")
    handle, index = ctypes.c_void_p, ctypes.c_int64
    for name, result, arguments in (
        ("gguf_init_from_file", handle, [ctypes.c_char_p, _InitParams]),
        ("gguf_free", None, [handle]),
        ("gguf_get_n_tensors", ctypes.c_int64, [handle]),
        ("gguf_get_tensor_name", ctypes.c_char_p, [handle, index]),
        ("gguf_get_tensor_type", ctypes.c_int, [handle, index]),
        ("gguf_get_tensor_size", ctypes.c_size_t, [handle, index]),
        ("ggml_type_size", ctypes.c_size_t, [ctypes.c_int]),
        ("ggml_blck_size", ctypes.c_int64, [ctypes.c_int]),
    ):
        function = getattr(ggml, name)
        function.restype, function.argtypes = result, arguments
    return ggml
