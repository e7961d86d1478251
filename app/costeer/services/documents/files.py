"""From a file to its text: plain text, Markdown, PDF. Whatever cannot be read is one sentence."""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.services.documents.pdf import PdfLimits, pdf_text

LARGEST_FILE = 32_000_000
LONGEST_TEXT = 1_000_000
"""Characters."""

_LONGEST_NAME = 200
_PDF = b"%PDF-"
_PDF_WITHIN = 1024
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class ReadFile:
    name: str
    text: str


def read_file(file: Path, cancel: CancelToken | None = None) -> ReadFile:
    """Whatever its name ends with, a file that begins as a PDF is one, and one of UTF-8 text is text.

    Raises BadInput, in one sentence that names the file; Cancelled.
    """
    name = shown_name(file)
    data = _bytes_of(file, name)
    if _PDF in data[:_PDF_WITHIN]:
        text = pdf_text(name, data, PdfLimits(LONGEST_TEXT), cancel)
    elif file.suffix.lower() == ".pdf":
        raise BadInput(
            "The PDF {name} is damaged or no PDF; open it in another program and save it again.", name=name
        )
    else:
        text = _decoded(data, name)
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            "The file {name} has {count} characters and {most} are allowed; choose a part of it.",
            name=name,
            count=len(text),
            most=LONGEST_TEXT,
        )
    cleaned = _cleaned(text)
    if not cleaned:
        raise BadInput("The file {name} holds no text; choose another one.", name=name)
    return ReadFile(name, cleaned)


def shown_name(file: Path) -> str:
    """The file's name as text of one line."""
    name = "".join(one if one.isprintable() else "?" for one in file.name)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _bytes_of(file: Path, name: str) -> bytes:
    try:
        if not file.is_file():
            what = Translatable("a folder") if file.is_dir() else Translatable("no such file")
            raise BadInput("{name} is {what}; choose a text, Markdown or PDF file.", name=name, what=what)
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        why = system_words(error) if isinstance(error, OSError) else Translatable("its name cannot be used")
        raise BadInput(
            "The file {name} cannot be read ({why}); check its permissions.", name=name, why=why
        ) from error
    if len(data) > LARGEST_FILE:
        raise BadInput(
            "The file {name} is larger than {most} MB; choose a part of it.",
            name=name,
            most=LARGEST_FILE // 1_000_000,
        )
    return data


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data.startswith(_BYTE_ORDER_MARKS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            "The file {name} is neither UTF-8 text nor a PDF; save it as one of these.", name=name
        ) from error
    if "\x00" in text:
        raise BadInput("The file {name} is neither UTF-8 text nor a PDF; save it as one of these.", name=name)
    return text


def _cleaned(text: str) -> str:
    """Line ends are "\\n", other control characters and unpaired surrogates are gone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    kept = (one for one in lines if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
    return "".join(kept).strip()
