"""A document of plain blocks as Markdown and as a web page of its own.

What is quoted was written by models, servers and strangers: in either form it is text and nothing else. The page
loads nothing, runs nothing and links to nothing, and says so to the browser; in Markdown quotations stand in
fences that they cannot close, and everything else has its signs escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from costeer.foundation.text import safe
from costeer.foundation.translatable import Translatable

_SIGNS = re.compile(
    r"([\\`*_{}\[\]<>#|&~!$@]|:(?=/)|(?<=www)\.|^[-+=]|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s))", re.IGNORECASE
)
"""What means something to one Markdown or another: emphasis, links, pictures, HTML, tables, addresses, lists."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#222;"
    "background:#fff}h1{font-size:1.7em}h2{margin-top:2em}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3em .6em;border-bottom:1px solid #ccc;vertical-align:top;"
    "overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f3f3f3;"
    "padding:.6em .8em;border-radius:.4em;font:inherit}.good{color:#0a6b2d}.bad{color:#a40000;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}pre{background:#2a2a2a}"
    "th,td{border-color:#444}.good{color:#6fcf8d}.bad{color:#ff8a80}}"
)


Words = Translatable | str
"""Ours, to be said in the reader's language, or somebody else's, as they are."""

Say = Callable[[Translatable], str]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: Words


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`tone` marks good and bad news where there are colours."""

    text: Words
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's text, with a line about it, and one about what was left out of it."""

    about: Words
    text: str
    rest: Words | None = None


Block = Heading | Paragraph | Listing | Table | Quote


def as_markdown(blocks: Sequence[Block], say: Say = str) -> str:
    return "\n\n".join(_Markdown(say).of(one) for one in blocks) + "\n"


class _Markdown:
    def __init__(self, say: Say) -> None:
        self._say = say

    def of(self, block: Block) -> str:
        if isinstance(block, Heading):
            return f"{'#' * block.level} {self._line(block.text)}"
        if isinstance(block, Paragraph):
            return self._line(block.text)
        if isinstance(block, Listing):
            return "\n".join(f"- {self._line(one)}" for one in block.items)
        if isinstance(block, Quote):
            longest = max((len(run) for run in re.findall("`+", block.text)), default=0)
            fence = "`" * max(3, longest + 1)
            rest = "" if block.rest is None else f"\n\n{self._line(block.rest)}"
            return f"{self._line(block.about)}\n\n{fence}text\n{_shown(block.text)}\n{fence}{rest}"
        rows = [f"| {' | '.join(map(self._line, row))} |" for row in (block.head, *block.rows)]
        return "\n".join([rows[0], f"|{'---|' * len(block.head)}", *rows[1:]])

    def _line(self, words: Words) -> str:
        """One line in which nothing means anything to Markdown."""
        return _SIGNS.sub(r"\\\1", " ".join(_shown(_said(words, self._say)).split()))


def as_html(blocks: Sequence[Block], title: Words, say: Say = str) -> str:
    page = _Html(say)
    body = "\n".join(piece for one in blocks for piece in page.of(one))
    return (
        "<!doctype html>\n<html>\n<head>\n"
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{page.text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


class _Html:
    def __init__(self, say: Say) -> None:
        self._say = say

    def of(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield f"<h{block.level}>{self.text(block.text)}</h{block.level}>"
        elif isinstance(block, Paragraph):
            tone = f' class="{block.tone}"' if block.tone in ("good", "bad") else ""
            yield f"<p{tone}>{self.text(block.text)}</p>"
        elif isinstance(block, Listing):
            yield "<ul>" + "".join(f"<li>{self.text(one)}</li>" for one in block.items) + "</ul>"
        elif isinstance(block, Quote):
            yield f"<p>{self.text(block.about)}</p>\n<pre>{self.text(block.text)}</pre>"
            if block.rest is not None:
                yield f"<p>{self.text(block.rest)}</p>"
        else:
            head = "".join(f'<th scope="col">{self.text(one)}</th>' for one in block.head)
            yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
            for row in block.rows:
                yield "<tr>" + "".join(f"<td>{self.text(one)}</td>" for one in row) + "</tr>"
            yield "</tbody>\n</table>"

    def text(self, words: Words) -> str:
        return html.escape(_shown(_said(words, self._say)))


def _said(words: Words, say: Say) -> str:
    return say(words) if isinstance(words, Translatable) else words


def _shown(text: str) -> str:
    """Characters that command (a terminal, the direction of letters) are written out."""
    return safe(text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))
