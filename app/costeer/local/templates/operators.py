"""Jinja's operators, subscripts and attributes on the values of `values`, each charged first. Pure."""

from __future__ import annotations

from collections.abc import Callable

from costeer.local.templates.values import (
    REFERENCE,
    STEP,
    Budget,
    Namespace,
    TemplateRefused,
    Undefined,
    kind,
    number,
    whole,
)


def add(budget: Budget, left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        budget.spend(len(left) + len(right))
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        budget.spend((len(left) + len(right)) * REFERENCE)
        return left + right
    if isinstance(left, tuple) and isinstance(right, tuple):
        budget.spend((len(left) + len(right)) * REFERENCE)
        return left + right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return number(left + right)
    raise TemplateRefused(f"it adds {kind(right)} to {kind(left)}")


def multiply(budget: Budget, left: object, right: object) -> object:
    if isinstance(left, int) and isinstance(right, str | list | tuple):
        left, right = right, left
    if isinstance(left, str) and isinstance(right, int):
        budget.spend(len(left) * max(right, 0))
        return left * right
    if isinstance(left, list | tuple) and isinstance(right, int):
        budget.spend(len(left) * max(right, 0) * REFERENCE)
        return left * right
    return number(number(left) * number(right))


ARITHMETIC: dict[str, Callable[[Budget, object, object], object]] = {
    "Add": add,
    "Mul": multiply,
    "Sub": lambda _, left, right: number(number(left) - number(right)),
    "Div": lambda _, left, right: number(left) / number(right),
    "FloorDiv": lambda _, left, right: number(left) // number(right),
    "Mod": lambda _, left, right: number(left) % number(right),
}
"""By the name of jinja's node. Not there: raising to a power, which no chat template needs."""


def equal(budget: Budget, left: object, right: object) -> bool:
    budget.compare(left, right)
    return left == right


def less(budget: Budget, left: object, right: object) -> bool:
    """Raises TemplateRefused for what has no order."""
    budget.compare(left, right)
    try:
        return bool(left < right)  # type: ignore[operator]
    except TypeError:
        raise TemplateRefused(f"it compares {kind(left)} with {kind(right)}") from None


def contains(budget: Budget, container: object, element: object) -> bool:
    if isinstance(container, str) and isinstance(element, str):
        budget.search(container, element)
        return element in container
    if isinstance(container, list | tuple):
        for one in container:
            budget.spend(STEP)
            if equal(budget, one, element):
                return True
        return False
    if isinstance(container, dict):
        budget.key(element)
        return element in container
    if isinstance(container, Undefined):
        return False
    raise TemplateRefused(f"it looks for {kind(element)} in {kind(container)}")


COMPARISONS: dict[str, Callable[[Budget, object, object], bool]] = {
    "eq": equal,
    "ne": lambda budget, left, right: not equal(budget, left, right),
    "lt": less,
    "gt": lambda budget, left, right: less(budget, right, left),
    "lteq": lambda budget, left, right: less(budget, left, right) or equal(budget, left, right),
    "gteq": lambda budget, left, right: less(budget, right, left) or equal(budget, left, right),
    "in": lambda budget, left, right: contains(budget, right, left),
    "notin": lambda budget, left, right: not contains(budget, right, left),
}
"""By jinja's name."""


def element(budget: Budget, value: object, key: object) -> object:
    """`value[key]`, or Undefined. Raises TypeError for what cannot be a key, TemplateRefused for no value."""
    budget.key(key)
    if isinstance(value, dict):
        if key in value:
            return value[key]
    elif isinstance(value, str | list | tuple):
        if isinstance(key, int) and -len(value) <= key < len(value):
            return value[key]
    elif isinstance(value, Namespace) and key in value.values:
        return value.values[key]
    name = key[:50] if isinstance(key, str) else key if isinstance(key, int) else type(key).__name__
    return Undefined(f"{name!r} of {kind(value)} is undefined")


def part(budget: Budget, value: object, start: object, stop: object, step: object) -> object:
    """`value[start:stop:step]`."""
    if not isinstance(value, str | list | tuple):
        raise TemplateRefused(f"it takes a part of {kind(value)}")
    bounds = slice(*(None if one is None else whole(one) for one in (start, stop, step)))
    count = len(range(*bounds.indices(len(value))))
    budget.spend(count * (1 if isinstance(value, str) else REFERENCE))
    return value[bounds]
