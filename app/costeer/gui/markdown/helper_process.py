"""The child's side of `helper`: questions in, bytes out. No Qt; the child's main thread."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from costeer.foundation.child_process import bound_memory, leave_with_parent

_MEMORY = 400_000_000
"""Bytes, beyond what the process begins with."""


def serve(connection: Connection, prepare: Callable[[], object], answer: Callable[[Any], bytes]) -> None:
    """Load what is needed (`prepare`) and say so; then answer each question with what `answer` makes of it, with
    nothing where it raises, until the pipe is closed."""
    leave_with_parent()
    bound_memory(_MEMORY)
    prepare()
    connection.send_bytes(b"")
    while True:
        try:
            question = connection.recv()
        except (EOFError, OSError):
            return
        try:
            made = answer(question)
        except Exception:  # noqa: BLE001 - a library over hostile text: whatever it raises, there is no answer
            made = b""
        connection.send_bytes(made)
