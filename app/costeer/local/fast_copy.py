"""A copy of the local model in the tensor types that llama.cpp computes best, made once per file.

The type of the weights decides two things (docs/decisions/0012-fast-copies.md has the figures): how fast a few
positions are scored, and whether a position's logits depend on the batch it was in. They must not: looking ahead
scores many positions at once and has to equal going token by token. The kernels for the K types and for floating
point differ between small and large batches; those for plain blocks of 32 do not, and of these Q8_0 is the
fastest that leaves the model's opinions as they were. So tensors of a type in `KEPT` stay and others become Q8_0.

A copy is never needed: whatever prevents one, the original is used, and the caller is told why. Runs on the
model process's main thread, the conversion on a thread of its own, because llama.cpp cannot stop it.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import psutil

from costeer.foundation.errors import Cancelled
from costeer.local.copy_files import CopyFiles
from costeer.local.gguf_tensors import Tensor, read_tensors

KEPT = frozenset(
    {
        llama.GGML_TYPE_Q8_0,
        llama.GGML_TYPE_Q5_0,
        llama.GGML_TYPE_Q4_0,
        llama.GGML_TYPE_IQ4_NL,
        llama.GGML_TYPE_MXFP4,
    }
)
"""Exact in batches of any size, and at least about as fast as Q8_0."""

_SMALL = 1 << 20
"""Elements of an F32 tensor (norms, biases, routers) that may stay: llama.cpp itself never quantises those."""

LARGEST_COPY = 8_000_000_000
MOST_OF_MEMORY = 0.5
"""Of the computer's: a copy can be larger than its source, and must not make a model that runs one that swaps."""

SPARE_DISK = 1_000_000_000

_RECIPE = "q8_0 1"
"""To be changed with whatever changes the copies."""

_BYTES_PER_ELEMENT = 34 / 32  # of Q8_0
_POLL_SECONDS = 0.05
_MOST_POLLS = 20
_READ_AT_ONCE = 256 << 20  # bytes of a tensor; by default 8 GiB
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$")  # llama.cpp knows the parts of a model by their names


class NoCopyError(Exception):
    """There is no copy; the message says why."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The file to load. `is_copy`: not the one that was asked for. `remark` says why there is no copy although
    there should be one, and is empty otherwise."""

    file: Path
    is_copy: bool = False
    remark: str = ""


def fast_weights(
    source: Path,
    folder: Path | None,
    threads: int,
    tick: Callable[[], bool],
    prepared: Callable[[float], None],
) -> Weights:
    """The copy of `source` in `folder`, made if need be; `source` itself when it needs none or none can be made.

    `tick` is called while there is progress and stops the work by returning True; `prepared` gets the fraction
    that is done. Raises Cancelled.
    """
    if folder is None:
        return Weights(source)
    try:
        files = CopyFiles.of(source, folder, _RECIPE)
        if files.exists():
            return Weights(files.copy, is_copy=True)
        tensors = read_tensors(source)
        if all(map(_may_stay, tensors)):
            return Weights(source)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.tidy()
        _make(source, files, tensors, threads, tick, prepared)
    except (NoCopyError, OSError, ValueError, AttributeError) as reason:
        return Weights(source, remark=str(reason))
    return Weights(files.copy, is_copy=True)


def discard(weights: Weights) -> None:
    """Remove a copy that cannot be loaded."""
    weights.file.unlink(missing_ok=True)


def _may_stay(tensor: Tensor) -> bool:
    return tensor.kind in KEPT or (tensor.kind == llama.GGML_TYPE_F32 and tensor.elements < _SMALL)


def _make(
    source: Path,
    files: CopyFiles,
    tensors: Sequence[Tensor],
    threads: int,
    tick: Callable[[], bool],
    prepared: Callable[[float], None],
) -> None:
    """Write the copy. Raises NoCopyError, OSError, Cancelled; then nothing is left behind."""
    kept = [tensor for tensor in tensors if _may_stay(tensor)]
    size = _check_room(source, files.copy.parent, tensors)
    conversion = _Conversion(source, files, kept, threads)
    conversion.start()
    try:
        while not conversion.finished.wait(_POLL_SECONDS):  # bounded by the parent: it watches the ticks
            if tick():
                raise Cancelled
            prepared(min(0.999, max(0.001, _size_of(files.part) / size)))
        conversion.raise_if_failed()
    except BaseException:
        conversion.wait_for_its_file()
        files.discard()
        raise


def _check_room(source: Path, folder: Path, tensors: Sequence[Tensor]) -> int:
    """How large the copy becomes, in bytes (nearly). Raises NoCopyError when that is too much."""
    size = int(_BYTES_PER_ELEMENT * sum(tensor.elements for tensor in tensors))
    if _SPLIT.search(source.name):
        raise NoCopyError("the model is split into several files")
    if size > min(LARGEST_COPY, MOST_OF_MEMORY * psutil.virtual_memory().total):
        raise NoCopyError(f"it would be too large ({size / 1e9:.1f} GB)")
    if shutil.disk_usage(folder).free < size + SPARE_DISK:
        raise NoCopyError(f"there is not enough room on the disk for {size / 1e9:.1f} GB")
    return size


def _size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # not begun
        return 0


class _Conversion(threading.Thread):
    """llama.cpp's own quantiser. A daemon: a process that no longer wants it must be able to end."""

    def __init__(self, source: Path, files: CopyFiles, kept: list[Tensor], threads: int) -> None:
        super().__init__(name="fast-copy", daemon=True)
        self.finished = threading.Event()
        self._source = source
        self._files = files
        self._error: OSError | None = None
        self._status = 0
        self._overrides = _overrides(kept)
        self._params = llama.llama_model_quantize_default_params()
        self._params.ftype = llama.LLAMA_FTYPE_MOSTLY_Q8_0
        self._params.allow_requantize = True
        self._params.nthread = threads
        self._params.max_buf_size = _READ_AT_ONCE
        self._params.tt_overrides = self._overrides

    def run(self) -> None:
        try:
            self._status = llama.llama_model_quantize(
                os.fsencode(self._source), os.fsencode(self._files.part), ctypes.byref(self._params)
            )
            if self._status == 0:
                self._files.complete()
        except OSError as error:
            self._error = error
        finally:
            self.finished.set()

    def wait_for_its_file(self) -> None:
        """llama.cpp makes the file when it has read the source's header; removed before, it would come back."""
        for _ in range(_MOST_POLLS):
            if self._files.part.exists() or self.finished.wait(_POLL_SECONDS):
                return

    def raise_if_failed(self) -> None:
        """Only when finished."""
        if self._error is not None:
            raise self._error
        if self._status != 0:
            raise NoCopyError("llama.cpp could not convert it")


def _overrides(kept: Sequence[Tensor]) -> Any:
    """What tells llama.cpp to leave these tensors as they are: a pattern for each, and an empty one at the end."""
    rows = [(b"^" + re.escape(tensor.name).encode() + b"$", tensor.kind) for tensor in kept]
    return (llama.llama_model_tensor_override * (len(rows) + 1))(*rows, (None, 0))
