"""What a chat template may do with texts: each charges the budget before it makes or walks through anything.

The functions with a verb for a name are filters or methods; the others make one of a method of `str`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from costeer.local.templates.values import STEP, Budget, string, whole

Function = Callable[..., object]
"""Called with the budget, the value and then the template's own arguments."""

_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_WORD = re.compile(r"[^-\s({\[<]+")
_WIDEST_INDENT = 1000


def changing_case(change: Callable[[str], str]) -> Function:
    def changed(budget: Budget, value: object, /) -> str:
        text = budget.text(value)
        budget.spend(3 * len(text))  # 'ΐ' becomes three characters
        return change(text)

    return changed


def title(budget: Budget, value: object, /) -> str:
    """Jinja's own: unlike `str.title`, it leaves the s of "it's" alone."""
    text = budget.text(value)
    budget.spend(len(text) * STEP // 2)
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def asking(ask: Callable[[str], bool]) -> Function:
    def answer(budget: Budget, value: object, /) -> bool:
        text = budget.text(value)
        budget.spend(len(text))
        return ask(text)

    return answer


def stripping(strip: Callable[[str, str | None], str]) -> Function:
    def stripped(budget: Budget, value: object, chars: object = None, /) -> str:
        text = budget.text(value)
        wanted = None if chars is None else string(chars)
        budget.search(text, wanted or "")
        budget.spend(len(text))
        return strip(text, wanted)

    return stripped


def splitting(split: Callable[[str, str | None, int], list[str]]) -> Function:
    def pieces(budget: Budget, text: str, sep: object = None, maxsplit: object = -1) -> list[str]:
        wanted = None if sep is None else string(sep)
        budget.search(text, wanted or "")
        budget.spend(len(text))
        affordable, most = budget.left // STEP, whole(maxsplit)
        found = split(text, wanted, affordable if most < 0 else min(most, affordable))
        budget.spend(len(found) * STEP)
        return found

    return pieces


def splitlines(budget: Budget, text: str, /) -> list[str]:
    budget.spend(len(text) * 2 + (1 + sum(text.count(end) for end in _LINE_ENDS)) * STEP)
    return text.splitlines()


def affix(ask: Callable[[str, str], bool]) -> Function:
    def has(budget: Budget, text: str, affix: object, /) -> bool:
        affixes = affix if isinstance(affix, tuple) else (affix,)
        for one in affixes:
            budget.spend(STEP + len(string(one)) // 64)
            if ask(text, string(one)):
                return True
        return False

    return has


def without(remove: Callable[[str, str], str]) -> Function:
    def rest(budget: Budget, text: str, affix: object, /) -> str:
        budget.spend(len(text) + len(string(affix)) // 64)
        return remove(text, string(affix))

    return rest


def finding(find: Callable[[str, str], int]) -> Function:
    def position(budget: Budget, text: str, wanted: object, /) -> int:
        budget.search(text, string(wanted))
        return find(text, string(wanted))

    return position


def replace(budget: Budget, value: object, old: object, new: object, count: object = None, /) -> str:
    text, old, new = budget.text(value), budget.text(old), budget.text(new)
    budget.search(text, old)
    most = -1 if count is None else whole(count)
    found = text.count(old) if most < 0 else min(text.count(old), most)
    budget.search(text, old)
    budget.spend(len(text) + found * (1 + max(len(new) - len(old), 0)))
    return text.replace(old, new, most)


def indent(
    budget: Budget, value: object, /, width: object = 4, first: object = False, blank: object = False
) -> str:
    step = width if isinstance(width, str) else " " * max(0, min(whole(width), _WIDEST_INDENT))
    text = budget.text(value) + "\n"
    lines = splitlines(budget, text)
    budget.spend(len(text) + len(lines) * len(step))
    rest = [step + line if line or blank else line for line in lines[1:]]
    return "\n".join([step + lines[0] if first else lines[0], *rest])


def escape(budget: Budget, value: object, /) -> str:
    text = budget.text(value)
    budget.spend(6 * len(text))
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text
