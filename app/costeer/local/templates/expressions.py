"""Expressions of a chat template become closures; `program` does the same to statements, and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from jinja2 import nodes

from costeer.local.templates.functions import FILTERS, TESTS
from costeer.local.templates.operators import ARITHMETIC, COMPARISONS, element, part
from costeer.local.templates.run import Expression, Run, attribute, call
from costeer.local.templates.texts import Function
from costeer.local.templates.values import STEP, TemplateRefused, Undefined, number

Arguments = Callable[[Run], tuple[list[object], dict[str, object]]]


def refusing(why: str) -> Callable[[Run], NoReturn]:
    """The closure of what does not exist here: it raises TemplateRefused when it is reached."""

    def refuse(_: Run) -> NoReturn:
        raise TemplateRefused(why)

    return refuse


def missing(why: str) -> Expression:
    return lambda _: Undefined(why)


class ExpressionCompiler:
    """Makes closures of nodes. `_cost` sums up what the nodes that were compiled so far cost when they run."""

    def __init__(self) -> None:
        self._cost = 0

    def expression(self, node: nodes.Node) -> Expression:
        self._cost += STEP
        match node:
            case nodes.Const():
                return self._constant(node.value)
            case nodes.TemplateData():
                return self._constant(node.data)
            case nodes.Name():
                name = node.name
                return lambda run: run.scope.find(name)
            case nodes.Getattr():
                value, attribute_name = self.expression(node.node), node.attr
                return lambda run: attribute(run, value(run), attribute_name)
            case nodes.Getitem():
                return self._subscript(node)
            case nodes.Call():
                callee, arguments = self.expression(node.node), self.arguments(node)
                return lambda run: call(run, callee(run), *arguments(run))
            case nodes.Filter():
                return self.filter(node, None)
            case nodes.Test():
                return self._applied(
                    TESTS.get(node.name), f"the test {node.name[:50]!r}", self.expression(node.node), node
                )
            case nodes.Compare():
                return self._compare(node)
            case nodes.CondExpr():
                return self._choice(node)
            case _:
                return self._operation(node)

    def _operation(self, node: nodes.Node) -> Expression:
        match node:
            case nodes.And():
                left, right = self.expression(node.left), self.expression(node.right)
                return lambda run: left(run) and right(run)
            case nodes.Or():
                left, right = self.expression(node.left), self.expression(node.right)
                return lambda run: left(run) or right(run)
            case nodes.Not():
                value = self.expression(node.node)
                return lambda run: not value(run)
            case nodes.Neg():
                value = self.expression(node.node)
                return lambda run: -number(value(run))
            case nodes.Pos():
                value = self.expression(node.node)
                return lambda run: number(value(run))
            case nodes.BinExpr() if type(node).__name__ in ARITHMETIC:
                left, right, operate = (
                    self.expression(node.left),
                    self.expression(node.right),
                    ARITHMETIC[type(node).__name__],
                )
                return lambda run: operate(run.budget, left(run), right(run))
            case nodes.Concat():
                return self._concatenation(node)
            case nodes.List():
                items = [self.expression(one) for one in node.items]
                return lambda run: [item(run) for item in items]
            case nodes.Tuple():
                items = [self.expression(one) for one in node.items]
                return lambda run: tuple([item(run) for item in items])
            case nodes.Dict():
                return self._dictionary(node)
            case nodes.Pow():
                return refusing("it raises to a power, which does not exist here")
        return refusing(f"it uses {type(node).__name__.lower()!r}, which does not exist here")

    def _constant(self, value: object) -> Expression:
        if isinstance(value, str):
            value.encode()  # an escape in it may be half a character
        elif isinstance(value, int | float):
            number(value)
        return lambda _: value

    def _concatenation(self, node: nodes.Concat) -> Expression:
        parts = [self.expression(one) for one in node.nodes]

        def concatenation(run: Run) -> str:
            texts = [run.budget.text(one(run)) for one in parts]
            run.budget.spend(sum(map(len, texts)))
            return "".join(texts)

        return concatenation

    def _dictionary(self, node: nodes.Dict) -> Expression:
        pairs = [(self.expression(pair.key), self.expression(pair.value)) for pair in node.items]

        def dictionary(run: Run) -> dict[object, object]:
            result = {}
            for key_of, value_of in pairs:
                key = key_of(run)
                run.budget.key(key)
                result[key] = value_of(run)
            return result

        return dictionary

    def _subscript(self, node: nodes.Getitem) -> Expression:
        value = self.expression(node.node)
        if not isinstance(node.arg, nodes.Slice):
            key = self.expression(node.arg)
            return lambda run: element(run.budget, value(run), key(run))
        start, stop, step = [
            self._constant(None) if one is None else self.expression(one)
            for one in (node.arg.start, node.arg.stop, node.arg.step)
        ]
        return lambda run: part(run.budget, value(run), start(run), stop(run), step(run))

    def _compare(self, node: nodes.Compare) -> Expression:
        first = self.expression(node.expr)
        others = [(COMPARISONS[one.op], self.expression(one.expr)) for one in node.ops]

        def compare(run: Run) -> bool:
            left = first(run)
            for holds, other in others:
                right = other(run)
                if not holds(run.budget, left, right):
                    return False
                left = right
            return True

        return compare

    def _choice(self, node: nodes.CondExpr) -> Expression:
        test, then = self.expression(node.test), self.expression(node.expr1)
        otherwise = (
            missing("the value of a condition without else is undefined")
            if node.expr2 is None
            else self.expression(node.expr2)
        )
        return lambda run: then(run) if test(run) else otherwise(run)

    def filter(self, node: nodes.Filter, piped: Expression | None) -> Expression:
        """`piped` is what goes into the first of the filters, where a block and no expression does."""
        inner = node.node
        if isinstance(inner, nodes.Filter):
            value = self.filter(inner, piped)
        elif inner is not None:
            value = self.expression(inner)
        elif piped is not None:
            value = piped
        return self._applied(FILTERS.get(node.name), f"the filter {node.name[:50]!r}", value, node)

    def _applied(
        self, function: Function | None, name: str, value: Expression, node: nodes.Filter | nodes.Test
    ) -> Expression:
        self._cost += STEP
        arguments = self.arguments(node)
        if function is None:
            return refusing(f"it uses {name}, which does not exist here")

        def applied(run: Run) -> object:
            positional, named_arguments = arguments(run)
            return function(run.budget, value(run), *positional, **named_arguments)

        return applied

    def arguments(self, node: nodes.Call | nodes.Filter | nodes.Test) -> Arguments:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return refusing("it calls with * or **, which does not exist here")
        positional = [self.expression(one) for one in node.args]
        named_arguments = [(str(one.key), self.expression(one.value)) for one in node.kwargs]
        return lambda run: (
            [one(run) for one in positional],
            {name: one(run) for name, one in named_arguments},
        )
