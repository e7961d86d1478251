r"""LaTeX between `$$`, `\[ \]`, `\( \)` and `\begin{align}` for markdown-it; `$…$` is for its dollarmath plugin.

A formula that stands on lines of its own ends at its closing mark and never passes over a blank line (TeX forbids
one there); so a block of Markdown can be read without looking further than the next blank line. One that has no
end yet, since the answer is still being written, is a token all the same, marked `open`. Pure Python, any thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST_INLINE = 2_000
"""Characters within which an inline formula must end."""

_ENVIRONMENTS = "align|equation|gather|multline|alignat|eqnarray|flalign"
_BEGIN = re.compile(r"\\begin\{((?:" + _ENVIRONMENTS + r")\*?)\}")


def math_rules(md: MarkdownIt) -> None:
    """Add the rules to `md`."""
    from mdit_py_plugins.dollarmath.index import math_inline_dollar

    dollars = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)
    md.inline.ruler.before("escape", "math_inline", dollars)
    md.inline.ruler.before("escape", "math_brackets", _inline_brackets)
    md.block.ruler.before("fence", "math_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    first = _line(state, start)
    opened = _opening(first)
    if opened is None:
        return False
    closing, keeps_marks = opened
    lines, line, closed = [], start, False
    while line < end and not closed:
        text = _line(state, line)
        if not text or (line > start and state.sCount[line] < state.blkIndent):
            return False  # a blank line, or the list that holds it ends
        rest = text[len(closing) :] if line == start and not keeps_marks else text
        at = rest.find(closing)
        closed = at >= 0
        if closed and rest[at + len(closing) :].strip(" \t.,;"):
            return False  # more than an end: a formula within a line
        lines.append(rest[: at + len(closing) * keeps_marks] if closed else rest)
        line += 1
    content = "\n".join(lines).strip()
    if line < state.lineMax and not closed:
        return False
    if closed and not content:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content, token.map, token.block = content, [start, line], True
        token.markup = "" if keeps_marks else first[: len(closing)]
        token.meta = {"open": not closed}
        state.line = line
    return True


def _opening(line: str) -> tuple[str, bool] | None:
    """What closes the formula that `line` opens, and whether the marks are part of it."""
    if line.startswith("$$"):
        return "$$", False
    if line.startswith("\\["):
        return "\\]", False
    begin = _BEGIN.match(line)
    return (f"\\end{{{begin.group(1)}}}", True) if begin else None


def _line(state: StateBlock, line: int) -> str:
    """A line without its indent and the marks of what it stands in."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _inline_brackets(state: StateInline, silent: bool) -> bool:
    opening = state.src[state.pos : state.pos + 2]
    if opening not in ("\\(", "\\["):
        return False
    closing = "\\)" if opening == "\\(" else "\\]"
    end = state.src.find(closing, state.pos + 2, state.pos + LONGEST_INLINE)
    if end < 0 and (opening == "\\[" or state.posMax - state.pos > LONGEST_INLINE):
        return False  # an escaped bracket is more often just that
    content = state.src[state.pos + 2 : end if end >= 0 else state.posMax]
    if not content.strip():
        return False
    if not silent:
        token = state.push("math_inline_double" if opening == "\\[" else "math_inline", "math", 0)
        token.content, token.markup = content, opening
        token.meta = {"open": end < 0}
    state.pos = end + 2 if end >= 0 else state.posMax
    return True
