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

# With more tokens per graph, llama.cpp's flash attention rounds a position differently with what else is in its
# batch: behind one prefix the log-probabilities differed by up to 0.47 nats between a prompt read in one go, one
# continued token by token and one reopened behind a cut, at every position tried. So they are the same to the last
# bit, also on another slot and while other slots work; reading a prompt takes a third longer (162 and 121 tokens a
# second, SmolLM2-135M, one thread).
_GRAPH_TOKENS = 32
_FLASH_ATTENTION = 1  # on; the default lets llama.cpp choose


@dataclass(frozen=True, slots=True)
class ServerOrder:
    """What to serve. The key travels in this, never in arguments or the environment, which others can read.

    `slots` answers at most are written at the same time, each in a context of `context` tokens.
    """

    model_file: str
    key: str
    context: int
    threads: int
    log_file: str | None
    slots: int = 1


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
    params.n_ctx = order.context * order.slots  # divided among them; capped to what the model was trained for
    params.n_parallel = order.slots
    params.kv_unified = False  # else where a token's cell lies, and so how it is rounded, depends on the past
    params.n_ubatch = _GRAPH_TOKENS
    params.flash_attn_type = xllamacpp.llama_flash_attn_type(_FLASH_ATTENTION)
    # With several slots, llama-server's cache of prompts in memory now and then gave one another prompt's state:
    # one answer in ten went on behind words that did not stand there (measured; none in as many without it).
    params.cache_ram_mib = _PROMPT_CACHE_MIB if order.slots == 1 else 0
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
