"""The state of one rendering, and what a template can name in it: scopes, macros, `loop`, functions.

A `Run` belongs to one rendering and so to one thread; everything else here is immutable once it is made.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable, Mapping

from costeer.local.templates.functions import METHODS
from costeer.local.templates.operators import element
from costeer.local.templates.texts import Function
from costeer.local.templates.values import STEP, Budget, Namespace, TemplateRefused, Undefined, kind, string, whole

_LONGEST_DATE_FORMAT = 100


class Scope:
    """The names that are set in one body, before those of the body that it stands in."""

    __slots__ = ("names", "outer")

    def __init__(self, names: dict[str, object], outer: Scope | None) -> None:
        self.names = names
        self.outer = outer

    def set(self, name: str, value: object) -> None:
        self.names[name] = value

    def find(self, name: str) -> object:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return Undefined(f"{name[:50]!r} is undefined")


class Run:
    """One rendering: its budget, the scope where it is, and the text that it has written so far."""

    __slots__ = ("budget", "scope", "written")

    def __init__(self, budget: Budget, names: dict[str, object]) -> None:
        self.budget = budget
        self.scope = Scope(names, None)
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.budget.spend(len(text))
        self.written.append(text)

    def capture(self, body: Statement, scope: Scope) -> str:
        """The text that `body` writes when it runs in `scope`."""
        outer, written = self.scope, self.written
        self.scope, self.written = scope, []
        try:
            body(self)
            return "".join(self.written)
        finally:
            self.scope, self.written = outer, written


Expression = Callable[[Run], object]
Statement = Callable[[Run], str | None]
"""Returns "Break" or "Continue" where the loop that it stands in is to go on so."""


class Callee:
    """What a template can call: `function(budget, *arguments)`. Opaque to it otherwise."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function

    def __repr__(self) -> str:
        return "<function>"


@dataclasses.dataclass(frozen=True)
class MacroCode:
    """What a macro is before it stands in a scope. A parameter without a default has one that says so."""

    parameters: list[str]
    defaults: list[Expression]
    cost: int
    """Of a call and of `defaults`; `body` charges for itself."""
    body: Statement


class Macro:
    """A macro, or what `{% call %}` hands to one as its `caller`."""

    __slots__ = ("code", "scope")

    def __init__(self, code: MacroCode, scope: Scope) -> None:
        self.code = code
        self.scope = scope

    def __repr__(self) -> str:
        return "<macro>"

    def run(self, run: Run, arguments: list[object], named_arguments: dict[str, object]) -> str:
        code = self.code
        run.budget.spend(code.cost)
        names = dict(zip(code.parameters, arguments, strict=False))
        unknown = named_arguments.keys() - set(code.parameters[len(arguments) :]) - {"caller"}
        if unknown or len(arguments) > len(code.parameters):
            raise TemplateRefused("it calls a macro with arguments that the macro does not take")
        names.update(named_arguments)
        scope, outer = Scope(names, self.scope), run.scope
        run.scope = scope
        try:
            for name, default in zip(code.parameters, code.defaults, strict=True):
                if name not in names:
                    names[name] = default(run)
        finally:
            run.scope = outer
        return run.capture(code.body, scope)


class Loop:
    """`loop` inside a `for`."""

    __slots__ = ("items", "place")

    def __init__(self, items: list[object]) -> None:
        self.items = items
        self.place = 0

    def __repr__(self) -> str:
        return "<loop>"

    def attribute(self, name: str) -> object:
        place, count = self.place, len(self.items)
        match name:
            case "index":
                return place + 1
            case "index0":
                return place
            case "first":
                return place == 0
            case "last":
                return place == count - 1
            case "length":
                return count
            case "revindex":
                return count - place
            case "revindex0":
                return count - place - 1
            case "depth":  # of recursion, which does not exist here
                return 1
            case "depth0":
                return 0
            case "previtem" if place > 0:
                return self.items[place - 1]
            case "nextitem" if place < count - 1:
                return self.items[place + 1]
            case "cycle":
                return Callee(lambda _, *values: values[place % len(values)])
        return Undefined(f"{name[:50]!r} of loop is undefined")


def attribute(run: Run, value: object, name: str) -> object:
    """`value.name`: a method before an element, as in jinja."""
    for kind_of_value, methods in METHODS.items():
        if isinstance(value, kind_of_value) and name in methods:
            return Callee(functools.partial(_method, methods[name], value))
    return value.attribute(name) if isinstance(value, Loop) else element(run.budget, value, name)


def _method(method: Function, value: object, budget: Budget, /, *arguments: object, **named: object) -> object:
    return method(budget, value, *arguments, **named)


def call(run: Run, callee: object, arguments: list[object], named_arguments: dict[str, object]) -> object:
    if isinstance(callee, Macro):
        return callee.run(run, arguments, named_arguments)
    if isinstance(callee, Callee):
        return callee.function(run.budget, *arguments, **named_arguments)
    raise TemplateRefused(f"it calls {kind(callee)}")


def globals_at(now: datetime.datetime) -> dict[str, object]:
    """The functions that templates written for Hugging Face transformers may call."""

    def strftime_now(_: Budget, form: object, /) -> str:
        if len(string(form)) > _LONGEST_DATE_FORMAT:
            raise TemplateRefused("its format of the date is too long")
        return now.strftime(string(form))

    return {
        "dict": Callee(lambda budget, *values, **named_values: _dictionary(budget, values, named_values)),
        "namespace": Callee(
            lambda budget, *values, **named_values: Namespace(_dictionary(budget, values, named_values))
        ),
        "raise_exception": Callee(_raise),
        "range": Callee(_range),
        "strftime_now": Callee(strftime_now),
    }


def _dictionary(
    budget: Budget, values: tuple[object, ...], named_values: Mapping[str, object]
) -> dict[object, object]:
    result: dict[object, object] = {}
    for value in values:
        if not isinstance(value, dict):
            raise TemplateRefused(f"it makes a dictionary of {kind(value)}")
        budget.spend(len(value) * STEP)
        result.update(value)
    result.update(named_values)
    return result


def _raise(budget: Budget, message: object = "it raises an exception", /) -> None:
    raise TemplateRefused(budget.text(message))


def _range(budget: Budget, /, *bounds: object) -> list[int]:
    numbers = range(*map(whole, bounds))
    budget.spend(len(numbers) * STEP)
    return list(numbers)
