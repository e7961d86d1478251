"""What crosses between the application and the model process.

Two ways are used. The pipe carries the small dataclasses below, never more than a few kilobytes, so that
neither side can block on a peer that has stopped reading. Everything bulky (prompts, texts, logits, the
vocabulary) lies in the payload of the `SharedArea`. Calls are serialised by the parent, so one payload is
enough: a request's data lies in it until the child has read it, then the reply's.

The shared memory has no name in the file system: `RawArray` unlinks its backing file as soon as it is open, and
spawning hands the child the descriptor. So nothing can be left behind, whoever is killed.
"""

from __future__ import annotations

import ctypes
import multiprocessing.context
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from costeer.foundation.errors import BugError, CoSteerError
from costeer.privacy.sealable_file import SealableFile
from costeer.steering.types import FloatArray

if TYPE_CHECKING:
    ControlArray = ctypes.Array[ctypes.c_uint64]
    PayloadArray = ctypes.Array[ctypes.c_ubyte]

IntArray = NDArray[np.int32]

PAYLOAD_BYTES = 32 * 1024 * 1024
"""Room for 16 positions of two branches with a vocabulary of 262 144 tokens."""

MOST_POSITIONS = 16
"""Positions per decode. More gain little on a CPU and would make a single graph node, the output matrix,
take long enough to be mistaken for a hang."""

MOST_BRANCHES = 9
"""Those of the context, and two for each preference that is steered by."""

KNOCKOUT_LIMIT = 2048
"""Tokens that a text may have whose parts are hidden in turn."""

Span = tuple[int, int]
"""[start, end), indices of tokens."""

_BEAT, _CANCELLED, _LOADED, _PREPARED = range(4)


@dataclass(frozen=True, slots=True)
class LocalModelOptions:
    """`branch_limit` bounds the tokens (prompt and answer) of each branch; the model's own limit holds too.

    `threads` is the number of CPU threads; None means one per
    physical core. `fast_copies` is the folder for copies of models in faster types; None means that the file is
    used as it is.
    """

    branch_limit: int = 4096
    threads: int | None = None
    fast_copies: Path | None = None


class SharedArea:
    """Counters and the payload. Each counter has exactly one writer, so no lock is needed.

    `beat` (child) grows whenever llama.cpp makes progress; `prepared` and `loaded` (child) say in thousandths how
    much of a fast copy is made (0: none is being made) and how much of the model is loaded; `cancelled` (parent)
    is the number of the request that is to stop. Requests are numbered from 1, so a cancellation that comes too
    late stops nothing.
    """

    def __init__(self, context: multiprocessing.context.BaseContext) -> None:
        self._control: ControlArray = context.RawArray(ctypes.c_uint64, 4)
        self._payload: PayloadArray = context.RawArray(ctypes.c_ubyte, PAYLOAD_BYTES)

    @property
    def beat(self) -> int:
        return int(self._control[_BEAT])

    def bump(self) -> None:
        self._control[_BEAT] += 1

    @property
    def loaded(self) -> int:
        return int(self._control[_LOADED])

    def set_loaded(self, fraction: float) -> None:
        self._control[_LOADED] = int(1000 * fraction)

    @property
    def prepared(self) -> int:
        return int(self._control[_PREPARED])

    def set_prepared(self, fraction: float) -> None:
        self._control[_PREPARED] = int(1000 * fraction)

    def cancel(self, request: int) -> None:
        self._control[_CANCELLED] = request

    def is_cancelled(self, request: int) -> bool:
        return int(self._control[_CANCELLED]) == request

    def write_bytes(self, data: bytes, offset: int = 0) -> None:
        if offset + len(data) > PAYLOAD_BYTES:
            raise BugError(
                "{count} bytes do not fit into the model process's payload; please report this.", count=len(data)
            )
        ctypes.memmove(ctypes.addressof(self._payload) + offset, data, len(data))

    def read_bytes(self, count: int, offset: int = 0) -> bytes:
        return ctypes.string_at(ctypes.addressof(self._payload) + offset, count)

    def write_tokens(self, tokens: Sequence[int] | IntArray) -> None:
        self.write_bytes(np.asarray(tokens, dtype=np.int32).tobytes())

    def read_tokens(self, count: int, skip: int = 0) -> list[int]:
        tokens: list[int] = np.frombuffer(
            memoryview(self._payload), dtype=np.int32, count=count, offset=4 * skip
        ).tolist()
        return tokens

    def write_floats(self, values: FloatArray) -> None:
        self.write_bytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())

    def read_floats(self, rows: int, columns: int) -> FloatArray:
        flat = np.frombuffer(self.read_bytes(8 * rows * columns), dtype=np.float64)
        return flat.reshape(rows, columns)

    def logits(self, positions: int, branches: int, n_vocab: int) -> NDArray[np.float32]:
        """A view of the payload, shape (positions, branches, n_vocab); valid until the next request."""
        flat = np.frombuffer(memoryview(self._payload), dtype=np.float32, count=positions * branches * n_vocab)
        return flat.reshape(positions, branches, n_vocab)


def positions_per_call(branches: int, n_vocab: int) -> int:
    """How many positions of all branches fit into the payload, at most MOST_POSITIONS."""
    return max(1, min(MOST_POSITIONS, PAYLOAD_BYTES // (4 * branches * n_vocab)))


@dataclass(frozen=True, slots=True)
class Tokenize:
    """The UTF-8 text is in the payload; the reply is `Tokenized`."""

    request: int
    n_bytes: int
    parse_special: bool


@dataclass(frozen=True, slots=True)
class Open:
    """The branches' prompts are in the payload as int32, one after the other, `lengths` of them; the child reads
    them into its cache. `adapters` names the LoRA file of each branch; None where it is the model itself."""

    request: int
    lengths: tuple[int, ...]
    adapters: tuple[SealableFile | None, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The answer is in the payload, then the positions whose logits are wanted, ascending; the logits replace
    them."""

    request: int
    n_answer: int
    n_wanted: int


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The answer is in the payload; its log-probability by branch replaces it, as float64."""

    request: int
    n_answer: int


@dataclass(frozen=True, slots=True)
class Knock:
    """The text is in the payload, then the spans to hide in turn, two numbers each; the log-probabilities of the
    last `targets` tokens replace them, as float64. See `knockout.Knockout`."""

    request: int
    n_tokens: int
    n_spans: int
    targets: int
    tail: int


Request = Tokenize | Open | Score | Likelihood | Knock


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is ready. The payload holds `n_vocab` int32 lengths, then the tokens' bytes without a gap.

    `is_copy`: a fast copy was loaded; `remark` says why not although there should be one.
    """

    name: str
    n_vocab: int
    n_bytes: int
    end_tokens: tuple[int, ...]
    control_tokens: tuple[int, ...]
    chat_template: str
    bos_text: str
    eos_text: str
    branch_context: int
    is_copy: bool
    remark: str


@dataclass(frozen=True, slots=True)
class Tokenized:
    """The ids are in the payload as int32."""

    n_tokens: int


@dataclass(frozen=True, slots=True)
class Done:
    """The request has been carried out; what it made is in the payload."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The request was stopped because it was cancelled; the cache is consistent."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The request failed; `log` holds llama.cpp's last lines, which never quote the conversation."""

    error: CoSteerError
    log: tuple[str, ...]


Reply = Loaded | Tokenized | Done | Aborted | Failed
