"""The filters, tests and methods that a chat template may use: those that real ones do, and no others.

Each is called with the budget and charges it before it makes or walks through anything. A wrong number of
arguments raises TypeError, a wrong kind of one TemplateRefused. Pure.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping

from costeer.local.templates.operators import COMPARISONS, add, contains, element, equal, less
from costeer.local.templates.texts import (
    Function,
    affix,
    asking,
    changing_case,
    escape,
    finding,
    indent,
    replace,
    splitlines,
    splitting,
    stripping,
    title,
    without,
)
from costeer.local.templates.values import (
    REFERENCE,
    STEP,
    Budget,
    TemplateRefused,
    Undefined,
    kind,
    number,
    string,
    whole,
)

_LARGEST_INDENT = 16
_LONGEST_NUMBER = 100


def _join(budget: Budget, value: object, between: object = "", /, attribute: object = None) -> str:
    between = budget.text(between)
    texts = []
    for one in budget.elements(value):
        text = budget.text(one if attribute is None else _attribute(budget, one, attribute))
        budget.spend(STEP + len(text) + len(between))
        texts.append(text)
    return between.join(texts)


def _items(budget: Budget, value: object, /) -> list[tuple[object, object]]:
    if isinstance(value, Undefined):
        return []
    if not isinstance(value, dict):
        raise TemplateRefused(f"it asks for the items of {kind(value)}")
    budget.spend(len(value) * STEP)
    return list(value.items())


def _get(budget: Budget, value: dict[object, object], key: object, default: object = None, /) -> object:
    budget.key(key)
    return value.get(key, default)


def _values(budget: Budget, value: dict[object, object], /) -> list[object]:
    budget.spend(len(value) * REFERENCE)
    return list(value.values())


def _length(_: Budget, value: object, /) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    if isinstance(value, Undefined):
        return 0
    raise TemplateRefused(f"it asks for the length of {kind(value)}")


def _to_json(
    budget: Budget,
    value: object,
    /,
    indent: object = None,
    ensure_ascii: object = False,
    separators: object = None,
    sort_keys: object = False,
) -> str:
    """As transformers does it: jinja's own filter escapes for HTML, which would corrupt a prompt."""
    wide = 0 if indent is None else len(indent) if isinstance(indent, str) else whole(indent)
    between = None if separators is None else [string(one) for one in budget.elements(separators)]
    if wide > _LARGEST_INDENT or (between is not None and max(map(len, between), default=0) > _LARGEST_INDENT):
        raise TemplateRefused("its JSON is indented too far")
    budget.weigh(value, character=12, indent=2 * max(wide, 0) + STEP)  # twelve: '\\ud83d\\ude00'
    try:
        return json.dumps(
            value,
            ensure_ascii=bool(ensure_ascii),
            indent=indent if indent is None or isinstance(indent, str) else wide,
            separators=None if between is None else (between[0], between[1]),
            sort_keys=bool(sort_keys),
        )
    except TypeError:
        raise TemplateRefused("it writes as JSON what has no such form") from None


def _attribute(budget: Budget, value: object, path: object) -> object:
    """`path` is 'a.b', or a number."""
    if isinstance(path, int):
        return element(budget, value, path)
    names = string(path)
    budget.spend((1 + len(names)) * STEP)
    for name in names.split("."):
        value = element(budget, value, int(name) if name.isdigit() else name)
    return value


def _passing(budget: Budget, value: object, arguments: tuple[object, ...]) -> bool:
    """Whether `value` passes the test that `arguments` name; without one, whether it is true."""
    if not arguments:
        return bool(value)
    return bool(named(TESTS, "test", arguments[0])(budget, value, *arguments[1:]))


def _selecting(wanted: bool, *, by_attribute: bool) -> Function:
    def select(budget: Budget, value: object, /, *arguments: object) -> list[object]:
        chosen = []
        for one in budget.elements(value):
            budget.spend(2 * STEP)
            tested = _attribute(budget, one, arguments[0]) if by_attribute else one
            if _passing(budget, tested, arguments[1:] if by_attribute else arguments) is wanted:
                chosen.append(one)
        return chosen

    return select


def _map(
    budget: Budget, value: object, /, *arguments: object, attribute: object = None, default: object = None
) -> list[object]:
    results: list[object] = []
    for one in budget.elements(value):
        budget.spend(2 * STEP)
        if attribute is None:
            results.append(named(FILTERS, "filter", arguments[0])(budget, one, *arguments[1:]))
            continue
        found = _attribute(budget, one, attribute)
        results.append(default if isinstance(found, Undefined) and default is not None else found)
    return results


def _ordering(budget: Budget, value: object) -> object:
    """Sorting by it ignores case."""
    budget.weigh(value, character=3)
    return value.lower() if isinstance(value, str) else value


def _sorted(budget: Budget, keyed: list[tuple[object, object]], reverse: object) -> list[object]:
    """The second of each pair, in the order of the first ones; at worst every comparison reads all of a key."""
    for key, _ in keyed:
        before = budget.left
        budget.compare(key, key)
        budget.spend(STEP + (before - budget.left) * len(keyed).bit_length())
    try:
        keyed.sort(key=lambda pair: pair[0], reverse=bool(reverse))  # type: ignore[arg-type, return-value]
    except TypeError:
        raise TemplateRefused("it sorts what has no order") from None
    return [one for _, one in keyed]


def _sort(
    budget: Budget,
    value: object,
    /,
    reverse: object = False,
    case_sensitive: object = False,
    attribute: object = None,
) -> list[object]:
    keyed = []
    for one in budget.elements(value):
        key = one if attribute is None else _attribute(budget, one, attribute)
        keyed.append((key if case_sensitive else _ordering(budget, key), one))
    return _sorted(budget, keyed, reverse)


def _dictsort(
    budget: Budget, value: object, /, case_sensitive: object = False, by: object = "key", reverse: object = False
) -> list[object]:
    keyed: list[tuple[object, object]] = []
    for name, held in _items(budget, value):
        key = held if by == "value" else name
        keyed.append((key if case_sensitive else _ordering(budget, key), (name, held)))
    return _sorted(budget, keyed, reverse)


def _unique(budget: Budget, value: object, /) -> list[object]:
    seen: dict[object, object] = {}
    for one in budget.elements(value):
        budget.spend(STEP)
        key = _ordering(budget, one)
        budget.key(key)
        seen.setdefault(key, one)
    return list(seen.values())


def _extreme(largest: bool) -> Function:
    def extreme(budget: Budget, value: object, /) -> object:
        best: object = Undefined("the largest or smallest of nothing is undefined")
        for place, one in enumerate(budget.elements(value)):
            budget.spend(STEP)
            if place == 0 or (less(budget, best, one) if largest else less(budget, one, best)):
                best = one
        return best

    return extreme


def _sum(budget: Budget, value: object, /, attribute: object = None, start: object = 0) -> object:
    total = start
    for one in budget.elements(value):
        budget.spend(STEP)
        total = add(budget, total, one if attribute is None else _attribute(budget, one, attribute))
    return total


def _end(place: int) -> Function:
    def end(budget: Budget, value: object, /) -> object:
        if isinstance(value, str | list | tuple):
            return element(budget, value, place)
        return element(budget, budget.elements(value), place)

    return end


def _reverse(budget: Budget, value: object, /) -> object:
    if isinstance(value, str):
        budget.spend(len(value))
        return value[::-1]
    return budget.elements(value)[::-1]


def _default(_: Budget, value: object, /, default_value: object = "", boolean: object = False) -> object:
    return default_value if isinstance(value, Undefined) or (boolean and not value) else value


def _int(budget: Budget, value: object, /, default: object = 0) -> object:
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        with contextlib.suppress(ValueError):
            return number(int(value))
        value = _float(budget, value, None)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return number(int(value))


def _float(_: Budget, value: object, /, default: object = 0.0) -> object:
    if not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > _LONGEST_NUMBER):
        return default
    try:
        return float(value)
    except ValueError:
        return default


def _round(_: Budget, value: object, /, precision: object = 0) -> float | int:
    digits = whole(precision)
    if abs(digits) > _LARGEST_INDENT:  # rounding 5 to a billion digits before the point takes for ever
        raise TemplateRefused("it rounds to too many digits")
    return round(number(value), digits)


def named(functions: Mapping[str, Function], what: str, name: object) -> Function:
    """Raises TemplateRefused for one that does not exist here."""
    found = functions.get(string(name))
    if found is None:
        raise TemplateRefused(f"it uses the {what} {string(name)[:50]!r}, which does not exist here")
    return found


FILTERS: dict[str, Function] = {
    "abs": lambda _, value: abs(number(value)),
    "capitalize": changing_case(str.capitalize),
    "count": _length,
    "d": _default,
    "default": _default,
    "dictsort": _dictsort,
    "e": escape,
    "escape": escape,
    "first": _end(0),
    "float": _float,
    "indent": indent,
    "int": _int,
    "items": _items,
    "join": _join,
    "last": _end(-1),
    "length": _length,
    "list": lambda budget, value: budget.elements(value),
    "lower": changing_case(str.lower),
    "map": _map,
    "max": _extreme(True),
    "min": _extreme(False),
    "reject": _selecting(False, by_attribute=False),
    "rejectattr": _selecting(False, by_attribute=True),
    "replace": replace,
    "reverse": _reverse,
    "round": _round,
    "safe": lambda budget, value: budget.text(value),
    "select": _selecting(True, by_attribute=False),
    "selectattr": _selecting(True, by_attribute=True),
    "sort": _sort,
    "string": lambda budget, value: budget.text(value),
    "sum": _sum,
    "title": title,
    "tojson": _to_json,
    "trim": stripping(str.strip),
    "unique": _unique,
    "upper": changing_case(str.upper),
}

TESTS: dict[str, Function] = {
    "boolean": lambda _, value: isinstance(value, bool),
    "defined": lambda _, value: not isinstance(value, Undefined),
    "divisibleby": lambda _, value, divisor: number(value) % number(divisor) == 0,
    "equalto": equal,
    "even": lambda _, value: number(value) % 2 == 0,
    "false": lambda _, value: value is False,
    "float": lambda _, value: isinstance(value, float),
    "greaterthan": COMPARISONS["gt"],
    "in": lambda budget, value, container: contains(budget, container, value),
    "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
    "iterable": lambda _, value: isinstance(value, str | list | tuple | dict | Undefined),
    "lessthan": less,
    "lower": asking(str.islower),
    "mapping": lambda _, value: isinstance(value, dict),
    "none": lambda _, value: value is None,
    "number": lambda _, value: isinstance(value, int | float),
    "odd": lambda _, value: number(value) % 2 == 1,
    "sameas": lambda _, value, other: value is other,
    "sequence": lambda _, value: isinstance(value, str | list | tuple | dict | Undefined),
    "string": lambda _, value: isinstance(value, str),
    "true": lambda _, value: value is True,
    "undefined": lambda _, value: isinstance(value, Undefined),
    "upper": asking(str.isupper),
    **{
        name: COMPARISONS[comparison]
        for comparison, names in {
            "eq": ("eq", "=="),
            "ne": ("ne", "!="),
            "lt": ("lt", "<"),
            "gt": ("gt", ">"),
            "lteq": ("le", "<="),
            "gteq": ("ge", ">="),
        }.items()
        for name in names
    },
}

METHODS: dict[type, dict[str, Function]] = {
    str: {
        "capitalize": changing_case(str.capitalize),
        "count": finding(str.count),
        "endswith": affix(str.endswith),
        "find": finding(str.find),
        "index": finding(str.index),
        "isalnum": asking(str.isalnum),
        "isalpha": asking(str.isalpha),
        "isdigit": asking(str.isdigit),
        "islower": asking(str.islower),
        "isspace": asking(str.isspace),
        "isupper": asking(str.isupper),
        "join": lambda budget, between, values, /: _join(budget, values, between),
        "lower": changing_case(str.lower),
        "lstrip": stripping(str.lstrip),
        "removeprefix": without(str.removeprefix),
        "removesuffix": without(str.removesuffix),
        "replace": replace,
        "rfind": finding(str.rfind),
        "rsplit": splitting(str.rsplit),
        "rstrip": stripping(str.rstrip),
        "split": splitting(str.split),
        "splitlines": splitlines,
        "startswith": affix(str.startswith),
        "strip": stripping(str.strip),
        "title": changing_case(str.title),
        "upper": changing_case(str.upper),
    },
    dict: {"get": _get, "items": _items, "keys": lambda budget, value: budget.elements(value), "values": _values},
}
