"""Turns a jinja chat template into a program that is run without jinja.

jinja2 only parses. Its own run time gives a template every method of every Python object and charges for none, and
its compiler computes constants while it compiles; so the tree is turned into closures here, which know only the
nodes, operators (`operators`), filters, tests and methods (`functions`) that chat templates use. What is not known
is refused when it is reached and not before, because templates carry branches for features that are not used here.

Each body (of the template, a branch, a loop, a macro) charges for all of its nodes each time it runs, and nothing
else runs a node again; so the budget bounds the time. A program is immutable. Any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.parser import Parser

from costeer.local.templates.expressions import ExpressionCompiler, missing, refusing
from costeer.local.templates.run import Expression, Loop, Macro, MacroCode, Run, Scope, Statement, call
from costeer.local.templates.values import STEP, Namespace, TemplateRefused, kind

LONGEST_SOURCE = 100_000
"""Characters. The longest one known, with a language for tools of its own, has 40 thousand."""
_DEEPEST = 40

_Store = Callable[[Run, object], None]


class _Generation(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}` marks the assistant's part for training; here it is transparent."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it as an instance attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def compiled(source: str) -> Statement:
    """The program that writes what the template does.

    Raises jinja2.TemplateSyntaxError, TemplateRefused, ValueError (half a character), RecursionError.
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateRefused("it is too long")
    source.encode()
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    return _Compiler().body(environment.parse(source).body)


class _Compiler(ExpressionCompiler):
    """Makes closures of nodes; `_cost` is here what those compiled since the body began cost whenever it runs."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._loops = 0

    def body(self, body: Sequence[nodes.Node]) -> Statement:
        if self._depth == _DEEPEST:
            raise TemplateRefused("its blocks are nested too deeply")
        self._depth += 1
        outer, self._cost = self._cost, STEP
        statements = [self._statement(node) for node in body]
        cost, self._cost = self._cost, outer
        self._depth -= 1

        def run_body(run: Run) -> str | None:
            run.budget.spend(cost)
            for statement in statements:
                signal = statement(run)
                if signal is not None:
                    return signal
            return None

        return run_body

    def _statement(self, node: nodes.Node) -> Statement:
        self._cost += STEP
        match node:
            case nodes.Output():
                return self._output(node)
            case nodes.If():
                return self._if(node)
            case nodes.For():
                return self._for(node)
            case nodes.Assign():
                return self._assign(self._store(node.target), self.expression(node.node))
            case nodes.AssignBlock():
                return self._assign(self._store(node.target), self._captured(node.body, node.filter))
            case nodes.FilterBlock():
                filtered = self._captured(node.body, node.filter)
                return lambda run: run.write(run.budget.text(filtered(run)))
            case nodes.With():
                return self._with(node)
            case nodes.Macro():
                code, name = self._macro(node), node.name
                return lambda run: run.scope.set(name, Macro(code, run.scope))
            case nodes.CallBlock():
                return self._call_block(node)
            case nodes.Break() | nodes.Continue() if self._loops:
                signal = type(node).__name__
                return lambda _: signal
        return refusing(f"it uses {type(node).__name__.lower()!r}, which does not exist here")

    def _output(self, node: nodes.Output) -> Statement:
        pieces = [self.expression(one) for one in node.nodes]

        def run_output(run: Run) -> None:
            for piece in pieces:
                run.write(run.budget.text(piece(run)))

        return run_output

    def _if(self, node: nodes.If) -> Statement:
        branches = [(self.expression(one.test), self.body(one.body)) for one in (node, *node.elif_)]
        otherwise = self.body(node.else_)

        def run_if(run: Run) -> str | None:
            for test, body in branches:
                if test(run):
                    return body(run)
            return otherwise(run)

        return run_if

    def _for(self, node: nodes.For) -> Statement:
        if node.recursive:
            return refusing("it uses a recursive loop, which does not exist here")
        elements, store, otherwise = self.expression(node.iter), self._store(node.target), self.body(node.else_)
        kept = self._condition(node, store)
        self._loops += 1
        body = self.body(node.body)
        self._loops -= 1

        def run_for(run: Run) -> str | None:
            outer = run.scope
            items = run.budget.elements(elements(run))
            try:
                if kept is not None:
                    items = kept(run, items)
                loop = Loop(items)
                for place, item in enumerate(items):
                    loop.place = place
                    run.scope = Scope({"loop": loop}, outer)
                    store(run, item)
                    if body(run) == "Break":
                        break
                run.scope = Scope({}, outer)
                return None if items else otherwise(run)
            finally:
                run.scope = outer

        return run_for

    def _condition(self, node: nodes.For, store: _Store) -> Callable[[Run, list[object]], list[object]] | None:
        """What `{% for … if … %}` leaves of the elements. It changes the scope of the run."""
        if node.test is None:
            return None
        outer_cost, self._cost = self._cost, 2 * STEP
        test = self.expression(node.test)
        cost, self._cost = self._cost, outer_cost

        def kept(run: Run, items: list[object]) -> list[object]:
            outer, chosen = run.scope, []
            for item in items:
                run.budget.spend(cost)
                run.scope = Scope({}, outer)
                store(run, item)
                if test(run):
                    chosen.append(item)
            return chosen

        return kept

    def _assign(self, store: _Store, value: Expression) -> Statement:
        return lambda run: store(run, value(run))

    def _store(self, target: nodes.Node) -> _Store:
        self._cost += STEP
        match target:
            case nodes.Name():
                name = target.name
                return lambda run, value: run.scope.set(name, value)
            case nodes.NSRef():
                return self._store_in_namespace(target)
            case nodes.Tuple():
                stores = [self._store(one) for one in target.items]
                self._cost += STEP * len(stores)

                def store_each(run: Run, value: object) -> None:
                    values = run.budget.elements(value)
                    if len(values) != len(stores):
                        raise TemplateRefused(f"it takes {kind(value)} apart into too many or too few names")
                    for store, one in zip(stores, values, strict=True):
                        store(run, one)

                return store_each
        raise TemplateRefused("it assigns to what cannot be assigned to")

    def _store_in_namespace(self, target: nodes.NSRef) -> _Store:
        name, attribute_name = target.name, target.attr

        def store(run: Run, value: object) -> None:
            namespace = run.scope.find(name)
            if not isinstance(namespace, Namespace):
                raise TemplateRefused(f"it assigns to an attribute of {kind(namespace)}")
            namespace.values[attribute_name] = value

        return store

    def _captured(self, nodes_of_body: list[nodes.Node], filtered: nodes.Filter | None) -> Expression:
        outer_loops, self._loops = self._loops, 0
        body, self._loops = self.body(nodes_of_body), outer_loops

        def captured(run: Run) -> object:
            return run.capture(body, Scope({}, run.scope))

        return captured if filtered is None else self.filter(filtered, captured)

    def _with(self, node: nodes.With) -> Statement:
        stores = [self._store(one) for one in node.targets]
        values = [self.expression(one) for one in node.values]
        body = self.body(node.body)

        def run_with(run: Run) -> str | None:
            outer, results = run.scope, [value(run) for value in values]
            run.scope = Scope({}, outer)
            try:
                for store, result in zip(stores, results, strict=True):
                    store(run, result)
                return body(run)
            finally:
                run.scope = outer

        return run_with

    def _macro(self, node: nodes.Macro | nodes.CallBlock) -> MacroCode:
        parameters = [one.name for one in node.args]
        outer_cost, self._cost = self._cost, STEP * (2 + 2 * len(parameters))
        outer_loops, self._loops = self._loops, 0
        given = [self.expression(one) for one in node.defaults]
        cost, self._cost = self._cost, outer_cost
        body, self._loops = self.body(node.body), outer_loops
        lacking = parameters[: len(parameters) - len(given)]
        return MacroCode(
            parameters, [*(missing(f"{name[:50]!r} was not given") for name in lacking), *given], cost, body
        )

    def _call_block(self, node: nodes.CallBlock) -> Statement:
        code, callee, arguments = self._macro(node), self.expression(node.call.node), self.arguments(node.call)

        def run_call_block(run: Run) -> None:
            positional, named_arguments = arguments(run)
            named_arguments["caller"] = Macro(code, run.scope)
            run.write(run.budget.text(call(run, callee(run), positional, named_arguments)))

        return run_call_block
