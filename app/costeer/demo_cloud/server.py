"""The demo cloud's process: llama-server, on loopback, on a port of its own choosing, behind a key.

Runs as the main thread of a child process. Talks to its parent over one pipe: it is told a `ServerOrder`, answers
with `Listening` or `Failed`, and leaves when the pipe or the parent is gone.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection

from costeer.foundation.child_process import leave_with_parent

_PROMPT_CACHE_MIB = 512


@dataclass(frozen=True, slots=True)
class ServerOrder:
    """What to serve. The key travels in this, never in arguments or the environment, which others can read."""

    model_file: str
    key: str
    context: int
    threads: int
    log_file: str | None


@dataclass(frozen=True, slots=True)
class Listening:
    base_url: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The model could not be loaded; `why` is llama.cpp's or xllamacpp's own text."""

    why: str


def serve(pipe: Connection) -> None:
    """The child's main function. Ends the process when the parent closes `pipe`."""
    leave_with_parent()
    order = pipe.recv()
    assert isinstance(order, ServerOrder)
    _redirect_output(order.log_file)
    try:
        _server, base_url = _start(order)  # the server runs as long as the object lives
    except Exception as error:  # noqa: BLE001  # the native library raises plain exceptions of any kind
        pipe.send(Failed(f"{error}" or type(error).__name__))
        return
    pipe.send(Listening(base_url))
    with contextlib.suppress(EOFError, OSError):
        pipe.recv()
    # Not by destroying the server, which would wait for idle connections and for an answer that nobody wants.
    os._exit(0)


def _start(order: ServerOrder) -> tuple[object, str]:
    # Imported here: the parent imports this module too, and must not load a native library for it.
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order.model_file
    params.model_alias = {os.path.splitext(os.path.basename(order.model_file))[0]}
    params.n_ctx = order.context  # the server caps it to what the model was trained for
    # One slot: a reopened stream then finds its own cache (11 to 33 ms to its first token). With two, the slot of
    # the stream just cut is often still busy, and the whole prompt is read again (up to 700 ms, measured).
    params.n_parallel = 1
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.cpuparams.n_threads = order.threads
    params.cpuparams_batch.n_threads = order.threads
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order.key]
    params.ui = False
    params.endpoint_slots = False  # would show prompts
    params.offline = True
    server = xllamacpp.Server(params)
    return server, str(server.listening_address)


def _redirect_output(log_file: str | None) -> None:
    """llama.cpp writes to the descriptors themselves, so they are what is replaced."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    target = os.open(log_file, flags, 0o600) if log_file else os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(target, descriptor)
    os.close(target)
