"""Finds the texts for people below the window, for the translators.

Below `gui/` nothing knows of Qt: errors, notices and the like carry their English template (`Translatable`). This
reads the source for these templates and writes them as a module that `lupdate` understands, in the context core::

    python packaging/collect_texts.py build/core_texts.py

What it cannot read it refuses, as that could never be translated: a template must be a literal, or a constant in
capitals whose texts are each given to `translatable(…)`.
"""

from __future__ import annotations

import ast
import json
import string
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "app" / "costeer"
PRESETS = ROOT / "resources" / "endpoints.toml"
CONTEXT = "core"

ONLY_IN_A_TERMINAL = ("cli/", "evaluation/", "services/doctor.py", "gui/window_benchmark.py")
"""Rooms and modules whose texts no window shows."""

TEXT, MARK, BASE = "Translatable", "translatable", "Worded"
_THEMSELVES = ("foundation/translatable.py", "foundation/errors.py")
_SIDE_VALUES = {"status"}
"""Given to errors for the program's sake: a template need not name them."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Each template once, module by module; `faults` as "file:line what"."""

    templates: tuple[str, ...]
    faults: tuple[str, ...]


def collect(package: Path = PACKAGE, presets: Path = PRESETS) -> Collected:
    """Every template in `package`, and what of the presets is words."""
    trees = {
        file.relative_to(package).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(package.rglob("*.py"))
    }
    classes = _worded(trees.values())
    makers = {TEXT, *(name for name, one in classes.items() if not _takes_no_template(one))}
    templates: dict[str, None] = {}
    faults: list[str] = []
    for place, tree in trees.items():
        if place.startswith((*ONLY_IN_A_TERMINAL, *_THEMSELVES)):
            continue
        inits = {id(call) for name in classes for call in _calls_above(tree, name)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if _name(call.func) == MARK:
                templates |= dict.fromkeys(_literals(call.args[0]) or ())
            elif (_name(call.func) in makers or id(call) in inits) and call.args:
                found, fault = _of_call(call)
                templates |= dict.fromkeys(found)
                faults += [f"{place}:{call.lineno} {fault}"] if fault else []
    for one in tomllib.loads(presets.read_text(encoding="utf-8"))["endpoint"]:
        if one["key_from"]:
            templates[one["key_from"]] = None
    return Collected(tuple(templates), tuple(faults))


def _worded(trees: Iterable[ast.Module]) -> dict[str, ast.ClassDef | None]:
    """The exceptions that are raised with a template, by name."""
    classes = {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    known: dict[str, ast.ClassDef | None] = {BASE: None}
    for _ in classes:  # each round finds at least one more, or they are all there
        more = {name: one for name, one in classes.items() if known.keys() & set(map(_name, one.bases))}
        if more.keys() <= known.keys():
            break
        known |= more
    return known


def _takes_no_template(one: ast.ClassDef | None) -> bool:
    """Whether it makes its sentence itself, of something else."""
    inits = [node for node in one.body if isinstance(node, ast.FunctionDef)] if one else []
    return any(node.name == "__init__" and not node.args.posonlyargs for node in inits)


def _calls_above(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    """`super().__init__(…)` in the class of that name."""
    for one in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name):
        for call in (node for node in ast.walk(one) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "super().__init__":
                yield call


def _of_call(call: ast.Call) -> tuple[tuple[str, ...], str]:
    """The templates that a call is given, and what is wrong with it."""
    given = call.args[0]
    found = _literals(given)
    if found is None:
        passed_on = isinstance(given, ast.Attribute) and given.attr == "said"
        made = isinstance(given, ast.Call) and _name(given.func) == TEXT
        if passed_on or made or _is_constant(given):
            return (), ""
        return (), f"{ast.unparse(call.func)}({ast.unparse(given)}): the template is no literal"
    values = {one.arg for one in call.keywords}
    for one in found:
        try:
            places = {name for _, name, _, _ in string.Formatter().parse(one) if name is not None}
        except ValueError as error:
            return (), f"{one!r}: {error}"
        if None not in values and not places <= values <= places | _SIDE_VALUES:
            return (), f"{one!r} names {sorted(places)} and is given {sorted(map(str, values))}"
    return found, ""


def _literals(node: ast.expr) -> tuple[str, ...] | None:
    """The texts that `node` may be; None where it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.IfExp):
        both = _literals(node.body), _literals(node.orelse)
        return None if both[0] is None or both[1] is None else (*both[0], *both[1])
    return None


def _is_constant(node: ast.expr) -> bool:
    """A name in capitals, or an entry of the table of that name; or a choice of such."""
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body) and _is_constant(node.orelse)
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id.strip("_").isupper()


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def as_module(templates: tuple[str, ...]) -> str:
    """Python source in which `lupdate` finds each of them."""
    lines = [
        f"QT_TRANSLATE_NOOP({json.dumps(CONTEXT)}, {json.dumps(one, ensure_ascii=False)})" for one in templates
    ]
    return "\n".join(["from PySide6.QtCore import QT_TRANSLATE_NOOP", "", *lines, ""])


def main(file: Path) -> int:
    """Returns the exit status."""
    collected = collect()
    for fault in collected.faults:
        print(fault, file=sys.stderr)
    if collected.faults:
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(as_module(collected.templates), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
