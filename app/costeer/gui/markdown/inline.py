"""The inside of a paragraph as runs of text: emphasis, code, links, formulas. No Qt.

A picture is shown as its description, with a link to where it is; nothing is loaded. Links lead to the web or to a
mail address, or they are plain text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costeer.gui.markdown.pieces import BOLD, CODE, ITALIC, MATH, SOURCE, STRUCK, Run
from costeer.gui.strange_text import in_sight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

LONGEST_LINK = 2_000
"""Characters of an address that is followed."""

SCHEMES = ("http://", "https://", "mailto:")
LINE_BREAK = "\u2028"

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_NOT_OF_LINKS = rf"\s<>\"'`|\\{_INVISIBLE}\u3000-\u303f\uff00-\uffef\u4e00-\u9fff"
_BARE_LINK = re.compile(rf"(?<![A-Za-z0-9])https?://[^{_NOT_OF_LINKS}]{{1,{LONGEST_LINK}}}")
_TRAILING = ".,;:!?*_~"
_LOOKS = {"strong": BOLD, "em": ITALIC, "s": STRUCK}
# What Qt takes for the end of a paragraph, of a frame, or for an object; halves of characters; and what has the
# letters of any language run backwards.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\u2029\u202d\u202e\ufdd0\ufdd1\ufffc\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` of as many characters in which nothing has a meaning to Qt, and nothing is turned around."""
    return _CONTROL.sub("\ufffd", text)


def runs_of(tokens: Iterable[Token]) -> list[Run]:
    """The runs of what markdown-it found within a line, neighbours of one look joined."""
    look, hrefs, runs = 0, [""], list[Run]()
    for token in tokens:
        kind = token.type
        if kind.endswith("_open") and token.tag in _LOOKS:
            look |= _LOOKS[token.tag]
        elif kind.endswith("_close") and token.tag in _LOOKS:
            look &= ~_LOOKS[token.tag]
        elif kind == "link_open":
            hrefs.append(safe_link(str(token.attrGet("href") or "")))
        elif kind == "link_close":
            hrefs.pop()
        elif kind == "image":
            link = hrefs[-1] or safe_link(str(token.attrGet("src") or ""))
            runs.append(Run(clean(token.content) or link, look | ITALIC, link))
        elif kind == "code_inline":
            runs.append(Run(in_sight(clean(token.content)), look | CODE, hrefs[-1]))
        elif kind.startswith("math_inline"):
            runs.append(_formula(token))
        elif kind == "hardbreak":
            runs.append(Run(LINE_BREAK, look))
        elif kind == "softbreak":
            runs.append(Run(" ", look, hrefs[-1]))
        elif token.content:
            runs.append(Run(clean(token.content), look, hrefs[-1]))
    return [part for run in _joined(runs) for part in _with_bare_links(run)]


def safe_link(target: str) -> str:
    return target if target.lower().startswith(SCHEMES) and len(target) <= LONGEST_LINK else ""


def _formula(token: Token) -> Run:
    if token.meta.get("open"):
        return Run(clean(token.markup + token.content), SOURCE)
    return Run(clean(token.content.strip()), MATH, display=token.type.endswith("double"))


def _joined(runs: list[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else None
        if last and (last.look, last.href) == (run.look, run.href) and not run.look & (MATH | SOURCE | CODE):
            found[-1] = Run(last.text + run.text, run.look, run.href)
        else:
            found.append(run)
    return found


def _with_bare_links(run: Run) -> list[Run]:
    """Addresses that are not marked as links are links all the same."""
    if run.href or run.look & (CODE | MATH | SOURCE) or "://" not in run.text:
        return [run]
    found, at = [], 0
    for match in _BARE_LINK.finditer(run.text):
        link = match.group().rstrip(_TRAILING)
        unopened = link.count(")") - link.count("(")
        while link.endswith(")") and unopened > 0:
            link, unopened = link[:-1].rstrip(_TRAILING), unopened - 1
        if len(link) <= len("https://"):
            continue
        if match.start() > at:
            found.append(Run(run.text[at : match.start()], run.look))
        found.append(Run(link, run.look, link))
        at = match.start() + len(link)
    if at < len(run.text):
        found.append(Run(run.text[at:], run.look))
    return found
