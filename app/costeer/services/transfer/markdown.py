"""A conversation as a Markdown document: title, date, and the branch that is being looked at.

The texts are Markdown already and stand as they are, under a heading for each speaker. Only what a text leaves
open (an answer that was stopped in the middle of its code) is closed, so that it does not swallow what follows.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from costeer.services.transfer.tree import ConversationTree, TreeMessage, active_branch
from costeer.storage.records import BY_THE_USER

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BACKTICKS = re.compile("`{3,}")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
_MAY_STAY_OPEN = ("```", "~~~", "<")
_MOST_CLOSED = 4

_ENDS_OF_HTML = (
    (re.compile(r"\s*<!--"), "-->"),
    (re.compile(r"\s*<\?"), "?>"),
    (re.compile(r"\s*<!\[CDATA\["), "]]>"),
    (re.compile(r"\s*<![a-zA-Z]"), ">"),
    (re.compile(r"\s*<(?:script|pre|style|textarea)\b", re.IGNORECASE), "</pre>"),
)
"""The blocks of CommonMark that only their end ends."""


def document(tree: ConversationTree) -> str:
    lines = [f"# {_escaped(tree.title)}", f"{tree.created:%Y-%m-%d %H:%M} UTC"]
    for one in active_branch(tree):
        if one.text.strip():
            lines += [f"## {_speaker(one)}", closed(one.text.strip("\n"))]
    return "\n\n".join(lines) + "\n"


def _speaker(message: TreeMessage) -> str:
    if message.role == "user":
        return "You"
    if message.model == BY_THE_USER:
        return "Assistant, rewritten by you"
    return f"Assistant ({_escaped(message.model)})" if message.model else "Assistant"


def _escaped(line: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(line.split()))


def fenced(code: str, language: str = "") -> str:
    """A code block with a fence longer than any that `code` holds."""
    longest = max((len(one) for one in _BACKTICKS.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language.replace('`', '')}\n{code.rstrip(chr(10))}\n{fence}"


def closed(text: str) -> str:
    """`text` with what it leaves open closed, as CommonMark reads it."""
    if not any(one in text for one in _MAY_STAY_OPEN):
        return text
    whole = text
    for _ in range(_MOST_CLOSED):
        last = _blocks().parse(f"{whole}\n\n## end\n")[-1]
        if last.type == "heading_close":
            return whole
        whole += "\n" + _end_of(last)
    return fenced(text)


def _end_of(block: Token) -> str:
    if block.type == "fence":
        return block.markup
    return next((end for begin, end in _ENDS_OF_HTML if begin.match(block.content)), "")


@cache
def _blocks() -> MarkdownIt:
    """Reads blocks and nothing inside them, which is where the time goes."""
    from markdown_it import MarkdownIt  # here, as starting the application must not wait for it

    reader = MarkdownIt("commonmark")
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader
