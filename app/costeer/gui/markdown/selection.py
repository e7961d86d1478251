"""What is copied of an answer: text as it reads, formulas as LaTeX, tables with tabs. Window thread."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor, QTextDocument

from costeer.gui.markdown.document import AnswerDocument
from costeer.gui.markdown.styles import DISPLAY, LATEX, OBJECT
from costeer.gui.markdown.writer import Placed

_APART = 5
"""A gap of this many tenths of a line is an empty line in plain text."""


def selected_text(document: QTextDocument, answer: AnswerDocument, cursor: QTextCursor) -> str:
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    parts: list[str] = []
    for placed in answer.pieces_between(start, end):
        text = _of_table(document, placed, start, end) if placed.piece.kind == "table" else ""
        text = text or _characters(document, max(start, placed.start), min(end, placed.end))
        if parts:
            within = placed.piece.kind == "code" and not placed.piece.begins_code
            parts.append("\n" if within or placed.piece.place.gap < _APART else "\n\n")
        parts.append(text)
    return "".join(parts)


def _of_table(document: QTextDocument, placed: Placed, start: int, end: int) -> str:
    cursor = QTextCursor(document)
    cursor.setPosition(placed.start + 1)
    table = cursor.currentTable()
    lines = []
    for row in range(table.rows()):
        cells = [table.cellAt(row, column) for column in range(table.columns())]
        spans = [(max(start, cell.firstPosition()), min(end, cell.lastPosition())) for cell in cells]
        if any(low < high for low, high in spans):
            texts = (_characters(document, low, high) if low < high else "" for low, high in spans)
            lines.append("\t".join(texts))
    return "\n".join(lines)


def _characters(document: QTextDocument, start: int, end: int) -> str:
    if end <= start:
        return ""
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    text = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")
    return _with_latex(document, text, start) if OBJECT in text else text.replace("\t", " ")


def _with_latex(document: QTextDocument, text: str, start: int) -> str:
    parts, at = [], start
    cursor = QTextCursor(document)
    for character in text:
        if character == OBJECT:
            cursor.setPosition(at + 1)
            form = cursor.charFormat()
            mark = "$$" if form.property(DISPLAY) else "$"
            parts.append(f"{mark}{form.property(LATEX)}{mark}")
        else:
            parts.append(character)
        at += 2 if ord(character) > 0xFFFF else 1
    return "".join(parts)
