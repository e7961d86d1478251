"""Child processes that never outlive the application.

Native code (llama.cpp, the demo cloud's server) runs in processes of its own. Each is started by spawning a
fresh interpreter, and each watches its parent: when the parent is gone, however it went, the operating system
closes its sentinel, and the child leaves at once. That holds for kill -9 too, on all three systems.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import multiprocessing.connection
import multiprocessing.context
import multiprocessing.process
import os
import signal
import sys
import threading
from pathlib import Path

from costeer.foundation.door import shut_doors
from costeer.foundation.errors import Worded
from costeer.foundation.hardening import forbid_core_dumps


class ChildLost(Worded):
    """The process is gone; `said` tells how, behind "it": "ended by signal 9", "stopped answering"."""


def spawn_context() -> multiprocessing.context.SpawnContext:
    """The only start method used: the same everywhere, and safe beside Qt's and llama.cpp's threads."""
    return multiprocessing.get_context("spawn")


def leave_with_parent() -> None:
    """Call first thing in a child. Ctrl+C goes to the parent, which decides what it means. No child has a way out
    of this computer."""
    shut_doors()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def wait_for_the_end() -> None:
        multiprocessing.connection.wait([sentinel])
        os._exit(0)

    threading.Thread(target=wait_for_the_end, name="parent-watch", daemon=True).start()


def bound_memory(most: int, *, of_addresses: bool = True) -> None:
    """In a child: more than `most` bytes beyond what it has now are refused where the system does so; no dump is
    written. What it has now depends on the program that it belongs to, whose main module a child imports too.

    `of_addresses`: addresses that nothing stands at count as well, and so do files that are only looked into.
    """
    if sys.platform == "win32":
        return
    import resource

    forbid_core_dumps()
    mapped, of_data = _memory_now()
    bounds = [(resource.RLIMIT_DATA, of_data), *([(resource.RLIMIT_AS, mapped)] if of_addresses else [])]
    for kind, now in bounds:
        with contextlib.suppress(ValueError, OSError):  # macOS: not below the size of its shared libraries
            resource.setrlimit(kind, (now + most, now + most))


def give_back_memory() -> None:
    """In a child that allocates large blocks of ever other sizes: what is freed goes back to the system at once,
    where glibc would rather keep it in pieces that fit nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            for parameter, value in ((_M_MMAP_THRESHOLD, _LARGE_BLOCK), (_M_TRIM_THRESHOLD, _LARGE_BLOCK)):
                ctypes.CDLL(None).mallopt(parameter, value)


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _LARGE_BLOCK = -1, -3, 1 << 24


def _memory_now() -> tuple[int, int]:
    """Bytes of address space, and those of them for data, that this process has; zeros where nobody tells."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:  # only Linux has it
        return 0, 0
    size = os.sysconf("SC_PAGE_SIZE")
    return int(pages[0]) * size, int(pages[5]) * size


def end_process(process: multiprocessing.process.BaseProcess, *, patience: float = 1.0) -> None:
    """Make sure `process` is gone: wait `patience` seconds, then terminate, then kill, and reap it."""
    with contextlib.suppress(ValueError):  # already closed
        process.join(patience)
        if process.is_alive():
            process.terminate()
            process.join(1.0)
        if process.is_alive():
            process.kill()
            process.join(5.0)


def how_it_was_lost(process: multiprocessing.process.BaseProcess) -> ChildLost:
    """Of one that has: "ended by signal 9", "ended with code 1"."""
    code = process.exitcode
    if code is not None and code < 0:
        return ChildLost("ended by signal {number}", number=-code)
    return ChildLost("ended with code {code}", code=str(code))
