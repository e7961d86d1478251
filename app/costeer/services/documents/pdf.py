"""The text of a PDF file, read in a process of its own.

A PDF is a program of a stranger's: it may be damaged, go on for ever or grow without bound. The process that
reads it is given the bytes and no file, has a bound on its memory where the system offers one, and is ended when
it takes too long or nobody waits any more. What it answers is bytes of bounded length: a file that gets hold of
it gets no further.
"""

from __future__ import annotations

import contextlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from costeer.foundation.cancel import CancelToken
from costeer.foundation.child_process import bound_memory, end_process, leave_with_parent, spawn_context
from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import translatable

MOST_PAGES = 1000
SECONDS = 30.0
"""For the whole file; a book of 1000 pages takes about this long."""

_MEMORY = 2 << 30
_LOOK_AGAIN = 0.05
_TEXT = "text"
_KIND = 8
"""Bytes that say what the rest of an answer is."""

_BYTES_PER_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class PdfLimits:
    characters: int
    pages: int = MOST_PAGES
    seconds: float = SECONDS


def pdf_text(name: str, data: bytes, limits: PdfLimits, cancel: CancelToken | None = None) -> str:
    """The text of the PDF `data`, a blank line between pages. `name` is for the sentences.

    Raises BadInput, in one sentence, for what cannot be read within the limits; Cancelled.
    """
    context = spawn_context()
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, limits), name="costeer-pdf", daemon=True)
    process.start()
    theirs.close()
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died: `_answer` says so
            ours.send_bytes(data)
        kind, text = _answer(ours, limits.seconds, limits.characters, cancel)
    finally:
        ours.close()
        end_process(process, patience=0.0)
    if kind == _TEXT:
        return text
    raise BadInput(_SENTENCES[kind], name=name, pages=limits.pages, seconds=round(limits.seconds))


_SENTENCES = {
    "pages": translatable("The PDF {name} has more than {pages} pages; take out the part that matters."),
    "long": translatable(
        "The PDF {name} holds more text than a document may have; take out the part that matters."
    ),
    "locked": translatable("The PDF {name} is protected by a password; save it without one."),
    "empty": translatable(
        "The PDF {name} holds no text, only pictures perhaps; run a text recognition over it first."
    ),
    "broken": translatable("The PDF {name} is damaged or no PDF; open it in another program and save it again."),
    "slow": translatable(
        "The PDF {name} takes longer than {seconds} seconds to read; take out the part that matters."
    ),
    "memory": translatable("The PDF {name} takes too much memory to read; take out the part that matters."),
}


def _answer(ours: Connection, seconds: float, most: int, cancel: CancelToken | None) -> tuple[str, str]:
    """`most` characters at most."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if cancel is not None:
            cancel.raise_if_cancelled()
        if ours.poll(_LOOK_AGAIN):
            try:
                answer = ours.recv_bytes(_KIND + _BYTES_PER_CHARACTER * most)
            except (OSError, EOFError):
                return "broken", ""  # it crashed over this file, or says more than it may
            kind, text = answer[:_KIND].decode("ascii", "replace").strip(), answer[_KIND:]
            return (kind, text.decode("utf-8", "replace")) if kind in (_TEXT, *_SENTENCES) else ("broken", "")
    return "slow", ""


def serve(connection: Connection, limits: PdfLimits) -> None:
    """The child: one file in, one answer out."""
    leave_with_parent()
    logging.disable()  # what pypdf finds odd about a file is told nobody
    bound_memory(_MEMORY)
    try:
        answer = extract(connection.recv_bytes(), limits)
    except EOFError:
        return
    except MemoryError:
        answer = ("memory", "")
    kind, text = answer
    connection.send_bytes(kind.ljust(_KIND).encode() + text.encode("utf-8", "replace"))


def extract(data: bytes, limits: PdfLimits) -> tuple[str, str]:
    """("text", the text), or what is wrong with the file. Raises MemoryError."""
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return "locked", ""
        if len(reader.pages) > limits.pages:
            return "pages", ""
        parts: list[str] = []
        length = 0
        for text in _pages(reader.pages):
            length += len(text) + 2
            if length > limits.characters:
                return "long", ""
            parts.append(text)
    except FileNotDecryptedError:
        return "locked", ""
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a stranger's file brings about is the file's fault
        return "broken", ""
    whole = "\n\n".join(one for one in parts if one)
    return (_TEXT, whole) if whole else ("empty", "")


def _pages(pages: object) -> Iterator[str]:
    for page in pages:  # type: ignore[attr-defined]  # pypdf's virtual list
        yield page.extract_text().strip()
