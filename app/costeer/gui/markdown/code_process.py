"""Code in colours: Pygments says what each word is, the theme has the colours.

Of its 600 languages some have patterns that take for ever on some texts, so it works in a child process, which can
be ended. Pygments is imported there only. No Qt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from multiprocessing.connection import Connection
from typing import Protocol

from costeer.gui.markdown import helper_process
from costeer.gui.markdown.pieces import Code

LONGEST = 120_000
"""Characters of code that is coloured; longer code stays as it is."""

LONGEST_LINE = 4_000
"""A line that is longer keeps code from being coloured."""

Colored = tuple[tuple[int, int, str], ...]
"""Of a line: from where, how many UTF-16 units, which colour of the theme."""

_COLORS = (
    ("Comment", "code_comment"),
    ("Keyword.Constant", "code_number"),
    ("Keyword.Type", "code_type"),
    ("Keyword", "code_keyword"),
    ("Operator.Word", "code_keyword"),
    ("Literal.String", "code_string"),
    ("Literal.Number", "code_number"),
    ("Literal.Date", "code_number"),
    ("Name.Function", "code_function"),
    ("Name.Class", "code_type"),
    ("Name.Namespace", "code_type"),
    ("Name.Exception", "code_type"),
    ("Name.Decorator", "code_function"),
    ("Name.Builtin", "code_builtin"),
    ("Name.Constant", "code_number"),
    ("Name.Tag", "code_keyword"),
    ("Name.Attribute", "code_function"),
    ("Name.Variable", "code_builtin"),
    ("Generic.Heading", "code_keyword"),
    ("Generic.Subheading", "code_keyword"),
    ("Generic.Deleted", "code_deleted"),
    ("Generic.Inserted", "code_string"),
)
_PLAIN = ("text", "plain", "plaintext", "txt")
TOKENS = tuple(sorted({token for _, token in _COLORS}))
"""Every colour that code may have beside that of text."""


class Lexer(Protocol):
    """What is used of those of Pygments, which have no types."""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, object, str]]: ...


def serve(connection: Connection) -> None:
    """The child: answer (language, text) with what `decoded` reads."""
    helper_process.serve(connection, lambda: _lexer("python"), lambda question: encoded(Code(*question)))


def encoded(code: Code) -> bytes:
    """The colours of `code`, as they travel."""
    lines = [[(start, length, TOKENS.index(token)) for start, length, token in one] for one in colored_lines(code)]
    return json.dumps(lines, separators=(",", ":")).encode()


def decoded(answer: bytes) -> tuple[Colored, ...]:
    """Of each line; none where there is no answer, or one that cannot be read."""
    try:
        lines = json.loads(answer) if answer else []
        return tuple(tuple((int(start), int(length), TOKENS[at]) for start, length, at in one) for one in lines)
    except (ValueError, TypeError, IndexError):
        return ()


@lru_cache(maxsize=16)
def may_be_colored(code: Code) -> bool:
    """Whether it is worth trying: a language has a name, and neither code nor lines are too long."""
    if not code.language or code.language.lower() in _PLAIN or len(code.text) > LONGEST:
        return False
    return max(map(len, code.text.split("\n"))) <= LONGEST_LINE


def colored_lines(code: Code) -> Iterator[Colored]:
    """The colours of each line of `code`, in order; nothing where the language is not known."""
    lexer = _lexer(code.language.lower()) if may_be_colored(code) else None
    if lexer is None:
        return
    from costeer.gui.steering_spans import utf16

    line: list[tuple[int, int, str]] = []
    column = 0
    for kind, value in _tokens(lexer, code.text):
        color = _color(kind)
        for number, part in enumerate(value.split("\n")):
            if number:
                yield tuple(line)
                line, column = [], 0
            width = utf16(part)
            if color and part.strip():
                if line and line[-1][2] == color and line[-1][0] + line[-1][1] == column:
                    line[-1] = (line[-1][0], line[-1][1] + width, color)
                else:
                    line.append((column, width, color))
            column += width
    yield tuple(line)


def _tokens(lexer: Lexer, text: str) -> Iterator[tuple[object, str]]:
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        yield kind, value


@cache
def _lexer(language: str) -> Lexer | None:
    """None for what Pygments does not know."""
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        lexer: Lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return None
    return lexer


@cache
def _color(kind: object) -> str:
    name = str(kind).removeprefix("Token.")
    return next((token for prefix, token in _COLORS if f"{name}.".startswith(f"{prefix}.")), "")
