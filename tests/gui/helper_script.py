"""The child's side of a helper that behaves as badly as it is asked to. No Qt."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import Connection

from costeer.gui.markdown import helper_process


def serve(connection: Connection) -> None:
    helper_process.serve(connection, lambda: None, answer)


def serve_nobody(connection: Connection) -> None:
    """Leaves before it is ready."""
    connection.close()


def answer(question: tuple[str, int]) -> bytes:
    word, number = question
    if word == "hang":
        threading.Event().wait()
    if word == "die":
        os._exit(3)
    if word == "take":
        return bytes(bytearray(number))[:1]
    if word == "raise":
        raise RecursionError
    return f"{len(word)} {number}".encode()
