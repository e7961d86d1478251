"""The child's side of the template process: a pipe, and the bounds that the operating system keeps.

A request is JSON (see `TemplateProcess`); a reply is `TEXT` and the rendered text, or `REFUSED` and a reason, as
UTF-8. Jinja's sandbox keeps a template from Python's inside, but not from working for ever or from making endless
text: so this process has little memory to give, and its parent ends it when a rendering takes long.

The child imports this module, jinja2 and the standard library, no more: it is to start quickly. The parent imports
this module as well (spawning needs the function's name), so jinja2 is imported inside. Runs on the child's main
thread.
"""

from __future__ import annotations

import os
import sys
import time
from multiprocessing.connection import Connection

from costeer.foundation.child_process import bound_memory, leave_with_parent

MOST_MEMORY = 300_000_000
"""Bytes. Python and jinja take 25 million, and a conversation some ten times its own length."""

MOST_ADDED = 1_000_000
"""By how many bytes a text may be longer than the request that it is rendered from."""

READY, TEXT, REFUSED = b"ready", b"+", b"-"
"""What is sent once, when the process is ready; and what replies begin with."""

TOO_LARGE = 3
"""The exit code of a process that ran out of memory: it may be unable even to reply."""

_MOST_CPU_SECONDS = 3
"""Of one rendering, where the parent does not end it earlier: it may hang itself, or be gone while Python is
inside of one long call and the thread that watches for that does not get to run."""


def run_template_worker(connection: Connection) -> None:
    """Serve until the parent closes the pipe or is gone."""
    leave_with_parent()
    code = 0
    try:
        from costeer.local.template_sandbox import Refused, render

        bound_memory(MOST_MEMORY)  # the parent looks too, for systems that do not
        connection.send_bytes(READY)
        while True:  # until the pipe ends
            request = connection.recv_bytes()
            _bound_time()
            try:
                reply = TEXT + render(request, len(request) + MOST_ADDED)
            except Refused as refused:
                reply = REFUSED + str(refused).encode("utf-8", "replace")
            connection.send_bytes(reply)
    except (EOFError, OSError):  # nobody left to tell
        pass
    except MemoryError:
        code = TOO_LARGE
    os._exit(code)


def _bound_time() -> None:
    if sys.platform == "win32":
        return
    import resource

    hardest = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(time.process_time()) + _MOST_CPU_SECONDS
    if hardest == resource.RLIM_INFINITY or soft <= hardest:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hardest))
